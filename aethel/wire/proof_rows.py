"""JSON to Merkle proofs and trusted roots: a transaction of its own, or `proofs` and `roots` of a context."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from aethel.transaction import MerkleProof, PathStep, TouchedLeaf, TreeRoot
from aethel.wire.exact_json import RowError, shown
from aethel.wire.fields import Fields, text_of

_FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "inclusion": ("leaf_index", "tree_size", "leaf_hash", "leaf", "root"),
        "consistency": ("size1", "size2", "root1", "root2", "log"),
        "update": ("tree_size", "root", "post_root", "log"),
        "existence": ("key", "value", "root"),
    }
)
"""What each operation is about, in the order of RFC 9162, sections 2.1.3.2 and 2.1.4.2, and of ICS 23."""

_MAY_BE_ABSENT = frozenset({"leaf_hash", "leaf", "root", "root1", "log"})
"""Fields that a proof can do without: one of hash and bytes of the leaf, a root that is trusted anyway, and a log that
no store keeps.
"""


def proof_from_fields(fields: Fields) -> MerkleProof:
    """The proof of an object with `scheme` and `op`; the caller refuses what is left. Raises `RowError`."""
    scheme, operation = fields.text("scheme"), fields.text("op")
    if operation not in _FIELDS:
        expected = ", ".join(f"`{name}`" for name in _FIELDS)
        raise RowError(f"{shown(fields.at('op'))} is {shown(operation)}, expected one of {expected}")
    named = [(name, fields.exact(name)) for name in _FIELDS[operation] if name in fields or name not in _MAY_BE_ABSENT]
    if operation == "existence":
        named += _leaf_form(Fields(fields.take("leaf"), fields.at("leaf")))
        return MerkleProof(
            scheme, operation, tuple(named), path=tuple(_step(item, path) for item, path in fields.items("path"))
        )
    proof = tuple(text_of(item, path) for item, path in fields.items("proof"))
    leaves = fields.items("leaves") if operation == "update" else []
    return MerkleProof(scheme, operation, tuple(named), proof, tuple(_touched(item, path) for item, path in leaves))


def proof_from_json(value: object, path: str) -> MerkleProof:
    """The proof that stands at `path` of a row; raises `RowError`."""
    fields = Fields(value, path)
    proof = proof_from_fields(fields)
    fields.done()
    return proof


def root_from_json(value: object, path: str) -> TreeRoot:
    """The trusted root that stands at `path` of a row; raises `RowError`."""
    fields = Fields(value, path)
    root = TreeRoot(fields.text("scheme"), fields.exact("size", ""), fields.text("root"))
    fields.done()
    return root


def _leaf_form(fields: Fields) -> list[tuple[str, str]]:
    named = [(f"leaf.{name}", fields.text(name)) for name in ("hash", "prehash_key", "prehash_value")]
    named += [("leaf.length", fields.exact("length")), ("leaf.prefix", fields.text("prefix"))]
    fields.done()
    return named


def _step(value: object, path: str) -> PathStep:
    fields = Fields(value, path)
    step = PathStep(fields.text("hash"), fields.text("prefix"), fields.text("suffix"))
    fields.done()
    return step


def _touched(value: object, path: str) -> TouchedLeaf:
    fields = Fields(value, path)
    leaf = TouchedLeaf(fields.exact("index"), fields.text("before"), fields.text("after"))
    fields.done()
    return leaf
