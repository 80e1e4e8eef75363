"""A counterexample as people read it: what was given, and every cell before and after."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from aethel.cli import terminal
from aethel.cli.terminal import printable
from aethel.verdict import Counterexample

_BEFORE = "old_"
"""How the name of a cell before begins."""


def view(shown: Counterexample) -> Iterator[RenderableType]:
    """A heading that says how far it was checked, the values given, and a table of cells that changed or were read."""
    checked = "replayed in the reference interpreter" if shown.replayed else "not replayed"
    smallest = ", as small as possible" if shown.minimal else ""
    yield Text(f"      it fails, for example, with these values ({checked}{smallest}):", style="dim")
    # An account that is only a name has nothing to show: its name is its value.
    rows = [(printable(name), printable(value), "") for name, value in shown.inputs if name != value]
    before = {name.removeprefix(_BEFORE): value for name, value in shown.before}
    after = dict(shown.after)
    rows += [
        (printable(name), printable(before.get(name, "?")), printable(after.get(name, "unchanged")))
        for name in dict.fromkeys((*before, *after))
    ]
    if rows:
        yield Padding(terminal.table(("", "before", "after"), rows), (0, 0, 0, 6), expand=False)
