"""S22: authority that changes hands beside a payment.

A cell that is no money carries authority where its type or its use says so: it holds an account (`owner`,
`delegate`), or a truth value (`frozen`); it is a number that bounds an amount of money from above in a guard (`limit`)
and is written with anything but something less; or it is a number that is set outright rather than counted on. Points
in time, nonces and a `Status` record what happened and carry none. What says something (`Text`, `Hash`, other nominal
types) tells a role from a status by its name alone, so there the last word of the name of the cell or of its type
decides, among AUTHORITY. A cell that the client's rules allow to be written is never hidden, and where no money moves
there is no payment to hide it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from aethel.intent.program import Cell, Program
from aethel.intent.state import shared_cell
from aethel.intent.terms import Op, Term
from aethel.intent.types import Account, Boolean, Hash, Integer, Money, Opaque, Rational, Text
from aethel.security.authority import moves_money
from aethel.security.classes import SecurityClass, Tally, Weakness
from aethel.security.conjuncts import guard_conjuncts
from aethel.security.judged import Judged, Suspicion
from aethel.security.literal_tests import Linear, linear
from aethel.verdict import Disposition

AUTHORITY = frozenset(
    {
        "admin",
        "administrator",
        "allowance",
        "approver",
        "authority",
        "controller",
        "delegate",
        "guardian",
        "limit",
        "minter",
        "operator",
        "owner",
        "permission",
        "permissions",
        "privilege",
        "role",
        "roles",
        "signatory",
        "signer",
        "spender",
    }
)
"""Last words of names of cells, and of nominal types, that carry authority."""

_RECORDS = frozenset({"Timestamp", "Nonce", "Status"})
"""Integer types that record what happened."""


def hidden_privilege(judged: Judged, tally: Tally) -> Iterator[Suspicion]:
    """Each write of authority beside a payment that no rule allows (REJECT)."""
    program = judged.program
    others = [cell for cell in program.cells if cell.written and not isinstance(cell.type, Money)]
    if not others or not moves_money(program):
        return
    bounding = _bounding(program, tally)
    for cell in others:
        tally.work += 1
        what = _authority(cell, bounding)
        if not what or judged.rules.may_write(*_named(program, cell)):
            continue
        store = next((each for each in program.stores if each.cell == cell.name), None)
        span = cell.span if store is None else store.span
        message = f"`{cell.label}`, {what}, is written beside a payment, expected a rule of the client that allows it"
        advice = "change it in an intent of its own, or list it in the `writes` of the client's rules"
        class_ = SecurityClass.HIDDEN_PRIVILEGE
        yield Suspicion(class_, Disposition.REJECT, span, message, advice, Weakness.PRIVILEGES)


def _authority(cell: Cell, bounding: set[Term]) -> str:
    """What authority a cell carries as it is written, empty where none."""
    if cell.after is cell.before:
        return ""
    match cell.type:
        case Account():
            return "which holds an account"
        case Boolean():
            return "which holds a truth value"
        case Integer() | Rational():
            if cell.before in bounding:
                return "" if _is_less(cell) else "which bounds amounts of money"
            if isinstance(cell.type, Integer) and cell.type.name in _RECORDS:
                return ""
            if _has_authority(cell):
                return "which bounds what may be done"
            return "" if _is_counted(cell) else "a number that is set outright"
        case Text() | Hash() | Opaque():
            return "which says who may do what" if _has_authority(cell) else ""
        case Money():
            return ""
        case _:
            assert_never(cell.type)


def _has_authority(cell: Cell) -> bool:
    names = [cell.field or cell.name]
    if isinstance(cell.type, Opaque):
        names.append(cell.type.name)
    return any(_last_word(name) in AUTHORITY for name in names)


def _last_word(name: str) -> str:
    """The last word of `daily_limit`, `dailyLimit` or `DailyLimit`, in lower case."""
    word = name.rstrip("_").rpartition("_")[2]
    start = len(word) - 1
    while start > 0 and not word[start].isupper():
        start -= 1
    return (word if word.isupper() else word[max(start, 0) :]).lower()


def _is_counted(cell: Cell) -> bool:
    """Whether a number ends at its old value and something more or less, on every way."""
    return all(change.parts.get(cell.before, 0) == 0 for change in _changes(cell))


def _is_less(cell: Cell) -> bool:
    """Whether a number ends at its old value less something, on every way: an allowance that is used."""
    return all(
        change.constant <= 0 and all(factor < 0 for factor in change.parts.values())
        for change in _changes(cell)
        if cell.before not in change.parts
    ) and _is_counted(cell)


def _changes(cell: Cell) -> Iterator[Linear]:
    stack, seen = [cell.after], set[Term]()
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if node.op is Op.ITE:
            stack.extend(node.args[1:])
        else:
            yield linear((1, node), (-1, cell.before))


def _bounding(program: Program, tally: Tally) -> set[Term]:
    """The old values of numbers that a guard holds a sum with amounts of money below."""
    money = {each.term for each in program.variables if isinstance(each.type, Money)}
    numbers = {cell.before for cell in program.cells if isinstance(cell.type, Integer | Rational)}
    found: set[Term] = set()
    for node in guard_conjuncts(program):
        denied = node.op is Op.NOT
        compared = node.args[0] if denied else node
        if compared.op not in (Op.LT, Op.LE):
            continue
        low, high = compared.args[::-1] if denied else compared.args
        form = linear((1, low), (-1, high))
        tally.work += 1 + len(form.parts)
        if any(factor > 0 and part in money for part, factor in form.parts.items()):
            found |= {part for part, factor in form.parts.items() if factor < 0 and part in numbers}
    return found


def _named(program: Program, cell: Cell) -> tuple[str, str]:
    """The account and the field of a cell, however it is spelled; no account for a lone name."""
    account, dot, name = (shared_cell(program, cell.name) or cell.name).rpartition(".")
    return (account, name) if dot else ("", cell.name)
