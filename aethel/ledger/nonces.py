"""G23: a nonce is exactly the next for its sender, or inside the declared window."""

from __future__ import annotations

from aethel.ledger.checked import Checked
from aethel.ledger.declared import Declared
from aethel.ledger.notes import Notes
from aethel.ledger.wording import quoted


def nonce(declared: Declared) -> Checked | None:
    """G23: the stated nonce against the next one of the account's state, where both are given."""
    given = declared.terms.nonce
    if given is None:
        return None
    nexts = dict.fromkeys(state.nonce for state in declared.states if state.account == given.account and state.nonce)
    if not nexts:
        return None
    notes = Notes("G23")
    if len(nexts) > 1:
        notes.found(f"account {quoted(given.account)} is given two next nonces, expected one", (given.account,))
        return notes.concluded("")
    number = notes.whole(given.nonce, "nonce")
    expected = notes.whole(next(iter(nexts)), f"next nonce of account {quoted(given.account)}")
    window = notes.whole(given.window, "window of the nonce") if given.window else 0
    if number is None or expected is None or window is None:
        return notes.concluded("")
    return judge_nonce(number, expected, window, given.account, notes)


def judge_nonce(number: int, expected: int, window: int, account: str, notes: Notes) -> Checked:
    """Whether `number` is `expected`, or at most `window` beyond it."""
    numbers = [("nonce", str(number)), ("expected_nonce", str(expected))]
    if window:
        numbers.append(("window", str(window)))
    wanted = f"{expected} to {expected + window}" if window else f"the sender's next, {expected}"
    if number < expected:
        notes.found(f"the nonce is {number}, expected {wanted}", (account,), numbers, str(number - expected))
    elif number > expected + window:
        notes.found(f"the nonce is {number}, expected {wanted}", (account,), numbers, str(number - expected - window))
    if not window:
        return notes.concluded(f"the nonce {number} is the sender's next")
    return notes.concluded(f"the nonce {number} is inside the window from {expected} to {expected + window}")
