"""Roots from Merkle paths: RFC 9162 inclusion and consistency, and Bitcoin's trees of double SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from aethel.ledger.wording import counted

HASH_BYTES = 32
"""Bytes of one SHA-256 hash."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """How one kind of tree hashes: SHA-256 applied `rounds` times to a prefix and what follows it.

    Where a level has an odd number of nodes, the last one is raised as it is or, with `repeats_last`, paired with
    itself. `most_leaves` caps the size, and by it the depth. Leaves of `ambiguous_leaf_bytes` bytes could be nodes.
    """

    name: str
    leaf_prefix: bytes
    node_prefix: bytes
    rounds: int
    repeats_last: bool
    most_leaves: int
    ambiguous_leaf_bytes: int | None = None

    def leaf(self, content: bytes) -> bytes:
        """The hash of a leaf with these bytes."""
        return self._hash(self.leaf_prefix + content)

    def node(self, left: bytes, right: bytes) -> bytes:
        """The hash of the node over these two."""
        return self._hash(self.node_prefix + left + right)

    def _hash(self, content: bytes) -> bytes:
        for _ in range(self.rounds):
            content = hashlib.sha256(content).digest()
        return content


RFC6962 = Scheme("rfc6962-sha256", b"\0", b"\1", 1, repeats_last=False, most_leaves=2**64 - 1)
"""RFC 6962 and RFC 9162, section 2.1.1, with SHA-256: leaf `H(0x00 ‖ d)`, node `H(0x01 ‖ l ‖ r)`, 64-bit sizes."""

BITCOIN = Scheme("bitcoin-dsha256", b"", b"", 2, repeats_last=True, most_leaves=2**32, ambiguous_leaf_bytes=64)
"""Bitcoin's trees: `H(H(l ‖ r))`, nothing telling leaves from nodes, the last of an odd level paired with itself.

Hashes stand in the order they are hashed in, which is the reverse of how explorers show them. Block sizes keep any
tree far below 2^32 leaves.
"""

SCHEMES: Mapping[str, Scheme] = MappingProxyType({scheme.name: scheme for scheme in (RFC6962, BITCOIN)})


@dataclass(frozen=True, slots=True)
class Unproved:
    """Why a path shows nothing; a `pitfall` where not a hash is wrong, but the shape of the tree is abused.

    `root` is where the path leads all the same, empty where it was not followed to its end.
    """

    message: str
    pitfall: bool = False
    root: bytes = b""


def path_length(scheme: Scheme, index: int, size: int) -> int:
    """The hashes in the path of leaf `index` of a tree of `size` leaves, for 0 <= index < size."""
    length, last = 0, size - 1
    while last > 0:
        length += scheme.repeats_last or index & 1 or index < last
        index, last = index >> 1, last >> 1
    return length


def inclusion_root(scheme: Scheme, leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | Unproved:
    """The root of the tree of `size` leaves whose leaf `index` has this hash, the path going up from the leaf.

    RFC 9162, section 2.1.3.2; the path has exactly the length that index and size ask for, at most 64 hashes. In a
    tree that repeats its last node, two nodes side by side that are the same are a pitfall (see `repeated`).
    """
    if not 0 <= index < size:
        return Unproved(f"the leaf index is {index}, expected less than the tree size, {size}")
    expected = path_length(scheme, index, size)
    if len(path) != expected:
        return Unproved(_length(path, expected, f"for leaf {index} of {size}"))
    node, last, rest, twice = leaf, size - 1, iter(path), False
    while last:
        if index & 1 or index < last:
            beside = next(rest)
            twice |= scheme.repeats_last and beside == node
            node = scheme.node(beside, node) if index & 1 else scheme.node(node, beside)
        elif scheme.repeats_last:
            if next(rest) != node:
                return Unproved("the last node of an odd level is not paired with itself, expected that")
            node = scheme.node(node, node)
        index, last = index >> 1, last >> 1
    return repeated(node) if twice else node


def consistency_length(first: int, second: int) -> int:
    """The hashes in the proof that a tree of `second` leaves continues one of `first`, for 0 < first <= second."""
    if first == second:
        return 0
    older, newer = _first_levels(first, second)
    length = 1 if older else 0
    while newer > 0:
        length += older & 1 or older < newer
        older, newer = older >> 1, newer >> 1
    return length


def consistency_roots(
    scheme: Scheme, first: int, second: int, first_root: bytes, path: Sequence[bytes]
) -> tuple[bytes, bytes] | Unproved:
    """The roots over the first `first` and all `second` leaves that the path gives; the first must be `first_root`.

    RFC 9162, section 2.1.4.2, for trees that raise the last node; `first_root` is used where it is part of the newer
    tree. Two trees of one size are the same tree, and the path between them is empty. At most 65 hashes in a path.
    """
    if not 0 < first <= second:
        return Unproved(f"the sizes are {first} and {second}, expected 0 < size1 <= size2")
    expected = consistency_length(first, second)
    if len(path) != expected:
        return Unproved(_length(path, expected, f"from size {first} to {second}"))
    if first == second:
        return first_root, first_root
    older, newer = _first_levels(first, second)
    rest = iter(path)
    old_node = new_node = next(rest) if older else first_root
    while newer:
        if older & 1:
            left = next(rest)
            old_node, new_node = scheme.node(left, old_node), scheme.node(left, new_node)
        elif older < newer:
            new_node = scheme.node(new_node, next(rest))
        older, newer = older >> 1, newer >> 1
    return old_node, new_node


def repeated(root: bytes) -> Unproved:
    """What two equal nodes side by side show, under a root, in a tree that repeats its last node: nothing.

    Such a tree has the same root with its last leaves listed twice (CVE-2012-2459), so that its size is not known.
    """
    message = "two nodes side by side are the same, as a duplicated last leaf would make them (CVE-2012-2459)"
    return Unproved(message, pitfall=True, root=root)


def _first_levels(first: int, second: int) -> tuple[int, int]:
    """The last positions of both trees on the level of the largest whole subtree that ends the older one."""
    older, newer = first - 1, second - 1
    while older & 1 and newer > 0:
        older, newer = older >> 1, newer >> 1
    return older, newer


def _length(path: Sequence[bytes], expected: int, what: str) -> str:
    return f"the path has {counted(len(path), 'hash', 'hashes')}, expected {expected} {what}"
