"""How far an entry moves each balance, and what is shown of it before."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from aethel.ledger.amounts import WHOLE, Refused, scan
from aethel.ledger.book import Balance, Book, Holding, read
from aethel.ledger.declared import Move
from aethel.ledger.exact import ZERO, add, negated
from aethel.store.footprint import Change, Opening, Resolving, UsedId
from aethel.transaction import DoubleEntry


@dataclass(frozen=True, slots=True)
class Movements:
    """What moves: a change for each holding, and the legs as the checks of terms see them."""

    changes: tuple[Change, ...]
    moves: tuple[Move, ...]
    openings: tuple[Opening, ...] = ()
    resolvings: tuple[Resolving, ...] = ()
    ids: tuple[UsedId, ...] = ()


def version_of(*texts: str) -> int | None:
    """The number of the first version that is one; a root cannot be said to be newer than another."""
    for text in texts:
        found = scan(text, WHOLE)
        if not isinstance(found, Refused):
            return int(found)
    return None


def moved_by_entry(entry: DoubleEntry, snapshot: str) -> Movements:
    """What an entry moves, its states being from `snapshot` where that has a number; raises ValueError."""
    book = read(entry)
    if len(book.booked) != len(entry.postings) or book.refusals:
        raise ValueError("the entry holds a text that is no amount, so it has no footprint")
    versions = {(state.account, state.commodity): state.version for state in entry.states}
    changes = tuple(
        _of_holding(holding, course, book.balances.get(holding), version_of(snapshot, versions.get(holding, "")))
        for holding, course in _courses(book).items()
    )
    legs = zip(book.legs, book.booked, strict=True)
    return Movements(
        changes,
        tuple(Move(leg.number, leg.account, leg.commodity, amount, leg.worth_commodity) for leg, amount in legs),
    )


@dataclass(slots=True)
class Course:
    """How something moves: where it is now, and the farthest it was on either side of its start."""

    net: Decimal = ZERO
    lowest: Decimal = ZERO
    highest: Decimal = ZERO

    def move(self, amount: Decimal) -> None:
        self.net = add(self.net, amount)
        self.lowest, self.highest = min(self.lowest, self.net), max(self.highest, self.net)


def _courses(book: Book) -> dict[Holding, Course]:
    courses = {holding: Course() for holding in book.last}
    for leg, amount in zip(book.legs, book.booked, strict=True):
        courses[leg.account, leg.commodity].move(amount)
    if book.entry.net_settled:
        for course in courses.values():
            course.lowest, course.highest = min(ZERO, course.net), max(ZERO, course.net)
    return courses


def _of_holding(holding: Holding, course: Course, balance: Balance | None, version: int | None) -> Change:
    account, commodity = holding
    return Change(
        account=account,
        commodity=commodity,
        net=course.net,
        down=negated(course.lowest),
        up=course.highest,
        balance=None if balance is None else balance.before,
        version=version,
        lower=None if balance is None else balance.lower,
        upper=None if balance is None else balance.upper,
    )
