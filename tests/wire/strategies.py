"""Arbitrary domain values and arbitrary messages, for the laws of the conversions."""

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any, TypeVar

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy, composite

from aethel.request import Context, Question, Scope
from aethel.structure import Kind, Part, parts_of
from aethel.terms import Terms
from aethel.transaction import (
    AccountState,
    AccountTransaction,
    AchBatch,
    AmountText,
    DoubleEntry,
    MerkleProof,
    PathStep,
    Posting,
    Price,
    PriceKind,
    TextField,
    TouchedLeaf,
    Transaction,
    TransferBatch,
    TreeRoot,
    Unspent,
    Unsupported,
    UtxoBatch,
    UtxoSpend,
)
from aethel.verdict import (
    Consensus,
    Counterexample,
    Disposition,
    Evidence,
    ExpertVerdict,
    Finding,
    Impact,
    MOEResult,
    ObligationResult,
    Outcome,
    Served,
    Source,
    Span,
    Vote,
)

T = TypeVar("T")
M = TypeVar("M", bound=Message)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
"""Texts that UTF-8 can carry, so without lone surrogates."""

counts = st.integers(0, 2**32 - 1)
flags = st.booleans()
confidences = st.integers(0, 10**15).map(lambda parts: Decimal(parts).scaleb(-15))
latencies = st.floats(0, 1e9)
digests = st.binary(min_size=32, max_size=32).map(bytes.hex)


def every_field(kind: type[T], /, **values: SearchStrategy[Any]) -> SearchStrategy[T]:
    """Values of a dataclass; a field that somebody adds must be given here too."""
    assert values.keys() == {field.name for field in fields(kind)}  # type: ignore[arg-type]
    return st.builds(kind, **values)


def some(items: SearchStrategy[T]) -> SearchStrategy[tuple[T, ...]]:
    return st.lists(items, max_size=2).map(tuple)


named_values = some(st.tuples(texts, texts))
by_name = st.dictionaries(texts, texts, max_size=2)
prices = every_field(Price, kind=st.sampled_from(PriceKind), amount=texts, commodity=texts)
postings = every_field(Posting, account=texts, amount=texts, commodity=texts, price=st.none() | prices, inferred=flags)
states = every_field(
    AccountState,
    account=texts,
    commodity=texts,
    balance=texts,
    post_balance=texts,
    lower=texts,
    upper=texts,
    nonce=texts,
    frozen=flags,
    closed=flags,
    version=texts,
)


def structured(shape: type[T]) -> SearchStrategy[T]:
    """Values of a dataclass whose shape says all there is to know of it."""
    return st.builds(shape, **{part.name: _of_part(part) for part in parts_of(shape)})


def _of_part(part: Part) -> SearchStrategy[Any]:
    held: SearchStrategy[Any] = texts
    if part.kind is Kind.VALUE:
        held = structured(part.type)
    elif part.kind is Kind.CHOICE:
        held = st.sampled_from(part.type)
    elif part.kind is Kind.FLAG:
        held = flags
    if part.is_many:
        return st.lists(held, max_size=1).map(tuple)
    return st.none() | held if part.may_be_absent else held


