"""Existence proofs of ICS 23 under its three published specifications: IAVL, Tendermint and sparse Merkle trees."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from aethel.ledger.merkle import HASH_BYTES, Unproved

_VARINT_BYTES = 10
"""Bytes of the longest 64-bit variable-length integer."""


@dataclass(frozen=True, slots=True)
class LeafForm:
    """How a leaf is hashed, in the words of the proof: names of hashes, `length` 1 for a varint before each part."""

    hash: str
    prehash_key: str
    prehash_value: str
    length: str
    prefix: bytes


@dataclass(frozen=True, slots=True)
class Step:
    """One step up: the node is the hash of `prefix`, the child and `suffix`."""

    hash: str
    prefix: bytes
    suffix: bytes


@dataclass(frozen=True, slots=True)
class Specification:
    """What one kind of tree allows: the form of its leaves, and of its nodes with or without IAVL's head."""

    name: str
    leaf: LeafForm
    most_steps: int
    iavl: bool = False


_PLAIN_LEAF = LeafForm("sha256", "none", "sha256", "1", b"\0")

SPECIFICATIONS: Mapping[str, Specification] = MappingProxyType(
    {
        specification.name: specification
        for specification in (
            Specification("ics23-iavl", _PLAIN_LEAF, 128, iavl=True),
            Specification("ics23-tendermint", _PLAIN_LEAF, 64),
            Specification("ics23-smt", LeafForm("sha256", "sha256", "sha256", "0", b"\0"), 256),
        )
    }
)
"""`IavlSpec`, `TendermintSpec` and `SmtSpec` of ICS 23. Steps are capped where no tree of 2^64 leaves is deeper (an AVL
tree is less than 1.45 times 64 deep), for sparse trees by the bits of a key.
"""


def existence_root(
    specification: Specification, key: bytes, value: bytes, leaf: LeafForm, path: Sequence[Step]
) -> bytes | Unproved:
    """The root of the tree that holds `value` under `key`, the path going up from the leaf.

    Stricter than the standard where that is loose: a node is exactly its head and two children of 32 bytes, and the
    heights and sizes in IAVL's heads grow from step to step.
    """
    if not key or not value:
        return Unproved("the key or the value is empty, expected both")
    if len(path) > specification.most_steps:
        message = f"the path has {len(path)} steps, expected at most {specification.most_steps}"
        return Unproved(message, pitfall=True)
    if not _is_leaf(specification, leaf):
        return Unproved(f"the leaf is not hashed as `{specification.name}` hashes leaves", pitfall=True)
    node = hashlib.sha256(leaf.prefix + _prepared(leaf.prehash_key, leaf, key) + _prepared("sha256", leaf, value))
    below = (0, 1)
    for position, step in enumerate(path):
        head = _head(specification, step)
        if head is None or step.hash != specification.leaf.hash:
            return _no_node(specification, position)
        if specification.iavl:
            numbers = _numbers(head)
            if numbers is None or not (numbers[0] > below[0] and numbers[1] > below[1]):
                return _no_node(specification, position)
            below = numbers[:2]
        elif head != b"\1":
            return _no_node(specification, position)
        node = hashlib.sha256(step.prefix + node.digest() + step.suffix)
    return node.digest()


def _no_node(specification: Specification, position: int) -> Unproved:
    return Unproved(f"step {position} hashes no node of `{specification.name}`, so it may be a leaf", pitfall=True)


def _is_leaf(specification: Specification, leaf: LeafForm) -> bool:
    """Whether leaves are hashed like this; IAVL writes height 0, size 1 and a version before the key."""
    expected = specification.leaf
    if not specification.iavl:
        return leaf == expected
    numbers = _numbers(leaf.prefix)
    return numbers is not None and numbers[:2] == (0, 1) and replace(leaf, prefix=expected.prefix) == expected


def _prepared(hash_name: str, leaf: LeafForm, content: bytes) -> bytes:
    content = hashlib.sha256(content).digest() if hash_name == "sha256" else content
    return _varint(len(content)) + content if leaf.length == "1" else content


def _varint(number: int) -> bytes:
    groups = bytearray()
    while number >= 0x80:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    groups.append(number)
    return bytes(groups)


def _head(specification: Specification, step: Step) -> bytes | None:
    """What stands before the two children of a node; None where they are not 32 bytes each, one of them written out.

    IAVL writes the length of each child before it.
    """
    marker = bytes([HASH_BYTES]) if specification.iavl else b""
    if step.suffix:
        is_child = len(step.suffix) == len(marker) + HASH_BYTES and step.suffix.startswith(marker)
        head, rest = _split(step.prefix, len(marker))
        return head if is_child and rest == marker else None
    head, rest = _split(step.prefix, 2 * len(marker) + HASH_BYTES)
    is_child = len(rest) == 2 * len(marker) + HASH_BYTES and rest.startswith(marker) and rest.endswith(marker)
    return head if is_child else None


def _split(prefix: bytes, last_bytes: int) -> tuple[bytes, bytes]:
    cut = max(len(prefix) - last_bytes, 0)
    return prefix[:cut], prefix[cut:]


def _numbers(head: bytes) -> tuple[int, int, int] | None:
    """Height, size and version of IAVL's head: three signed varints, none negative, each as short as can be."""
    numbers: list[int] = []
    group = shift = 0
    for byte in head:
        group |= (byte & 0x7F) << shift
        shift += 7
        if byte & 0x80:
            if shift == 7 * _VARINT_BYTES:
                return None
        elif group & 1 or (byte == 0 and shift > 7) or group >= 2**64:
            return None
        else:
            numbers.append(group >> 1)
            group = shift = 0
    return (numbers[0], numbers[1], numbers[2]) if len(numbers) == 3 and not shift else None
