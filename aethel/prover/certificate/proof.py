"""Proof trees, and the list of steps in which a certificate writes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aethel.intent.terms import Term


@dataclass(frozen=True, slots=True)
class Named:
    """A row by what it follows from: that a comparison is `true` or `false`, that a choice is its `then` or its `else`,
    or that a floor is `below` or `above` (`second below` and `second above` where a term has two floors)."""

    name: str
    term: Term


@dataclass(frozen=True, slots=True)
class Added:
    """The row that a step has added; `step` is unique in the proof."""

    step: int


Source = Named | Added
Sum = tuple[tuple[int, Source], ...]
"""Rows times multipliers: not zero, and positive where the row is no equation."""


@dataclass(frozen=True, slots=True)
class Case:
    """A term is true, or it is false."""

    term: Term
    true: Proof
    false: Proof


@dataclass(frozen=True, slots=True)
class Differ:
    """The sides of an equation that is false: the left is less (`less_step` adds that row), or the right."""

    term: Term
    less_step: int
    less: Proof
    more_step: int
    more: Proof


@dataclass(frozen=True, slots=True)
class Split:
    """A whole sum of terms is at most `most`, or at least one more."""

    most: int
    sum: tuple[tuple[int, Term], ...]
    low_step: int
    low: Proof
    high_step: int
    high: Proof


@dataclass(frozen=True, slots=True)
class Cut:
    """A sum of rows, rounded, is a new row."""

    rows: Sum
    step: int
    then: Proof


@dataclass(frozen=True, slots=True)
class Clash:
    """What is known of a term and its arguments cannot be."""

    term: Term


@dataclass(frozen=True, slots=True)
class Farkas:
    """A sum of rows says something false of constants."""

    rows: Sum


Proof = Case | Differ | Split | Cut | Clash | Farkas


def terms_of(proof: Proof) -> Iterator[Term]:
    """Every term that the proof names."""
    for step, _ in _in_order(proof):
        match step:
            case Case(term=term) | Differ(term=term) | Clash(term=term):
                yield term
            case Split(sum=summands):
                yield from (term for _, term in summands)
            case Cut(rows=rows) | Farkas(rows=rows):
                yield from (source.term for _, source in rows if isinstance(source, Named))


def steps_of(proof: Proof, places: dict[Term, int]) -> list[list[object]]:
    """The steps in order, each before the branches it opens; `places` numbers the terms."""
    steps: list[list[object]] = []
    for step, rows in _in_order(proof):
        match step:
            case Case(term=term):
                steps.append(["case", places[term]])
            case Differ(term=term):
                steps.append(["differ", places[term]])
            case Clash(term=term):
                steps.append(["clash", places[term]])
            case Split(most=most, sum=summands):
                steps.append(["split", most, [[factor, places[term]] for factor, term in summands]])
            case Cut(rows=parts):
                steps.append(["cut", _written(parts, places, rows)])
            case Farkas(rows=parts):
                steps.append(["farkas", _written(parts, places, rows)])
    return steps


_Rows = tuple[int, ...]


def _in_order(proof: Proof) -> Iterator[tuple[Proof, _Rows]]:
    """Every step with the steps above it that add rows."""
    stack: list[tuple[Proof, _Rows]] = [(proof, ())]
    while stack:
        step, rows = stack.pop()
        yield step, rows
        match step:
            case Case():
                stack += [(step.false, rows), (step.true, rows)]
            case Differ():
                stack += [(step.more, (*rows, step.more_step)), (step.less, (*rows, step.less_step))]
            case Split():
                stack += [(step.high, (*rows, step.high_step)), (step.low, (*rows, step.low_step))]
            case Cut():
                stack.append((step.then, (*rows, step.step)))
            case Clash() | Farkas():
                pass


def _written(parts: Sum, places: dict[Term, int], rows: _Rows) -> list[list[object]]:
    written: list[list[object]] = []
    for factor, source in parts:
        match source:
            case Named(name=name, term=term):
                written.append([factor, name, places[term]])
            case Added(step=step):
                written.append([factor, "row", rows.index(step)])
    return written
