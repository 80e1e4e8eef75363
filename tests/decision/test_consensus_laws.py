"""Laws of the consensus, on random panels."""

from dataclasses import replace
from decimal import Decimal
from random import Random
from types import MappingProxyType

from hypothesis import assume, given
from hypothesis import strategies as st

from aethel.decision.consensus import decide
from aethel.decision.gate import Plan
from aethel.decision.thresholds import Thresholds
from aethel.verdict import (
    CONFIDENCE_BY_EVIDENCE,
    GUARDIAN_EXPERT,
    SENTINEL_EXPERT,
    Z3_EXPERT,
    Consensus,
    Disposition,
    Evidence,
    ExpertVerdict,
    Finding,
    ObligationResult,
    Outcome,
    Vote,
)
from tests.decision.panels import DIGEST, HEALTHY, PAYMENT

THRESHOLDS = Thresholds()
EXPERTS = (Z3_EXPERT, SENTINEL_EXPERT, GUARDIAN_EXPERT)
IDS = ("post.1", "conserved.EUR", "S01", "G05")
DECISIVE = tuple(grade for grade in Evidence if grade >= Evidence.SINGLE_SOLVER)

grades = st.sampled_from(Evidence)
confidences = st.sampled_from([Decimal(text) for text in ("0", "0.49", "0.5", "0.69", "0.7", "0.95", "1")])
results = st.builds(ObligationResult, st.sampled_from(IDS), st.sampled_from(Outcome), grades)
findings = st.builds(
    Finding,
    code=st.sampled_from(["S03", "S09", "S12", "S13", "G07"]),
    message=st.just("found"),
    disposition=st.sampled_from(Disposition),
    confidence=confidences,
)
verdicts = st.builds(
    ExpertVerdict,
    expert_name=st.sampled_from(EXPERTS),
    verdict=st.sampled_from(Vote),
    confidence=confidences,
    evidence=grades,
    obligations=st.lists(results, max_size=4).map(tuple),
    findings=st.lists(findings, max_size=2).map(tuple),
    program_digest=st.sampled_from([DIGEST, "", "ee" * 32]),
)
changes = st.one_of(
    st.fixed_dictionaries({"confidence": confidences}),
    st.fixed_dictionaries({"evidence": grades}),
    st.fixed_dictionaries({"verdict": st.sampled_from(Vote)}),
    st.fixed_dictionaries({"findings": st.lists(findings, max_size=2).map(tuple)}),
    st.fixed_dictionaries({"program_digest": st.sampled_from([DIGEST, "", "ee" * 32])}),
)


@st.composite
def _nearly_healthy(draw: st.DrawFn) -> list[ExpertVerdict]:
    """The healthy panel with at most two changes, so that panels on both sides of an approval are common."""
    panel = list(HEALTHY)
    for _ in range(draw(st.integers(0, 2))):
        position = draw(st.integers(0, len(panel) - 1))
        verdict = panel[position]
        if draw(st.booleans()):
            panel[position] = replace(verdict, **draw(changes))
        else:
            index = draw(st.integers(0, len(verdict.obligations)))
            panel[position] = replace(
                verdict, obligations=(*verdict.obligations[:index], draw(results), *verdict.obligations[index + 1 :])
            )
    return panel


panels = st.one_of(_nearly_healthy(), _nearly_healthy(), st.lists(verdicts, max_size=5))

required = st.dictionaries(st.sampled_from(IDS), st.frozensets(st.sampled_from(EXPERTS)), min_size=1)
plans = st.one_of(
    st.just(PAYMENT),
    st.just(PAYMENT),
    st.builds(
        lambda experts, obligations: replace(PAYMENT, experts=experts, required=MappingProxyType(obligations)),
        st.sampled_from([EXPERTS, EXPERTS[:2], EXPERTS[1:], ()]),
        required,
    ),
)


def _is_approved(plan: Plan, panel: list[ExpertVerdict]) -> bool:
    return decide(plan, panel, THRESHOLDS).consensus is Consensus.APPROVED


def _proves(plan: Plan, name: str, verdict: ExpertVerdict) -> bool:
    return (
        verdict.expert_name in plan.required[name]
        and verdict.program_digest == plan.program_digest
        and any(
            result.id == name and _holds(verdict, result) and result.evidence in DECISIVE
            for result in verdict.obligations
        )
    )


def _holds(verdict: ExpertVerdict, result: ObligationResult) -> bool:
    """Proved; or a class of the Sentinel in whose text there is nothing of the kind."""
    return result.outcome is Outcome.PROVED or (
        verdict.expert_name == SENTINEL_EXPERT and result.outcome is Outcome.NOTHING_TO_CHECK
    )


def _names_nothing_open(verdict: ExpertVerdict) -> bool:
    return verdict.verdict is Vote.ABSTAIN and all(r.outcome is Outcome.PROVED for r in verdict.obligations)


@given(plans, panels, st.randoms(use_true_random=False))
def test_the_order_of_verdicts_is_irrelevant(plan: Plan, panel: list[ExpertVerdict], random: Random) -> None:
    shuffled = list(panel)
    random.shuffle(shuffled)
    assert decide(plan, shuffled, THRESHOLDS) == decide(plan, panel, THRESHOLDS)


