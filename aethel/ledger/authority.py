"""G30: the principal may debit every debited account, and who was checked as the payee is who is paid."""

from __future__ import annotations

from aethel.ledger.checked import Checked
from aethel.ledger.declared import Declared
from aethel.ledger.exact import ZERO, subtract
from aethel.ledger.notes import Notes
from aethel.ledger.wording import counted, plain, quoted
from aethel.terms import Authority, Mandate


def authority(declared: Declared) -> Checked | None:
    """G30: a mandate covers what leaves each account; one payee is named, and only accounts of the payee are credited.

    Accounts and names are compared byte by byte, since two that look alike are two.
    """
    given = declared.terms.authority
    if given is None or declared.moves is None:
        return None
    notes = Notes("G30")
    if not given.principal.strip():
        notes.found("no principal is named")
    _debits(given, declared, notes)
    if given.payee and declared.payee and given.payee != declared.payee:
        message = (
            f"the payee that was checked is {quoted(given.payee)}, and the one that is paid {quoted(declared.payee)}"
        )
        notes.found(message)
    _credits(given, declared, notes)
    accounts = counted(len(declared.flows.out), "debit", "debits")
    return notes.concluded(f"{quoted(given.principal)} may make {accounts}, and the checked payee is the paid one")


def _debits(given: Authority, declared: Declared, notes: Notes) -> None:
    mandates: dict[tuple[str, str], Mandate] = {}
    for mandate in given.mandates:
        if mandates.setdefault((mandate.account, mandate.commodity), mandate) is not mandate:
            notes.found(f"account {quoted(mandate.account)} has two mandates for one commodity", (mandate.account,))
    for (account, commodity), amount in declared.flows.out.items():
        found = mandates.get((account, commodity)) or mandates.get((account, ""))
        if found is None:
            message = f"{quoted(given.principal)} may not debit account {quoted(account)} of {quoted(commodity)}"
            notes.found(message, (account,), (("debited", plain(amount)),), plain(amount))
            continue
        most = notes.number(found.most, f"most that may leave {quoted(account)}") if found.most else None
        if most is not None and amount > most:
            numbers = (("debited", plain(amount)), ("most", plain(most)))
            message = (
                f"{quoted(given.principal)} may debit {quoted(account)} of {plain(most)}, and {plain(amount)} leave"
            )
            notes.found(message, (account,), numbers, plain(subtract(amount, most)))


def _credits(given: Authority, declared: Declared, notes: Notes) -> None:
    if not given.paid:
        return
    paid = frozenset(given.paid)
    for (account, commodity), amount in declared.flows.into.items():
        if account not in paid:
            message = f"account {quoted(account)} gets {plain(amount)} {quoted(commodity)} and was not checked"
            notes.found(message, (account,), (("credited", plain(amount)),), plain(amount))
    if all(declared.flows.into.get(holding, ZERO) == ZERO for holding in declared.flows.into if holding[0] in paid):
        notes.found("no account that was checked is paid", given.paid)
