"""Questions to protobuf messages and back."""

from __future__ import annotations

from aethel.request import Context, Question, Scope
from aethel.runtime.faults import Reason, RequestFault
from aethel.v1 import intent_pb2
from aethel.wire.convert_proof import proof_from_proto, proof_to_proto, root_from_proto, root_to_proto
from aethel.wire.convert_transaction import transaction_from_proto, transaction_to_proto

MAX_ID_CHARS = 256
"""Characters of a transaction identifier: any scheme in use fits, and an audit row stays small."""

_DIGEST_CHARS = 64
"""Hexadecimal digits of a SHA-256 digest."""

_SCOPE_TO_PROTO = {Scope.GIVEN: intent_pb2.SCOPE_GIVEN, Scope.TEMPLATE: intent_pb2.SCOPE_TEMPLATE}
_SCOPE_FROM_PROTO = {
    intent_pb2.SCOPE_UNSPECIFIED: Scope.GIVEN,
    **{number: scope for scope, number in _SCOPE_TO_PROTO.items()},
}

_HEXADECIMAL = frozenset("0123456789abcdef")


def question_to_proto(question: Question) -> intent_pb2.Question:
    """The message of a question.

    Raises `RequestFault` (INVALID_REQUEST) when a text of it cannot be written in UTF-8 or a number is out of range.
    """
    try:
        return _to_proto(question)
    except ValueError as error:
        raise _malformed("the question holds a text or number that the wire cannot carry") from error


def question_from_proto(message: intent_pb2.Question) -> Question:
    """The question of a message; raises `RequestFault` (INVALID_REQUEST) where no question can be read from it.

    A field that this version does not know is refused too, since it may be the one that makes the question another.
    """
    if _has_unknown_fields(message):
        raise _malformed("the question has a field that this version of the contract does not know")
    if not 1 <= len(message.transaction_id) <= MAX_ID_CHARS:
        raise _malformed(f"`transaction_id` has {len(message.transaction_id)} characters, expected 1 to {MAX_ID_CHARS}")
    digest = message.expected_program_digest
    if digest and not (len(digest) == _DIGEST_CHARS and _HEXADECIMAL.issuperset(digest)):
        raise _malformed(
            f"`expected_program_digest` is no digest, expected {_DIGEST_CHARS} hexadecimal digits or nothing"
        )
    if message.scope not in _SCOPE_FROM_PROTO:
        raise _malformed(f"`scope` is {message.scope}, expected a value of this version of the contract")
    subject = message.WhichOneof("subject")
    if subject is None:
        raise _malformed("the question has no subject, expected `intent` or `transaction`")
    return Question(
        transaction_id=message.transaction_id,
        intent_text=message.intent if subject == "intent" else None,
        transaction=transaction_from_proto(message.transaction) if subject == "transaction" else None,
        arguments=dict(message.arguments),
        context=Context(
            balances=dict(message.context.balances),
            inputs=dict(message.context.inputs),
            accounts=dict(message.context.accounts),
            proofs=tuple(proof_from_proto(proof) for proof in message.context.proofs),
            roots=tuple(root_from_proto(root) for root in message.context.roots),
        ),
        budget=message.budget,
        expected_digest=digest,
        scope=_SCOPE_FROM_PROTO[message.scope],
        with_evidence=message.with_evidence,
    )


def _to_proto(question: Question) -> intent_pb2.Question:
    given = question.context
    message = intent_pb2.Question(
        transaction_id=question.transaction_id,
        arguments=question.arguments,
        context=None if given.is_empty() else _context_to_proto(given),
        budget=question.budget,
        expected_program_digest=question.expected_digest,
        scope=_SCOPE_TO_PROTO[question.scope],
        with_evidence=question.with_evidence,
    )
    if question.intent_text is not None:
        message.intent = question.intent_text
    if question.transaction is not None:
        message.transaction.CopyFrom(transaction_to_proto(question.transaction))
    return message


def _context_to_proto(context: Context) -> intent_pb2.Context:
    return intent_pb2.Context(
        balances=context.balances,
        inputs=context.inputs,
        accounts=context.accounts,
        proofs=[proof_to_proto(proof) for proof in context.proofs],
        roots=[root_to_proto(root) for root in context.roots],
    )


def _has_unknown_fields(message: intent_pb2.Question) -> bool:
    """Whether the sender set a field, at any depth, that is not in our files."""
    known = intent_pb2.Question()
    known.CopyFrom(message)
    known.DiscardUnknownFields()
    return known.ByteSize() != message.ByteSize()


def _malformed(message: str) -> RequestFault:
    return RequestFault(Reason.INVALID_REQUEST, message)