@given(st.just(PAYMENT), _nearly_healthy())
def test_an_approval_rests_on_a_proof_of_every_obligation_and_a_vote_of_every_expert(
    plan: Plan, panel: list[ExpertVerdict]
) -> None:
    assume(_is_approved(plan, panel))
    assert plan.required
    assert all(any(_proves(plan, name, verdict) for verdict in panel) for name in plan.required)
    assert sorted(verdict.expert_name for verdict in panel) == sorted(plan.experts)
    assert all(verdict.verdict is not Vote.REJECT for verdict in panel)
    for verdict in panel:
        if verdict.verdict is Vote.APPROVE:
            assert verdict.confidence >= THRESHOLDS.confidence
            assert verdict.evidence in DECISIVE


@given(st.just(PAYMENT), _nearly_healthy())
def test_an_approval_is_never_surer_than_any_of_its_links(plan: Plan, panel: list[ExpertVerdict]) -> None:
    answer = decide(plan, panel, THRESHOLDS)
    assume(answer.consensus is Consensus.APPROVED)
    assert answer.overall_confidence >= THRESHOLDS.confidence
    for verdict in panel:
        if verdict.verdict is Vote.APPROVE:
            assert answer.overall_confidence <= verdict.confidence
            assert answer.overall_confidence <= CONFIDENCE_BY_EVIDENCE[verdict.evidence]
    for name in plan.required:
        best = max(
            CONFIDENCE_BY_EVIDENCE[result.evidence]
            for verdict in panel
            if _proves(plan, name, verdict)
            for result in verdict.obligations
            if result.id == name
        )
        assert answer.overall_confidence <= best


@given(plans, panels)
def test_a_required_obligation_without_proof_is_never_approved(plan: Plan, panel: list[ExpertVerdict]) -> None:
    for name in plan.required:
        without = [
            replace(verdict, obligations=tuple(result for result in verdict.obligations if result.id != name))
            for verdict in panel
        ]
        assert not _is_approved(plan, without)


@given(plans, panels, st.data())
def test_a_verdict_less_never_makes_an_approval(plan: Plan, panel: list[ExpertVerdict], data: st.DataObject) -> None:
    names = [verdict.expert_name for verdict in panel]
    assume(panel and len(set(names)) == len(names) and set(names) <= set(plan.experts))
    lost = data.draw(st.integers(0, len(panel) - 1))
    fewer = panel[:lost] + panel[lost + 1 :]
    assert not _is_approved(plan, fewer)


@given(plans, panels, st.data())
def test_a_weaker_outcome_never_makes_an_approval(plan: Plan, panel: list[ExpertVerdict], data: st.DataObject) -> None:
    # An abstention that names nothing open is refused for just that; naming something open may lift the refusal.
    assume(not _is_approved(plan, panel) and not any(_names_nothing_open(verdict) for verdict in panel))
    places = [
        (position, index)
        for position, verdict in enumerate(panel)
        for index, result in enumerate(verdict.obligations)
        if result.outcome is Outcome.PROVED
    ]
    assume(places)
    position, index = data.draw(st.sampled_from(places))
    weaker = data.draw(st.sampled_from([outcome for outcome in Outcome if outcome is not Outcome.PROVED]))
    changed = list(panel[position].obligations)
    changed[index] = replace(changed[index], outcome=weaker)
    assert not _is_approved(
        plan, [*panel[:position], replace(panel[position], obligations=tuple(changed)), *panel[position + 1 :]]
    )


@given(plans, panels, st.data())
def test_weaker_evidence_or_confidence_never_makes_an_approval(
    plan: Plan, panel: list[ExpertVerdict], data: st.DataObject
) -> None:
    assume(panel and not _is_approved(plan, panel))
    position = data.draw(st.integers(0, len(panel) - 1))
    verdict = panel[position]
    assume(verdict.verdict is Vote.APPROVE)
    weaker = replace(
        verdict,
        evidence=data.draw(st.sampled_from([grade for grade in Evidence if grade <= verdict.evidence])),
        confidence=data.draw(st.sampled_from([Decimal(0), verdict.confidence])),
    )
    assert not _is_approved(plan, [*panel[:position], weaker, *panel[position + 1 :]])


@given(plans, panels, st.sampled_from(EXPERTS), st.sampled_from(DECISIVE))
def test_a_rejection_on_evidence_that_decides_always_rejects(
    plan: Plan, panel: list[ExpertVerdict], name: str, evidence: Evidence
) -> None:
    rejecting = ExpertVerdict(name, Vote.REJECT, CONFIDENCE_BY_EVIDENCE[evidence], evidence, program_digest=DIGEST)
    answer = decide(plan, [*panel, rejecting], THRESHOLDS)
    assert answer.consensus is Consensus.REJECTED
    assert answer.overall_confidence >= Decimal("0.95")


@given(plans, panels)
def test_only_an_undoubted_answer_has_confidence(plan: Plan, panel: list[ExpertVerdict]) -> None:
    answer = decide(plan, panel, THRESHOLDS)
    assert 0 <= answer.overall_confidence <= 1
    assert answer.reason
    if answer.consensus is Consensus.UNCERTAIN:
        assert answer.overall_confidence == 0


@given(plans, panels, st.sampled_from(Vote))
def test_a_malformed_panel_is_never_approved(plan: Plan, panel: list[ExpertVerdict], vote: Vote) -> None:
    stranger = ExpertVerdict("Stranger", vote, Decimal(1), Evidence.CERTIFIED, program_digest=DIGEST)
    assert not _is_approved(plan, [*panel, stranger])
    assert not _is_approved(plan, [*panel, *panel])
