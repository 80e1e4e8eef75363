"""Worked cases of the consensus: one healthy panel, and what each single change makes of it."""

from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

import pytest

from aethel.decision.consensus import GATEWAY, decide
from aethel.decision.gate import Plan
from aethel.decision.thresholds import Thresholds
from aethel.verdict import (
    GUARDIAN_EXPERT,
    SENTINEL_EXPERT,
    Z3_EXPERT,
    Consensus,
    Disposition,
    Evidence,
    ExpertVerdict,
    ObligationResult,
    Outcome,
    Source,
    Vote,
)
from tests.decision.panels import (
    DIGEST,
    GUARDIAN_APPROVES,
    HEALTHY,
    PAYMENT,
    SENTINEL_APPROVES,
    Z3_APPROVES,
    finding,
    result,
    verdict,
)

THRESHOLDS = Thresholds()


def _panel(*changed: ExpertVerdict) -> tuple[ExpertVerdict, ...]:
    """The healthy panel with the named experts' verdicts replaced."""
    names = {one.expert_name for one in changed}
    return (*(one for one in HEALTHY if one.expert_name not in names), *changed)


def _guardian(vote: Vote, *obligations: ObligationResult, evidence: Evidence = Evidence.NONE) -> ExpertVerdict:
    return verdict(GUARDIAN_EXPERT, vote, *obligations, evidence=evidence)


def _sentinel(*codes_and_confidences: tuple[str, str]) -> ExpertVerdict:
    findings = tuple(finding(code, confidence) for code, confidence in codes_and_confidences)
    return replace(SENTINEL_APPROVES, findings=findings)


def _prover(outcome: Outcome, vote: Vote = Vote.ABSTAIN, evidence: Evidence = Evidence.NONE) -> ExpertVerdict:
    return verdict(
        Z3_EXPERT,
        vote,
        result("post.1", outcome, evidence),
        result("conserved.EUR", evidence=Evidence.SINGLE_SOLVER),
        evidence=evidence,
    )


CERTIFIED = replace(
    Z3_APPROVES,
    evidence=Evidence.CERTIFIED,
    confidence=Decimal(1),
    obligations=(result("post.1", evidence=Evidence.CERTIFIED), result("conserved.EUR", evidence=Evidence.CERTIFIED)),
)
LEAVING_CONSERVATION = _guardian(Vote.ABSTAIN, result("conserved.EUR", Outcome.UNMODELLED, Evidence.NONE))

