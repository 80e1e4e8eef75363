"""G21: what a transaction moves, with what counts already, stays within every limit that comes with it."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_never

from aethel.ledger.checked import Checked
from aethel.ledger.declared import Declared, Flows
from aethel.ledger.exact import ZERO, add, subtract
from aethel.ledger.notes import Notes
from aethel.ledger.wording import counted, plain, quoted
from aethel.terms import Limit, LimitKind


def limits(declared: Declared) -> Checked | None:
    """G21: per transaction, per window, per payee and cumulative; what leaves an account counts in full, not net."""
    given = declared.terms.limits
    if not given or declared.moves is None:
        return None
    notes = Notes("G21")
    assumptions: list[str] = []
    times = declared.terms.times
    now = Notes("G29").moment(times.present, "") if times is not None and times.present else None
    for number, limit in enumerate(given, 1):
        name = f"limit {number} per {limit.kind.value}"
        _window(limit, name, now, notes)
        assumptions.extend(_judge(limit, name, declared.spent, notes))
    return notes.concluded(f"{counted(len(given), 'limit is', 'limits are')} kept", assumptions=tuple(assumptions))


def _judge(limit: Limit, name: str, spent: Flows, notes: Notes) -> tuple[str, ...]:
    most = notes.number(limit.most, f"most of {name}")
    used = notes.number(limit.used, f"amount used of {name}") if limit.used else ZERO
    if limit.kind is LimitKind.PAYEE and not limit.payee.strip():
        notes.found(f"{name} names no payee")
    if most is None or used is None:
        return ()
    moved = moved_against(limit, spent)
    if add(used, moved) > most:
        over = subtract(add(used, moved), most)
        numbers = (("used", plain(used)), ("now", plain(moved)), ("most", plain(most)))
        message = (
            f"{name} of {quoted(limit.commodity)} is {plain(most)}, and {plain(add(used, moved))} would be used, "
            f"{plain(over)} too much"
        )
        notes.found(message, (limit.account, limit.payee), numbers, plain(over))
    if limit.kind is LimitKind.TRANSACTION or limit.used:
        return ()
    return (f"{name} was checked for this transaction alone: what is used already is not given",)


def moved_against(limit: Limit, spent: Flows) -> Decimal:
    """What of a transaction, whose movements that count are `spent`, the limit counts."""
    match limit.kind:
        case LimitKind.PAYEE:
            return spent.into.get((limit.payee, limit.commodity), ZERO)
        case LimitKind.TRANSACTION | LimitKind.WINDOW | LimitKind.CUMULATIVE:
            if limit.account:
                return spent.out.get((limit.account, limit.commodity), ZERO)
            return spent.out_of_any.get(limit.commodity, ZERO)
        case _:
            assert_never(limit.kind)


def _window(limit: Limit, name: str, now: int | None, notes: Notes) -> None:
    """Whether the present time, where given, is inside the window that `used` is about."""
    opens = notes.moment(limit.opens, f"opening of {name}") if limit.opens else None
    closes = notes.moment(limit.closes, f"closing of {name}") if limit.closes else None
    if opens is not None and closes is not None and opens >= closes:
        notes.found(f"the window of {name} closes before it opens")
    if now is None:
        return
    if (opens is not None and now < opens) or (closes is not None and now >= closes):
        notes.found(f"the present time is outside the window of {name}, expected the window it is in")
