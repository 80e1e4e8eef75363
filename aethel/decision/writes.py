"""What an intent writes that is no money, where the rules of the client do not allow it: a report, never a verdict."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from aethel.intent.program import Cell, IntentFile, Program
from aethel.intent.state import shared_cell
from aethel.intent.types import Money
from aethel.verdict import Disposition, Finding

REPORTED_WRITES = 100
"""Cells that are reported one by one; the answer lists all cells written in any case."""


def unpermitted_writes(file: IntentFile) -> tuple[Finding, ...]:
    """A finding (WRITES) for each such cell of each intent, in source order, as many as anybody would read."""
    return tuple(islice((_reported(program, cell) for program, cell in _unpermitted(file)), REPORTED_WRITES))


def _unpermitted(file: IntentFile) -> Iterator[tuple[Program, Cell]]:
    for program in file.programs:
        for cell in program.cells:
            is_money = isinstance(cell.type, Money)
            if cell.written and not is_money and not file.rules.may_write(*_named(program, cell)):
                yield program, cell


def _reported(program: Program, cell: Cell) -> Finding:
    message = f"`{cell.label}` is written and is no money, expected a rule of the client that allows it"
    return Finding("WRITES", message, Disposition.ADVISE, cell.span, program.name)


def _named(program: Program, cell: Cell) -> tuple[str, str]:
    """The account and the field of a cell, however it is spelled; no account for a lone name."""
    account, dot, name = (shared_cell(program, cell.name) or cell.name).rpartition(".")
    return (account, name) if dot else ("", cell.name)