CASES: dict[str, tuple[tuple[ExpertVerdict, ...], Consensus, str]] = {
    "everything is proved": (HEALTHY, Consensus.APPROVED, "0.95"),
    "the prover refutes": (
        _panel(_prover(Outcome.REFUTED, Vote.REJECT, Evidence.SINGLE_SOLVER)),
        Consensus.REJECTED,
        "0.95",
    ),
    "the prover finds the guards vacuous": (
        _panel(_prover(Outcome.VACUOUS, Vote.REJECT, Evidence.CROSS_CHECKED)),
        Consensus.REJECTED,
        "0.99",
    ),
    "the prover runs out of budget": (_panel(_prover(Outcome.BUDGET)), Consensus.UNCERTAIN, "0"),
    "the prover lacks the encoding": (_panel(_prover(Outcome.UNMODELLED)), Consensus.UNCERTAIN, "0"),
    "two solvers disagree": (_panel(_prover(Outcome.DISAGREEMENT)), Consensus.UNCERTAIN, "0"),
    "the prover says there is nothing to check": (
        _panel(_prover(Outcome.NOTHING_TO_CHECK)),
        Consensus.UNCERTAIN,
        "0",
    ),
    "the guardian leaves conservation to the prover": (_panel(LEAVING_CONSERVATION), Consensus.APPROVED, "0.95"),
    "the guardian abstains because nothing is there": (
        _panel(_guardian(Vote.ABSTAIN, result("conserved.EUR", Outcome.NOTHING_TO_CHECK, Evidence.NONE))),
        Consensus.APPROVED,
        "0.95",
    ),
    "the guardian leaves open what only it may decide": (
        _panel(
            _guardian(
                Vote.ABSTAIN,
                result("conserved.EUR"),
                result("G05", Outcome.UNMODELLED, Evidence.NONE),
            )
        ),
        Consensus.UNCERTAIN,
        "0",
    ),
    "the guardian did not get to any check": (_panel(_guardian(Vote.ABSTAIN)), Consensus.UNCERTAIN, "0"),
    "the guardian rejects exactly": (
        _panel(_guardian(Vote.REJECT, evidence=Evidence.EVALUATED)),
        Consensus.REJECTED,
        "0.99",
    ),
    "the guardian rejects without evidence": (_panel(_guardian(Vote.REJECT)), Consensus.UNCERTAIN, "0"),
    "the prover proves what the guardian refutes in passing": (
        _panel(_guardian(Vote.APPROVE, result("conserved.EUR", Outcome.REFUTED), evidence=Evidence.EVALUATED)),
        Consensus.UNCERTAIN,
        "0",
    ),
    "a sure heuristic rejects": (_panel(_sentinel(("S09", "0.7"))), Consensus.REJECTED, "0.7"),
    "an unsure heuristic makes doubt": (_panel(_sentinel(("S09", "0.69"))), Consensus.UNCERTAIN, "0"),
    "a heuristic at the lower threshold makes doubt": (_panel(_sentinel(("S09", "0.5"))), Consensus.UNCERTAIN, "0"),
    "a weak heuristic is advice": (_panel(_sentinel(("S09", "0.49"))), Consensus.APPROVED, "0.95"),
    "prompt injection alone never rejects": (_panel(_sentinel(("S12", "0.9"))), Consensus.UNCERTAIN, "0"),
    "two classes that never reject alone do not reject together": (
        _panel(_sentinel(("S12", "0.9"), ("S13", "0.9"))),
        Consensus.UNCERTAIN,
        "0",
    ),
    "prompt injection rejects together with another class": (
        _panel(_sentinel(("S12", "0.9"), ("S09", "0.5"))),
        Consensus.REJECTED,
        "0.9",
    ),
    "a heuristic confidence that is no number makes doubt": (
        _panel(_sentinel(("S09", "NaN"))),
        Consensus.UNCERTAIN,
        "0",
    ),
    "a heuristic confidence above one makes doubt": (_panel(_sentinel(("S09", "7"))), Consensus.UNCERTAIN, "0"),
    "a decided finding in an approval makes doubt": (_panel(_sentinel(("S03", "1"))), Consensus.UNCERTAIN, "0"),
    "a heuristic approval approves nothing": (
        _panel(replace(SENTINEL_APPROVES, evidence=Evidence.HEURISTIC)),
        Consensus.UNCERTAIN,
        "0",
    ),
    "a heuristic proof proves nothing": (
        _panel(verdict(SENTINEL_EXPERT, Vote.APPROVE, result("S01", evidence=Evidence.HEURISTIC))),
        Consensus.UNCERTAIN,
        "0",
    ),
    "an approval is not confident enough": (
        _panel(replace(SENTINEL_APPROVES, confidence=Decimal("0.69"))),
        Consensus.UNCERTAIN,
        "0",
    ),
    "an approval just confident enough is the weakest link": (
        _panel(replace(SENTINEL_APPROVES, confidence=Decimal("0.7"))),
        Consensus.APPROVED,
        "0.7",
    ),
    "an approval claims more than its evidence is worth": (
        _panel(replace(Z3_APPROVES, confidence=Decimal(1))),
        Consensus.APPROVED,
        "0.95",
    ),
    "an approval's confidence is no number": (
        _panel(replace(SENTINEL_APPROVES, confidence=Decimal("NaN"))),
        Consensus.UNCERTAIN,
        "0",
    ),
    "an approval's confidence is above one": (
        _panel(replace(SENTINEL_APPROVES, confidence=Decimal(70))),
        Consensus.UNCERTAIN,
        "0",
    ),
    "an approval is about another program": (
        _panel(replace(SENTINEL_APPROVES, program_digest="ee" * 32)),
        Consensus.UNCERTAIN,
        "0",
    ),
    "a rejection is about another program": (
        _panel(verdict(GUARDIAN_EXPERT, Vote.REJECT, digest="ee" * 32)),
        Consensus.UNCERTAIN,
        "0",
    ),
    "an approval does not name its program": (
        _panel(replace(GUARDIAN_APPROVES, program_digest="")),
        Consensus.UNCERTAIN,
        "0",
    ),
    "an expert proves what it is not entitled to": (
        _panel(
            verdict(Z3_EXPERT, Vote.APPROVE, result("conserved.EUR"), evidence=Evidence.SINGLE_SOLVER),
            replace(SENTINEL_APPROVES, obligations=(result("S01"), result("post.1"))),
        ),
        Consensus.UNCERTAIN,
        "0",
    ),
    "an expert lists one obligation twice": (
        _panel(replace(SENTINEL_APPROVES, obligations=(result("S01"), result("S01")))),
        Consensus.UNCERTAIN,
        "0",
    ),
    "the prover is missing": ((SENTINEL_APPROVES, GUARDIAN_APPROVES), Consensus.UNCERTAIN, "0"),
    "the guardian is missing though the prover proved the same": (
        (Z3_APPROVES, SENTINEL_APPROVES),
        Consensus.UNCERTAIN,
        "0",
    ),
    "the panel is empty": ((), Consensus.UNCERTAIN, "0"),
    "one expert answers twice": ((*HEALTHY, replace(Z3_APPROVES, latency_ms=1.0)), Consensus.UNCERTAIN, "0"),
    "one expert answers twice, once about nothing": (
        (*HEALTHY, replace(Z3_APPROVES, obligations=())),
        Consensus.UNCERTAIN,
        "0",
    ),
    "two experts reject, one of them surer": (
        _panel(
            _prover(Outcome.REFUTED, Vote.REJECT, Evidence.SINGLE_SOLVER),
            _guardian(Vote.REJECT, evidence=Evidence.EVALUATED),
        ),
        Consensus.REJECTED,
        "0.99",
    ),
    "an abstention is about another program": (
        _panel(replace(LEAVING_CONSERVATION, program_digest="ee" * 32)),
        Consensus.UNCERTAIN,
        "0",
    ),
    "an abstention that names no program proves something": (
        _panel(verdict(SENTINEL_EXPERT, Vote.ABSTAIN, result("S01"), result("post.1", Outcome.UNMODELLED), digest="")),
        Consensus.UNCERTAIN,
        "0",
    ),
    "a rejection without evidence names something open": (
        _panel(replace(LEAVING_CONSERVATION, verdict=Vote.REJECT)),
        Consensus.UNCERTAIN,
        "0",
    ),
    "the better of two proofs counts": (
        _panel(replace(CERTIFIED, obligations=(*CERTIFIED.obligations[:1], *Z3_APPROVES.obligations[1:]))),
        Consensus.APPROVED,
        "0.99",
    ),
    "a verdict on weaker evidence than its proofs": (
        _panel(CERTIFIED, replace(SENTINEL_APPROVES, evidence=Evidence.SINGLE_SOLVER, confidence=Decimal(1))),
        Consensus.APPROVED,
        "0.95",
    ),
    "advice is no doubt however sure it is": (
        _panel(replace(SENTINEL_APPROVES, findings=(finding("S12", "0.9", Disposition.ADVISE),))),
        Consensus.APPROVED,
        "0.95",
    ),
    "a stranger approves": ((*HEALTHY, verdict("Stranger", Vote.APPROVE)), Consensus.UNCERTAIN, "0"),
    "a stranger rejects": ((*HEALTHY, verdict("Stranger", Vote.REJECT)), Consensus.REJECTED, "0.99"),
}