double_entries = every_field(
    DoubleEntry,
    postings=some(postings),
    date=texts,
    payee=texts,
    code=texts,
    net_settled=flags,
    states=some(states),
    terms=st.none() | structured(Terms),
)
account_transactions = every_field(
    AccountTransaction,
    nonce=texts,
    gas_price=texts,
    gas_limit=texts,
    to=texts,
    value=texts,
    expected_nonce=texts,
    balance=texts,
    nonce_window=texts,
    state_version=texts,
    sender=texts,
)
utxo_batches = every_field(
    UtxoBatch,
    utxo_set=some(every_field(Unspent, outpoint=texts, value=texts)),
    transactions=some(every_field(UtxoSpend, txid=texts, inputs=some(texts), outputs=some(texts), fee=texts)),
    state_version=texts,
)
merkle_proofs = every_field(
    MerkleProof,
    scheme=texts,
    op=texts,
    fields=named_values,
    proof=some(texts),
    leaves=some(every_field(TouchedLeaf, index=texts, before=texts, after=texts)),
    path=some(every_field(PathStep, hash=texts, prefix=texts, suffix=texts)),
)
tree_roots = every_field(TreeRoot, scheme=texts, size=texts, root=texts)
TRANSACTIONS: Mapping[str, SearchStrategy[Transaction]] = {
    "double entry": double_entries,
    "account transaction": account_transactions,
    "utxo batch": utxo_batches,
    "merkle proof": merkle_proofs,
    "amount text": every_field(AmountText, text=texts),
    "text field": every_field(TextField, text=texts, type=texts),
    "unsupported": every_field(Unsupported, kind=texts),
    "transfer batch": structured(TransferBatch),
    "ach batch": structured(AchBatch),
}
transactions = st.one_of(*TRANSACTIONS.values())


@composite
def questions(draw: DrawFn) -> Question:
    text, transaction = draw(st.tuples(st.binary(max_size=20), st.none()) | st.tuples(st.none(), transactions))
    return Question(
        transaction_id=draw(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=256)),
        intent_text=text,
        transaction=transaction,
        arguments=draw(by_name),
        context=draw(
            every_field(
                Context,
                balances=by_name,
                inputs=by_name,
                accounts=by_name,
                proofs=some(merkle_proofs),
                roots=some(tree_roots),
            )
        ),
        budget=draw(st.integers(0, 2**64 - 1)),
        expected_digest=draw(st.just("") | digests),
        scope=draw(st.sampled_from(Scope)),
        with_evidence=draw(st.booleans()),
    )


spans = every_field(Span, start=counts, end=counts, line=counts, column=counts)
counterexamples = every_field(
    Counterexample, inputs=named_values, before=named_values, after=named_values, replayed=flags, minimal=flags
)
findings = every_field(
    Finding,
    code=texts,
    message=texts,
    disposition=st.sampled_from(Disposition),
    span=st.none() | spans,
    intent=texts,
    cwe=st.none() | counts,
    confidence=confidences,
    accounts=some(texts),
    numbers=named_values,
    delta=texts,
    advice=texts,
    counterexample=st.none() | counterexamples,
    repair=texts,
    impact=st.none() | st.sampled_from(Impact),
)
obligations = every_field(
    ObligationResult,
    id=texts,
    outcome=st.sampled_from(Outcome),
    evidence=st.sampled_from(Evidence),
    detail=texts,
    span=st.none() | spans,
    counterexample=st.none() | counterexamples,
    work=st.integers(0, 2**64 - 1),
    took_ms=latencies,
)
verdicts = every_field(
    ExpertVerdict,
    served=every_field(Served, replica=texts, assigned_version=texts, answering_version=texts, from_cache=flags),
    expert_name=texts,
    verdict=st.sampled_from(Vote),
    confidence=confidences,
    evidence=st.sampled_from(Evidence),
    reason=texts,
    code=texts,
    latency_ms=latencies,
    obligations=some(obligations),
    findings=some(findings),
    proof_trace=named_values,
    assumptions=some(texts),
    not_applicable=some(texts),
    source=st.sampled_from(Source),
    version=texts,
    program_digest=texts,
    certificate=st.binary(max_size=20),
)
results = every_field(
    MOEResult,
    transaction_id=texts,
    consensus=st.sampled_from(Consensus),
    overall_confidence=confidences,
    expert_verdicts=some(verdicts),
    total_latency_ms=latencies,
    activated_experts=some(texts),
    reason=texts,
    findings=some(findings),
    degraded=some(texts),
    skipped_experts=some(texts),
    undecided_obligations=some(texts),
    assumptions=some(texts),
    written_cells=some(texts),
    program_digest=texts,
    language_version=texts,
    scope=texts,
    dissent=some(texts),
    token=texts,
)

