"""The Guardian: one expert over every exact check of this package."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import assert_never

from aethel.intent.program import LANGUAGE_VERSION
from aethel.ledger.account_transaction import judge_account_transaction
from aethel.ledger.ach import judge_ach
from aethel.ledger.amount_text import judge_amount_text
from aethel.ledger.checked import Judgement, demanding, lacking, merged
from aethel.ledger.entry import judge_entry
from aethel.ledger.intents import judge_intent
from aethel.ledger.merkle_checks import CODES, judge_proofs
from aethel.ledger.transfer_batch import judge_transfers
from aethel.ledger.utxo import judge_utxo
from aethel.ledger.wording import quoted
from aethel.policy import Policy
from aethel.request import Question
from aethel.transaction import (
    AccountTransaction,
    AchBatch,
    AmountText,
    DoubleEntry,
    MerkleProof,
    Movement,
    TextField,
    Transaction,
    TransferBatch,
    Unsupported,
    UtxoBatch,
)
from aethel.verdict import (
    CONFIDENCE_BY_EVIDENCE,
    GUARDIAN_EXPERT,
    REFUTING_OUTCOMES,
    Disposition,
    Evidence,
    ExpertVerdict,
    Finding,
    ObligationResult,
    Outcome,
    Vote,
)

_PROVED = Outcome.PROVED


class GuardianExpert:
    """Judges structured transactions, and what the programs of an intent conserve, in exact arithmetic.

    Every question gets a verdict, the same one each time. Work is bounded by limits on what is read, not by a clock;
    with no time left at all it abstains.
    """

    def __init__(self) -> None:
        self._version = _source_digest()

    @property
    def name(self) -> str:
        return GUARDIAN_EXPERT

    @property
    def version(self) -> str:
        """SHA-256 over the language version and the sources of this package, which hold its whole configuration."""
        return self._version

    def verify(self, question: Question, deadline_ms: float) -> ExpertVerdict:
        """The verdict on `question`; `deadline_ms` is the time left in milliseconds."""
        return self._verdict(_judge(question, in_time=deadline_ms > 0))

    def _verdict(self, judgement: Judgement) -> ExpertVerdict:
        rejecting = [found for found in judgement.findings if found.disposition is Disposition.REJECT]
        vote = _vote(judgement, rejecting)
        evidence = Evidence.NONE if vote is Vote.ABSTAIN else Evidence.EVALUATED
        return ExpertVerdict(
            expert_name=self.name,
            verdict=vote,
            confidence=CONFIDENCE_BY_EVIDENCE[evidence],
            evidence=evidence,
            reason=rejecting[0].message if rejecting else _reason(judgement),
            code=rejecting[0].code if rejecting else "",
            obligations=judgement.obligations,
            findings=judgement.findings,
            proof_trace=judgement.trace,
            assumptions=judgement.assumptions,
            not_applicable=judgement.not_applicable,
            version=self.version,
            program_digest=judgement.program_digest,
        )


def _judge(question: Question, *, in_time: bool) -> Judgement:
    if not in_time:
        return _open("deadline", Outcome.BUDGET, "no time was left to check anything")
    transaction, policy = question.transaction, question.rules.ledger
    judgement = judge_intent(question) if transaction is None else _judge_transaction(transaction, policy)
    proofs = [(f"proofs[{position}]", proof) for position, proof in enumerate(question.context.proofs)]
    if isinstance(transaction, MerkleProof):
        proofs.insert(0, ("", transaction))
    if proofs or question.context.roots:
        judgement = merged(judgement, judge_proofs(proofs, question.context.roots))
    elif transaction is not None:
        judgement = lacking(judgement, CODES)
    return demanding(judgement, policy.required) if isinstance(transaction, Movement) else judgement


def _judge_transaction(transaction: Transaction, policy: Policy) -> Judgement:
    """What the checks of its kind say of a transaction; a proof is judged with those of the context."""
    match transaction:
        case DoubleEntry():
            return judge_entry(transaction, policy)
        case AccountTransaction():
            return judge_account_transaction(transaction)
        case UtxoBatch():
            return judge_utxo(transaction)
        case TransferBatch():
            return judge_transfers(transaction)
        case AchBatch():
            return judge_ach(transaction)
        case AmountText():
            return judge_amount_text(transaction)
        case MerkleProof():
            return Judgement()
        case TextField():
            return _unmodelled("transaction.understood", "text on its own")
        case Unsupported(kind=kind):
            return _unmodelled("transaction.understood", f"transaction of kind {quoted(kind)}")
        case _:
            assert_never(transaction)


def _unmodelled(obligation: str, what: str) -> Judgement:
    return _open(obligation, Outcome.UNMODELLED, f"no check of this version covers a {what}")


def _open(obligation: str, outcome: Outcome, detail: str) -> Judgement:
    return Judgement(obligations=(ObligationResult(obligation, outcome, detail=detail),))


def _vote(judgement: Judgement, rejecting: list[Finding]) -> Vote:
    """A rejection where anything is refuted, an approval where all there is was proved, else none of both."""
    left = {result.outcome for result in judgement.obligations if result.outcome is not _PROVED}
    if rejecting or left & REFUTING_OUTCOMES:
        return Vote.REJECT
    return Vote.APPROVE if judgement.obligations and not left else Vote.ABSTAIN


def _reason(judgement: Judgement) -> str:
    left = next((result for result in judgement.obligations if result.outcome is not Outcome.PROVED), None)
    if left is not None:
        return f"{left.id}: {left.detail}"
    return f"holds: {', '.join(result.id for result in judgement.obligations[:20])}"


def _source_digest() -> str:
    digest = hashlib.sha256(LANGUAGE_VERSION.encode())
    sources = [source for source in files(__package__).iterdir() if source.name.endswith(".py")]
    for source in sorted(sources, key=lambda source: source.name):
        content = source.read_bytes()
        digest.update(f"\n{source.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()
