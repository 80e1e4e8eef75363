"""G24: what is given of the state carries a version or root, and the verdict is bound to it."""

from __future__ import annotations

from aethel.ledger.amounts import Refused, scan_whole
from aethel.ledger.checked import LISTED_NUMBERS, Checked
from aethel.ledger.declared import Declared
from aethel.ledger.notes import Notes
from aethel.ledger.wording import counted, quoted, safe


def freshness(declared: Declared) -> Checked | None:
    """G24: every described account has a version of its own or is of the one snapshot, and none is newer than that.

    Where both are whole numbers they are compared; roots and other versions are only repeated in the trace.
    """
    snapshot = declared.terms.state_version
    versions = [(state.account, state.version) for state in declared.states]
    versioned = [(account, version) for account, version in versions if version]
    if not snapshot and not versioned:
        return None
    notes = Notes("G24")
    for account, version in versions:
        if not version and not snapshot:
            message = f"the state of account {quoted(account)} has no version, while others have one"
            notes.found(message, (account,))
        elif version and snapshot and _is_newer(version, snapshot):
            numbers = (("version", safe(version)), ("snapshot", safe(snapshot)))
            message = f"the state of account {quoted(account)} is newer than the snapshot, expected at most its version"
            notes.found(message, (account,), numbers, str(int(version) - int(snapshot)))
    trace = [("state version", safe(snapshot))] if snapshot else []
    trace += [(f"state version of {safe(account)}", safe(version)) for account, version in versioned[:LISTED_NUMBERS]]
    described = counted(len(versions), "account", "accounts")
    return notes.concluded(f"the state of {described} carries a version", tuple(trace))


def bound_to(version: str) -> Checked | None:
    """G24 for a transaction whose whole state has one version."""
    if not version:
        return None
    return Checked(f"the verdict is bound to state version {quoted(version)}", (), (("state version", safe(version)),))


def _is_newer(version: str, snapshot: str) -> bool:
    own, other = scan_whole(version), scan_whole(snapshot)
    return not isinstance(own, Refused) and not isinstance(other, Refused) and own > other
