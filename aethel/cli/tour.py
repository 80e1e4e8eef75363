"""The tour: the intents in `examples/`, what is asked of each, and the consensus it must get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import aethel
from aethel.cli.exits import CommandError, ExitCode
from aethel.request import Question
from aethel.verdict import Consensus
from aethel.wire.exact_json import RowError, read_json
from aethel.wire.rows import question_from_row

REPOSITORY = Path(aethel.__file__).resolve().parent.parent
"""The clone this program runs from; an installed package has neither examples nor data beside it."""

EXAMPLES = REPOSITORY / "examples"

_TABLE = "tour.json"


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop of the tour: the question as text and as it is put, and the consensus expected."""

    file: str
    asks: str
    question: Question
    expected: Consensus


def read_tour(folder: Path = EXAMPLES) -> tuple[Stop, ...]:
    """Every stop in order; raises `CommandError` where the examples are not there or the table is damaged."""
    try:
        table = read_json((folder / _TABLE).read_bytes())
        if not isinstance(table, list):
            raise RowError("the table is no list")
        return tuple(_stop(folder, position, row) for position, row in enumerate(table, 1))
    except OSError as error:
        sentence = f"no tour in `{folder}`, expected the examples of a clone of the repository: {error.strerror}"
        raise CommandError(ExitCode.USAGE, sentence) from error
    except (RowError, KeyError, ValueError) as error:
        raise CommandError(ExitCode.USAGE, f"the tour in `{folder / _TABLE}` is damaged: {error}") from error


def _stop(folder: Path, position: int, row: Mapping[str, object]) -> Stop:
    file = str(row["file"])
    given = {name: row[name] for name in ("args", "context") if name in row}
    asked = question_from_row({"id": f"tour-{position}-{Path(file).stem}", "intent": "", **given})
    text = (folder / file).read_bytes()
    return Stop(file, str(row["asks"]), replace(asked, intent_text=text), Consensus(row["consensus"]))