@pytest.mark.parametrize(("panel", "consensus", "confidence"), CASES.values(), ids=CASES)
def test_each_panel_gets_its_consensus(panel: tuple[ExpertVerdict, ...], consensus: Consensus, confidence: str) -> None:
    answer = decide(PAYMENT, panel, THRESHOLDS)
    assert (answer.consensus, answer.overall_confidence) == (consensus, Decimal(confidence)), answer.reason


def test_what_no_vote_is_never_counts() -> None:
    unknown = verdict(GUARDIAN_EXPERT, "APPROVE", result("conserved.EUR"))  # type: ignore[arg-type]
    assert decide(PAYMENT, _panel(unknown), THRESHOLDS).consensus is Consensus.UNCERTAIN


def test_an_unknown_grade_above_all_others_decides_nothing() -> None:
    grade: Evidence = 99  # type: ignore[assignment]
    approving = replace(SENTINEL_APPROVES, evidence=grade)
    proving = replace(SENTINEL_APPROVES, obligations=(result("S01", evidence=grade),))
    rejecting = replace(SENTINEL_APPROVES, verdict=Vote.REJECT, evidence=grade)
    for unknown in (approving, proving, rejecting):
        assert decide(PAYMENT, _panel(unknown), THRESHOLDS).consensus is Consensus.UNCERTAIN


