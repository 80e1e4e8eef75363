"""Which logs the proofs of a question continue, each from the root that was accepted last."""

from __future__ import annotations

from collections.abc import Sequence

from aethel.ledger.amounts import WHOLE, Refused, scan
from aethel.ledger.wording import counted
from aethel.store.encoding import encoded
from aethel.store.footprint import Extension
from aethel.transaction import MerkleProof, TreeRoot

_CONTINUING = {
    "consistency": ("size1", "root1", "size2", "root2"),
    "update": ("tree_size", "root", "tree_size", "post_root"),
}
"""What each operation that replaces a root calls the size and root before and after."""


def log_name(scheme: str, log: str) -> str:
    """What the store calls a log: one name for each scheme that its roots may be pinned to."""
    return encoded([scheme, log])


def extensions_of(
    proofs: Sequence[MerkleProof], roots: Sequence[TreeRoot]
) -> tuple[tuple[Extension, ...], tuple[str, ...]]:
    """The logs that are continued, in the order of the proofs; and a note where one continues a log without a name.

    A root before that a proof leaves out is the one of `roots` for its tree. Raises ValueError for a proof that nobody
    approves.
    """
    found: list[Extension] = []
    nameless = 0
    for proof in proofs:
        given = dict(proof.fields)
        if proof.op not in _CONTINUING:
            continue
        if not given.get("log"):
            nameless += 1
            continue
        size, root, new_size, new_root = (given.get(name, "") for name in _CONTINUING[proof.op])
        root = root or next((one.root for one in roots if (one.scheme, one.size) == (proof.scheme, size)), "")
        found.append(Extension(log_name(proof.scheme, given["log"]), _count(size), root, _count(new_size), new_root))
    if not nameless:
        return tuple(found), ()
    what = counted(nameless, "proof continues a tree that has no name", "proofs continue trees that have no name")
    return tuple(found), (f"{what}: which root was accepted last is not kept",)


def _count(text: str) -> int:
    found = scan(text, WHOLE)
    if isinstance(found, Refused):
        raise ValueError("a proof holds a text that is no number, so it has no footprint")
    return int(found)
