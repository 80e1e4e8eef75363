"""Reads the texts of Merkle proofs and trusted roots into numbers and bytes, and says what is wrong with each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from aethel.ledger.amounts import Refused, scan_whole
from aethel.ledger.merkle import HASH_BYTES
from aethel.ledger.merkle_ics23 import LeafForm, Step
from aethel.ledger.merkle_multiproof import Node
from aethel.ledger.wording import quoted
from aethel.transaction import MerkleProof, TreeRoot

CONTENT_BYTES = 4096
"""Bytes of one leaf, key, value, prefix or suffix: records of ledgers are far shorter, and hashing it takes no time."""

FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "inclusion": ("leaf_index", "tree_size", "leaf_hash", "leaf", "root"),
        "consistency": ("size1", "size2", "root1", "root2", "log"),
        "update": ("tree_size", "root", "post_root", "log"),
        "existence": (
            *("key", "value", "root"),
            *("leaf.hash", "leaf.prehash_key", "leaf.prehash_value", "leaf.length", "leaf.prefix"),
        ),
    }
)
"""What each operation is about, by name."""

_PARTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"inclusion": ("proof",), "consistency": ("proof",), "update": ("proof", "leaves"), "existence": ("path",)}
)
"""Which of its lists each operation may fill."""

_HEX_DIGITS = frozenset("0123456789abcdef")

Value = TypeVar("Value", int, bytes)


@dataclass(frozen=True, slots=True)
class Trusted:
    """A trusted root, read; `size` is None where none is given."""

    scheme: str
    size: int | None
    root: bytes


class ProofReader:
    """Reads one proof; every text that is not what belongs in its place adds a sentence to `faults`."""

    def __init__(self, proof: MerkleProof) -> None:
        self.faults: list[str] = []
        self._proof = proof
        self._fields: dict[str, str] = {}
        expected = FIELDS[proof.op]
        for name, value in proof.fields:
            if name not in expected:
                self.faults.append(f"{quoted(name)} is no field of an {proof.op} proof")
            elif name in self._fields:
                self.faults.append(f"{quoted(name)} is given twice, expected it once")
            self._fields.setdefault(name, value)
        for part in ("proof", "leaves", "path"):
            if getattr(proof, part) and part not in _PARTS[proof.op]:
                self.faults.append(f"{quoted(part)} is no part of an {proof.op} proof")

    def count(self, name: str) -> int:
        """A whole number; 0 where there is none."""
        return self._count(self._required(name), name)

    def hash(self, name: str) -> bytes:
        """A hash; empty where there is none."""
        return self._hash(self._required(name), name)

    def hash_or_none(self, name: str) -> bytes | None:
        """A hash that may be left out."""
        return self._hash(self._fields[name], name) if name in self._fields else None

    def content(self, name: str) -> bytes:
        """Bytes; none where the text is none."""
        return self._content(self._required(name), name)

    def content_or_none(self, name: str) -> bytes | None:
        """Bytes that may be left out."""
        return self._content(self._fields[name], name) if name in self._fields else None

    def hashes(self) -> list[bytes]:
        """The hashes of the proof."""
        return [self._hash(text, f"proof[{position}]") for position, text in enumerate(self._proof.proof)]

    def leaves(self) -> list[Node]:
        """The touched leaves."""
        return [
            Node(
                self._count(leaf.index, f"leaves[{position}].index"),
                self._hash(leaf.before, f"leaves[{position}].before"),
                self._hash(leaf.after, f"leaves[{position}].after"),
            )
            for position, leaf in enumerate(self._proof.leaves)
        ]

    def leaf_form(self) -> LeafForm:
        """How an existence proof says that its leaf is hashed."""
        return LeafForm(
            hash=self._required("leaf.hash"),
            prehash_key=self._required("leaf.prehash_key"),
            prehash_value=self._required("leaf.prehash_value"),
            length=self._required("leaf.length"),
            prefix=self.content("leaf.prefix"),
        )

    def steps(self) -> list[Step]:
        """The steps of an existence proof."""
        return [
            Step(
                step.hash,
                self._content(step.prefix, f"path[{position}].prefix"),
                self._content(step.suffix, f"path[{position}].suffix"),
            )
            for position, step in enumerate(self._proof.path)
        ]

    def _required(self, name: str) -> str:
        if name not in self._fields:
            self.faults.append(f"{quoted(name)} is missing")
        return self._fields.get(name, "")

    def _count(self, text: str, name: str) -> int:
        return _kept(self.faults, name, count_of(text), 0)

    def _hash(self, text: str, name: str) -> bytes:
        return _kept(self.faults, name, hash_of(text), b"")

    def _content(self, text: str, name: str) -> bytes:
        return _kept(self.faults, name, bytes_of(text), b"")


def read_roots(roots: Sequence[TreeRoot]) -> tuple[list[Trusted], list[str]]:
    """The trusted roots, and what is wrong with those that are none or that contradict another."""
    faults: list[str] = []
    trusted: list[Trusted] = []
    by_tree: dict[tuple[str, int], bytes] = {}
    for position, each in enumerate(roots):
        size = _kept(faults, f"roots[{position}].size", count_of(each.size), 0) if each.size else None
        root = _kept(faults, f"roots[{position}].root", hash_of(each.root), b"")
        trusted.append(Trusted(each.scheme, size, root))
        if size is not None and by_tree.setdefault((each.scheme, size), root) != root:
            faults.append(f"two roots are trusted for one tree of {size} leaves under {quoted(each.scheme)}")
    return trusted, faults


def count_of(text: str) -> int | Refused:
    """A count as decimal text, at most 80 digits."""
    return scan_whole(text)


def hash_of(text: str) -> bytes | Refused:
    """A hash as 64 lower-case hexadecimal digits, the one way that this contract writes it."""
    if len(text) != 2 * HASH_BYTES or not _HEX_DIGITS.issuperset(text):
        return Refused(f"{quoted(text)} is no hash, expected {2 * HASH_BYTES} lower-case hexadecimal digits")
    return bytes.fromhex(text)


def bytes_of(text: str) -> bytes | Refused:
    """At most `CONTENT_BYTES` bytes as lower-case hexadecimal digits."""
    if len(text) > 2 * CONTENT_BYTES:
        return Refused(f"{quoted(text)} has {len(text)} digits, expected at most {2 * CONTENT_BYTES}")
    if len(text) % 2 or not _HEX_DIGITS.issuperset(text):
        return Refused(f"{quoted(text)} is no bytes, expected lower-case hexadecimal digits in pairs")
    return bytes.fromhex(text)


def _kept(faults: list[str], name: str, found: Value | Refused, otherwise: Value) -> Value:
    if isinstance(found, Refused):
        faults.append(f"{quoted(name)}: {found.message}")
        return otherwise
    return found


def sizes(proofs: Iterable[MerkleProof]) -> int:
    """Every hash, field, leaf and step of the proofs together."""
    return sum(len(each.proof) + len(each.fields) + len(each.leaves) + len(each.path) for each in proofs)