def test_an_unknown_outcome_proves_nothing() -> None:
    outcome: Outcome = "PROVED"  # type: ignore[assignment]
    unknown = replace(SENTINEL_APPROVES, obligations=(result("S01", outcome),))
    assert decide(PAYMENT, _panel(unknown), THRESHOLDS).consensus is Consensus.UNCERTAIN


def test_a_class_that_has_nothing_to_look_at_holds_if_the_sentinel_says_so() -> None:
    nothing = replace(SENTINEL_APPROVES, obligations=(result("S01", Outcome.NOTHING_TO_CHECK),))
    assert decide(PAYMENT, _panel(nothing), THRESHOLDS).consensus is Consensus.APPROVED
    guess = replace(SENTINEL_APPROVES, obligations=(result("S01", Outcome.NOTHING_TO_CHECK, Evidence.NONE),))
    assert decide(PAYMENT, _panel(guess), THRESHOLDS).consensus is Consensus.UNCERTAIN


def test_a_plan_that_asks_nobody_is_never_approved() -> None:
    answer = decide(Plan("tx"), (), THRESHOLDS)
    assert answer.consensus is Consensus.UNCERTAIN
    assert "no expert was asked" in answer.reason


def test_nothing_to_check_anywhere_is_never_approved() -> None:
    plan = Plan("tx", experts=(GUARDIAN_EXPERT,))
    silent = verdict(GUARDIAN_EXPERT, Vote.ABSTAIN, result("G07", Outcome.NOTHING_TO_CHECK, Evidence.NONE), digest="")
    answer = decide(plan, (silent,), THRESHOLDS)
    assert answer.consensus is Consensus.UNCERTAIN
    assert "nothing was proved" in answer.reason


def test_an_obligation_nobody_may_decide_is_never_approved() -> None:
    plan = replace(PAYMENT, required=MappingProxyType({**PAYMENT.required, "unread": frozenset()}))
    answer = decide(plan, HEALTHY, THRESHOLDS)
    assert answer.consensus is Consensus.UNCERTAIN
    assert answer.undecided_obligations == ("unread",)


def test_a_question_rejected_as_it_stands_is_the_gateways_rejection() -> None:
    unread = Plan("tx", findings=(finding("SYNTAX"), finding("HINT", disposition=Disposition.ADVISE)))
    answer = decide(unread, (), THRESHOLDS)
    assert answer.consensus is Consensus.REJECTED
    (gateway,) = answer.expert_verdicts
    assert (gateway.expert_name, gateway.source, gateway.code) == (GATEWAY, Source.GATEWAY, "SYNTAX")
    assert answer.findings == unread.findings


