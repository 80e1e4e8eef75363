"""The checks of a journal entry against the states the caller gave, G08 to G14: what the accounts were and become."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from aethel.ledger.book import Balance, Book
from aethel.ledger.checked import Checked
from aethel.ledger.entry_checks import named
from aethel.ledger.exact import WIDTH_DIGITS, ZERO, add, all_fit, fits, subtract
from aethel.ledger.wording import counted, plain, quoted, safe
from aethel.verdict import Finding

_SHORT_CHARACTERS = WIDTH_DIGITS // 2 - 5


def post_state(book: Book) -> Checked | None:
    """G08: for every touched account whose balance after is claimed, it is the balance before plus its postings."""
    findings: list[Finding] = []
    compared = 0
    for balance, before, due in book.touched:
        if balance.after is None:
            continue
        compared += 1
        if balance.after != due:
            numbers = (("before", plain(before)), ("after", plain(balance.after)), ("expected", plain(due)))
            message = f"{_whose(balance)} is claimed to become {plain(balance.after)}, expected {plain(due)}"
            findings.append(_finding("G08", message, balance, numbers, subtract(balance.after, due)))
    detail = f"{counted(compared, 'claimed balance is', 'claimed balances are')} the balance before plus the postings"
    return Checked(detail, tuple(findings)) if compared else None


def frame(book: Book) -> Checked | None:
    """G09: an account without a posting keeps its balance."""
    findings: list[Finding] = []
    compared = 0
    for holding, balance in book.balances.items():
        if not book.booked or holding in book.last or balance.before is None or balance.after is None:
            continue
        compared += 1
        if balance.after != balance.before:
            numbers = (("before", plain(balance.before)), ("after", plain(balance.after)))
            message = f"{_whose(balance)} changes without a posting, expected {plain(balance.before)}"
            findings.append(_finding("G09", message, balance, numbers, subtract(balance.after, balance.before)))
    detail = f"{counted(compared, 'balance', 'balances')} without a posting unchanged"
    return Checked(detail, tuple(findings)) if compared else None


def conservation(book: Book) -> Checked | None:
    """G10: the balances described of a commodity keep their sum, if every touched account is described.

    The closure is what the caller describes. A commodity exchanged at a price has no conserved sum of its own; a
    journal has no authority to issue any.
    """
    closed = {
        holding: subtract(balance.after, balance.before)
        for holding, balance in book.balances.items()
        if balance.before is not None and balance.after is not None
    }
    if not closed:
        return None
    open_names = {holding[1] for holding in book.last if holding not in closed}
    open_names |= book.exchanged | book.leniency.excused()
    changes: dict[str, Decimal] = {}
    for (_, commodity), change in closed.items():
        if commodity not in open_names:
            changes[commodity] = add(changes.get(commodity, ZERO), change)
    findings = tuple(
        Finding("G10", f"the described balances of {named(name)} change by {plain(change)} in all", delta=plain(change))
        for name, change in changes.items()
        if change != ZERO
    )
    detail = f"the described balances of {counted(len(changes), 'commodity', 'commodities')} keep their sum"
    return Checked(detail, findings) if changes else None


def width(book: Book) -> Checked | None:
    """G11: no worth of a leg and no balance after any leg is wider than `WIDTH_DIGITS`."""
    if not book.booked:
        return None
    findings: list[Finding] = []
    for leg in book.legs if book.exchanged else ():
        if leg.priced and leg.worth is not None and not fits(leg.worth):
            message = f"posting {leg.number} is worth more than {WIDTH_DIGITS} digits of {named(leg.worth_commodity)}"
            findings.append(Finding("G11", message, accounts=(safe(leg.account),)))
    for leg, running in () if _is_narrow(book) or all_fit(book.running) else zip(book.legs, book.running, strict=True):
        if not fits(running):
            message = f"posting {leg.number} takes account {quoted(leg.account)} beyond {WIDTH_DIGITS} digits"
            findings.append(Finding("G11", message, accounts=(safe(leg.account),)))
    return Checked(f"every worth and balance has at most {WIDTH_DIGITS} digits", tuple(findings))


def _is_narrow(book: Book) -> bool:
    """Whether no balance can be too wide, since all amounts are so short.

    A sum has no more decimals than its parts, and at most 5 digits more before the point where there are no more than
    `entry.LEGS` of them and a balance, one of them perhaps what is left of the others.
    """
    lengths = [len(posting.amount) for posting in book.entry.postings]
    lengths += [len(state.balance) for state in book.entry.states]
    return not book.exchanged and max(lengths, default=0) <= _SHORT_CHARACTERS


def lower_bound(book: Book) -> Checked | None:
    """G12: an account that may not be overdrawn (its lower bound is 0) is not, after the entry."""
    findings: list[Finding] = []
    compared = 0
    for balance, before, due in book.touched:
        if balance.lower != ZERO:
            continue
        compared += 1
        if due < ZERO:
            numbers = (("before", plain(before)), ("after", plain(due)))
            findings.append(_finding("G12", f"{_whose(balance)} would fall to {plain(due)}", balance, numbers, due))
    detail = f"{counted(compared, 'balance', 'balances')} that may not be overdrawn not below 0"
    return Checked(detail, tuple(findings)) if compared else None


def corridor(book: Book) -> Checked | None:
    """G13: a balance with an overdraft limit, a minimum or an upper bound stays inside, after the entry."""
    findings: list[Finding] = []
    compared = 0
    for balance, before, due in book.touched:
        if balance.upper is None and not balance.lower:
            continue
        compared += 1
        beyond = _beyond(balance, due)
        if beyond is not None and not (balance.lower == ZERO and due < ZERO):
            message = f"{_whose(balance)} would become {plain(due)}, expected {_bounds(balance)}"
            numbers = (("before", plain(before)), ("after", plain(due)))
            findings.append(_finding("G13", message, balance, numbers, beyond))
    detail = f"{counted(compared, 'balance', 'balances')} inside the corridor"
    return Checked(detail, tuple(findings)) if compared else None


def prefix_safety(book: Book) -> Checked | None:
    """G14: the bounds hold after every leg as well, unless the entry is declared net-settled."""
    if book.entry.net_settled:
        return None
    bounded = {
        (balance.account, balance.commodity): balance
        for balance, _, _ in book.touched
        if balance.lower is not None or balance.upper is not None
    }
    if not bounded:
        return None
    compared = len(book.legs)
    if not bounded.keys() >= book.last.keys():
        compared = sum(leg.holding in bounded for leg in book.legs)
    is_safe = _are_inside(tuple(bounded.values()), book.running)
    findings: list[Finding] = []
    for leg, running in () if is_safe else zip(book.legs, book.running, strict=True):
        balance = bounded.get(leg.holding)
        if balance is None:
            continue
        beyond = _beyond(balance, running)
        if beyond is not None and leg.number != book.last[leg.holding]:
            message = f"posting {leg.number} takes {_whose(balance)} to {plain(running)}, expected {_bounds(balance)}"
            findings.append(_finding("G14", message, balance, (("balance", plain(running)),), beyond))
    detail = f"the bounds hold after each of {counted(compared, 'posting', 'postings')}"
    return Checked(detail, tuple(findings))


def _are_inside(balances: Sequence[Balance], amounts: Sequence[Decimal]) -> bool:
    """Whether even the least and the greatest of all amounts are inside all bounds."""
    lowers = [balance.lower for balance in balances if balance.lower is not None]
    uppers = [balance.upper for balance in balances if balance.upper is not None]
    return not (lowers and max(lowers) > min(amounts)) and not (uppers and min(uppers) < max(amounts))


def unchecked(book: Book) -> tuple[str, ...]:
    """What the caller claims or bounds of a touched account without the balance before that would let it be checked."""
    silent = [
        balance
        for holding in book.last
        if (balance := book.balances.get(holding)) is not None and balance.before is None and not balance.is_silent()
    ]
    if not silent:
        return ()
    accounts = counted(len(silent), "account", "accounts")
    return (f"claims and bounds of {accounts} were not checked: the balance before is not given",)


def _beyond(balance: Balance, amount: Decimal) -> Decimal | None:
    """How far `amount` is outside its bounds, negative below; None inside."""
    if balance.lower is not None and amount < balance.lower:
        return subtract(amount, balance.lower)
    if balance.upper is not None and amount > balance.upper:
        return subtract(amount, balance.upper)
    return None


def _bounds(balance: Balance) -> str:
    if balance.lower is None:
        return f"at most {plain(balance.upper or ZERO)}"
    if balance.upper is None:
        return f"at least {plain(balance.lower)}"
    return f"{plain(balance.lower)} to {plain(balance.upper)}"


def _whose(balance: Balance) -> str:
    return f"the balance of account {quoted(balance.account)} in {named(balance.commodity)}"


def _finding(
    code: str, message: str, balance: Balance, numbers: tuple[tuple[str, str], ...], delta: Decimal
) -> Finding:
    return Finding(code, message, accounts=(safe(balance.account),), numbers=numbers, delta=plain(delta))
