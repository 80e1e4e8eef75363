"""A sample of public data with known answers, where a folder of it lies beside the repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aethel.cli.tour import REPOSITORY
from aethel.request import Question
from aethel.verdict import Consensus
from aethel.wire.exact_json import read_json
from aethel.wire.rows import question_from_row

FOLDER = REPOSITORY.parent / "shared" / "corpora"

NAMES = ("double_entry", "amount_text", "account_tx", "utxo", "merkle")
"""Journal entries of plain-text ledgers, amounts as people type them, Ethereum transactions, Bitcoin spends, proofs."""

_EXPECTED: Mapping[object, Consensus] = {"APPROVE": Consensus.APPROVED, "REJECT": Consensus.REJECTED}


@dataclass(frozen=True, slots=True)
class Sample:
    """Questions of one file with the answers they must get."""

    name: str
    questions: tuple[Question, ...]
    expected: tuple[Consensus, ...]


def read_sample(name: str, rows: int, folder: Path = FOLDER) -> Sample | None:
    """At most so many rows spread evenly over a file, without those that leave the answer to policy; None if absent."""
    path = folder / f"{name}.jsonl"
    if not path.is_file():
        return None
    with path.open("rb") as file:
        labelled = [row for line in file if (row := _labelled(line)) is not None]
    count = min(rows, len(labelled))
    chosen = [labelled[index * len(labelled) // count] for index in range(count)]
    return Sample(name, tuple(question for question, _ in chosen), tuple(consensus for _, consensus in chosen))


def _labelled(line: bytes) -> tuple[Question, Consensus] | None:
    row = read_json(line)
    if not isinstance(row, dict) or row["expect"] not in _EXPECTED:
        return None
    return question_from_row({"id": row["id"], "transaction": row["input"]}), _EXPECTED[row["expect"]]