_WELL_FORMED: Mapping[str, SearchStrategy[Any]] = {
    "transaction_id": st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=256),
    "expected_program_digest": digests,
    "confidence": confidences.map(float),
    "overall_confidence": confidences.map(float),
    "latency_ms": latencies,
    "total_latency_ms": latencies,
    "took_ms": latencies,
}
"""Fields whose values a reader restricts, by their names in the contract."""

_SCALARS: Mapping[int, SearchStrategy[Any]] = {
    FieldDescriptor.TYPE_STRING: texts,
    FieldDescriptor.TYPE_BYTES: st.binary(max_size=20),
    FieldDescriptor.TYPE_BOOL: flags,
    FieldDescriptor.TYPE_UINT32: counts,
    FieldDescriptor.TYPE_UINT64: st.integers(0, 2**64 - 1),
    FieldDescriptor.TYPE_DOUBLE: st.floats(),
}


@composite
def messages(draw: DrawFn, kind: type[M], *, well_formed: bool) -> M:
    """Messages of one type made from its descriptor alone, so that they owe nothing to the conversions under test.

    Well-formed ones are those a sender of this version makes: known enum values, a subject, numbers in range.
    """
    message = kind()
    _fill(draw, message, well_formed=well_formed)
    return message


def _fill(draw: DrawFn, message: Message, *, well_formed: bool) -> None:
    every: list[Any] = list(message.DESCRIPTOR.fields)
    wanted = [field for field in every if not _is_choice(field)]
    choices: list[Any] = [oneof for oneof in message.DESCRIPTOR.oneofs if len(oneof.fields) > 1]
    wanted += [draw(st.sampled_from(list(oneof.fields))) for oneof in choices if well_formed or draw(flags)]
    for field in wanted:
        if _must_be_set(field, well_formed=well_formed) or draw(flags):
            _set(draw, message, field, well_formed=well_formed)


def _is_choice(field: FieldDescriptor) -> bool:
    """Whether the field is one of several; an `optional` field is in a oneof of its own."""
    oneof: Any = field.containing_oneof
    return oneof is not None and len(oneof.fields) > 1


_NEVER_ABSENT = frozenset({"transaction_id", "control", "transfer"})
"""Fields without which a message is refused."""


def _must_be_set(field: FieldDescriptor, *, well_formed: bool) -> bool:
    return well_formed and (_is_choice(field) or field.enum_type is not None or field.name in _NEVER_ABSENT)


def _set(draw: DrawFn, message: Message, field: FieldDescriptor, *, well_formed: bool) -> None:
    values = getattr(message, field.name)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        values.update(draw(by_name))
    elif field.is_repeated and field.message_type is not None:
        for _ in range(draw(st.integers(0, 2))):
            _fill(draw, values.add(), well_formed=well_formed)
    elif field.is_repeated:
        values.extend(draw(st.lists(_scalar(field, well_formed=well_formed), max_size=2)))
    elif field.message_type is not None:
        values.SetInParent()
        _fill(draw, values, well_formed=well_formed)
        if well_formed and field.name == "context" and not values.ByteSize():
            # A context that says nothing is written as none.
            message.ClearField(field.name)
    else:
        setattr(message, field.name, draw(_scalar(field, well_formed=well_formed)))


def _scalar(field: FieldDescriptor, *, well_formed: bool) -> SearchStrategy[Any]:
    if field.enum_type is not None:
        known = [value.number for value in field.enum_type.values if value.number]
        return st.sampled_from(known) if well_formed else st.integers(-(2**31), 2**31 - 1) | st.sampled_from(known)
    if well_formed and field.name in _WELL_FORMED:
        return _WELL_FORMED[field.name]
    return _SCALARS[field.type]
