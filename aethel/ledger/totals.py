"""G31: the count and the control sum of a batch equal its contents."""

from __future__ import annotations

from functools import reduce

from aethel.ledger.checked import Checked
from aethel.ledger.declared import Declared
from aethel.ledger.exact import ZERO, add, subtract
from aethel.ledger.notes import Notes
from aethel.ledger.wording import plain


def totals(declared: Declared) -> Checked | None:
    """G31: as in ISO 20022, the sum is over all movements whatever their commodity, and each movement counts once."""
    given = declared.terms.totals
    if given is None or declared.moves is None or not (given.count or given.control_sum):
        return None
    notes = Notes("G31")
    count = notes.whole(given.count, "count of the batch") if given.count else None
    stated = notes.number(given.control_sum, "control sum of the batch") if given.control_sum else None
    due = len(declared.contents)
    if count is not None and count != due:
        numbers = (("stated", str(count)), ("counted", str(due)))
        notes.found(f"the batch states {count} movements, expected {due}", numbers=numbers, delta=str(count - due))
    if stated is not None:
        found = reduce(add, declared.contents, ZERO)
        if stated != found:
            numbers = (("stated", plain(stated)), ("summed", plain(found)))
            message = f"the control sum is {plain(stated)}, expected {plain(found)}"
            notes.found(message, numbers=numbers, delta=plain(subtract(stated, found)))
    return notes.concluded(f"the totals are those of {due} movements")