def test_advice_about_the_text_rejects_nothing() -> None:
    plan = replace(PAYMENT, findings=(finding("HINT", disposition=Disposition.ADVISE),))
    answer = decide(plan, HEALTHY, THRESHOLDS)
    assert answer.consensus is Consensus.APPROVED
    assert answer.findings == plan.findings


def test_an_uncertain_answer_names_what_is_open_and_why() -> None:
    answer = decide(PAYMENT, _panel(_prover(Outcome.BUDGET)), THRESHOLDS)
    assert answer.undecided_obligations == ("post.1",)
    assert "undecided is post.1: Z3_Expert says BUDGET" in answer.reason


def test_a_long_list_of_undecided_obligations_is_cut_in_the_reason_only() -> None:
    many = {f"post.{number}": frozenset({Z3_EXPERT}) for number in range(1, 100)}
    answer = decide(replace(PAYMENT, required=MappingProxyType(many)), (), THRESHOLDS)
    assert "post.1, post.2, post.3, post.4 and 95 more: nobody decided it" in answer.reason
    assert answer.undecided_obligations == tuple(many)


def test_a_lost_expert_is_named_in_the_reason() -> None:
    assert "Z3_Expert gave no verdict" in decide(PAYMENT, (SENTINEL_APPROVES, GUARDIAN_APPROVES), THRESHOLDS).reason


def test_a_rejection_gives_the_rejecting_experts_reason() -> None:
    rejecting = verdict(GUARDIAN_EXPERT, Vote.REJECT, reason="G07: debits and credits differ by 1")
    assert decide(PAYMENT, _panel(rejecting), THRESHOLDS).reason == f"{GUARDIAN_EXPERT}: {rejecting.reason}"


def test_dissent_is_kept() -> None:
    answer = decide(PAYMENT, _panel(_guardian(Vote.REJECT, evidence=Evidence.EVALUATED)), THRESHOLDS)
    assert answer.dissent == ("Z3_Expert: APPROVE", "Sentinel_Expert: APPROVE")


def test_an_approval_says_what_it_covers() -> None:
    plan = replace(PAYMENT, written_cells=("payer_balance",), skipped=MappingProxyType({"Other": "why"}))
    assumed = replace(Z3_APPROVES, assumptions=("supply fits",))
    answer = decide(plan, _panel(assumed), THRESHOLDS, degraded=("Guardian_Expert: away",))
    assert answer.program_digest == DIGEST
    assert (answer.language_version, answer.scope, answer.written_cells) == ("1", "TEMPLATE", ("payer_balance",))
    assert (answer.assumptions, answer.skipped_experts) == (("supply fits",), ("Other",))
    assert (answer.activated_experts, answer.degraded) == (PAYMENT.experts, ("Guardian_Expert: away",))


def test_a_stricter_threshold_refuses_one_solvers_word() -> None:
    strict = Thresholds(Decimal("0.96"), Decimal("0.5"))
    assert decide(PAYMENT, HEALTHY, strict).consensus is Consensus.UNCERTAIN


def test_a_stricter_threshold_refuses_one_solvers_proof_under_a_better_verdict() -> None:
    strict = Thresholds(Decimal("0.96"), Decimal("0.5"))
    graded = replace(Z3_APPROVES, evidence=Evidence.CERTIFIED, confidence=Decimal(1))
    assert decide(PAYMENT, _panel(graded), strict).consensus is Consensus.UNCERTAIN


@pytest.mark.parametrize(
    ("confidence", "uncertainty"), [("0.5", "0.5"), ("0.4", "0.5"), ("1.1", "0.5"), ("NaN", "0.5")]
)
def test_thresholds_out_of_order_are_refused(confidence: str, uncertainty: str) -> None:
    with pytest.raises(ValueError, match="expected 0 < uncertainty < confidence"):
        Thresholds(Decimal(confidence), Decimal(uncertainty))
