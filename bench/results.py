"""What a benchmark leaves behind: a table on the terminal, and the same figures in `bench/results/NAME.json`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.measure import Figure, commit, machine

RESULTS = Path(__file__).parent / "results"

_HOLDS = {True: "holds", False: "MISSED", None: "not decided"}


def conclude(name: str, figures: Sequence[Figure]) -> int:
    """Print and keep the figures; the exit code is 1 where a goal is missed."""
    _show(figures)
    RESULTS.mkdir(exist_ok=True)
    kept = {
        "figures": [
            {
                "id": each.id,
                "what": each.what,
                "value": each.value,
                "unit": each.unit,
                "n": each.n,
                "interval" if each.is_count else "quartiles": [each.low, each.high],
                "goal": each.goal,
                "holds": each.holds,
            }
            for each in figures
        ],
        "machine": machine(),
        "commit": commit(),
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(kept, indent=1) + "\n")
    return 1 if any(each.holds is False for each in figures) else 0


def _show(figures: Sequence[Figure]) -> None:
    table = Table(title=f"{machine()}, commit {commit() or 'unknown'}", title_justify="left")
    for column in ("figure", "what", "value", "quartiles or 95 %", "n", "goal", ""):
        table.add_column(column, justify="right" if column in ("value", "quartiles or 95 %", "n", "goal") else "left")
    for each in figures:
        sign = "≥" if each.at_least else "≤"
        goal = "" if each.goal is None else f"{sign} {_short(each.goal)}"
        verdict = "" if each.goal is None else _HOLDS[each.holds]
        spread = f"{_short(each.low)} – {_short(each.high)}"
        table.add_row(each.id, each.what, f"{_short(each.value)} {each.unit}", spread, str(each.n), goal, verdict)
    Console().print(table)


def _short(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
