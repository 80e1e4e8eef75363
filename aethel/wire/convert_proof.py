"""Merkle proofs and trusted roots to protobuf messages and back."""

from __future__ import annotations

from aethel.transaction import MerkleProof, PathStep, TouchedLeaf, TreeRoot
from aethel.v1 import transaction_pb2


def proof_to_proto(proof: MerkleProof) -> transaction_pb2.MerkleProof:
    """The message of a proof; raises `ValueError` when a text of it cannot be written in UTF-8."""
    return transaction_pb2.MerkleProof(
        scheme=proof.scheme,
        op=proof.op,
        fields=[transaction_pb2.ProofField(name=name, value=value) for name, value in proof.fields],
        proof=proof.proof,
        leaves=[
            transaction_pb2.TouchedLeaf(index=leaf.index, before=leaf.before, after=leaf.after) for leaf in proof.leaves
        ],
        path=[transaction_pb2.PathStep(hash=step.hash, prefix=step.prefix, suffix=step.suffix) for step in proof.path],
    )


def proof_from_proto(message: transaction_pb2.MerkleProof) -> MerkleProof:
    """The proof of a message."""
    return MerkleProof(
        scheme=message.scheme,
        op=message.op,
        fields=tuple((field.name, field.value) for field in message.fields),
        proof=tuple(message.proof),
        leaves=tuple(TouchedLeaf(leaf.index, leaf.before, leaf.after) for leaf in message.leaves),
        path=tuple(PathStep(step.hash, step.prefix, step.suffix) for step in message.path),
    )


def root_to_proto(root: TreeRoot) -> transaction_pb2.TreeRoot:
    """The message of a trusted root; raises `ValueError` when a text of it cannot be written in UTF-8."""
    return transaction_pb2.TreeRoot(scheme=root.scheme, size=root.size, root=root.root)


def root_from_proto(message: transaction_pb2.TreeRoot) -> TreeRoot:
    """The trusted root of a message."""
    return TreeRoot(message.scheme, message.size, message.root)
