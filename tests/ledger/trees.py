"""Merkle trees by the recursive definitions of RFC 9162 and by whole levels for Bitcoin, without the checks' code."""

from collections.abc import Sequence
from hashlib import sha256

from aethel.ledger.merkle import BITCOIN, RFC6962, Scheme
from aethel.transaction import MerkleProof, TouchedLeaf

SCHEMES = (RFC6962, BITCOIN)
"""Both kinds of tree."""


def leaf_hash(scheme: Scheme, content: bytes) -> bytes:
    return sha256(b"\0" + content).digest() if scheme is RFC6962 else sha256(sha256(content).digest()).digest()


def node_hash(scheme: Scheme, left: bytes, right: bytes) -> bytes:
    if scheme is RFC6962:
        return sha256(b"\1" + left + right).digest()
    return sha256(sha256(left + right).digest()).digest()


def leaves_of(scheme: Scheme, size: int, salt: bytes = b"") -> list[bytes]:
    """Hashes of so many different leaves."""
    return [leaf_hash(scheme, salt + number.to_bytes(4, "big")) for number in range(size)]


def levels_of(scheme: Scheme, leaves: Sequence[bytes]) -> list[list[bytes]]:
    """Every level from the leaves to the root; an odd one's last node is raised, or paired with itself by Bitcoin."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = list(levels[-1])
        lone = [below[-1]] if len(below) % 2 and scheme is RFC6962 else []
        if len(below) % 2 and scheme is BITCOIN:
            below.append(below[-1])
        pairs = zip(below[::2], below[1::2], strict=False)
        levels.append([node_hash(scheme, left, right) for left, right in pairs] + lone)
    return levels


def tree_root(scheme: Scheme, leaves: Sequence[bytes]) -> bytes:
    """The root: section 2.1.1 as it stands, for RFC trees."""
    if scheme is BITCOIN:
        return levels_of(scheme, leaves)[-1][0]
    if len(leaves) == 1:
        return leaves[0]
    split = _split(len(leaves))
    return node_hash(scheme, tree_root(scheme, leaves[:split]), tree_root(scheme, leaves[split:]))


def inclusion_path(scheme: Scheme, index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of section 2.1.3.1 for RFC trees, the siblings of each level for Bitcoin's."""
    if scheme is BITCOIN:
        levels = levels_of(scheme, leaves)[:-1]
        ancestors = [(level, index >> height) for height, level in enumerate(levels)]
        return [level[min(position ^ 1, len(level) - 1)] for level, position in ancestors]
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_path(scheme, index, leaves[:split]), tree_root(scheme, leaves[split:])]
    return [*inclusion_path(scheme, index - split, leaves[split:]), tree_root(scheme, leaves[:split])]


def consistency_path(first: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PROOF of section 2.1.4.1."""
    return _subproof(first, leaves, whole=True)


def _subproof(first: int, leaves: Sequence[bytes], *, whole: bool) -> list[bytes]:
    if first == len(leaves):
        return [] if whole else [tree_root(RFC6962, leaves)]
    split = _split(len(leaves))
    if first <= split:
        return [*_subproof(first, leaves[:split], whole=whole), tree_root(RFC6962, leaves[split:])]
    return [*_subproof(first - split, leaves[split:], whole=False), tree_root(RFC6962, leaves[:split])]


def multiproof(scheme: Scheme, touched: Sequence[int], leaves: Sequence[bytes]) -> list[bytes]:
    """Every node beside one over a touched leaf and over none itself, level by level, from left to right."""
    proof: list[bytes] = []
    known = set(touched)
    for level in levels_of(scheme, leaves)[:-1]:
        beside = {position ^ 1 for position in known} - known
        proof += [level[position] for position in sorted(beside) if position < len(level)]
        known = {position >> 1 for position in known}
    return proof


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


def inclusion(scheme: Scheme, index: int, leaves: Sequence[bytes]) -> MerkleProof:
    fields = {
        "leaf_index": str(index),
        "tree_size": str(len(leaves)),
        "leaf_hash": leaves[index].hex(),
        "root": tree_root(scheme, leaves).hex(),
    }
    return MerkleProof(scheme.name, "inclusion", tuple(fields.items()), hexes(inclusion_path(scheme, index, leaves)))


def consistency(first: int, leaves: Sequence[bytes]) -> MerkleProof:
    fields = {
        "size1": str(first),
        "size2": str(len(leaves)),
        "root1": tree_root(RFC6962, leaves[:first]).hex(),
        "root2": tree_root(RFC6962, leaves).hex(),
    }
    return MerkleProof(RFC6962.name, "consistency", tuple(fields.items()), hexes(consistency_path(first, leaves)))


def update(scheme: Scheme, changes: dict[int, bytes], leaves: Sequence[bytes]) -> MerkleProof:
    touched = sorted(changes)
    after = [changes.get(index, leaf) for index, leaf in enumerate(leaves)]
    fields = {
        "tree_size": str(len(leaves)),
        "root": tree_root(scheme, leaves).hex(),
        "post_root": tree_root(scheme, after).hex(),
    }
    return MerkleProof(
        scheme.name,
        "update",
        tuple(fields.items()),
        hexes(multiproof(scheme, touched, leaves)),
        tuple(TouchedLeaf(str(index), leaves[index].hex(), after[index].hex()) for index in touched),
    )


def hexes(hashes: Sequence[bytes]) -> tuple[str, ...]:
    return tuple(each.hex() for each in hashes)
