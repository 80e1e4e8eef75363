"""Whatever is not decided in time or within its budget is neither approved nor rejected."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from math import inf, nan

import pytest

from aethel.intent.program import Variable
from aethel.prover import solver
from aethel.prover.alarm import Alarm
from aethel.prover.local import local_expert
from aethel.prover.solver import _Session
from aethel.request import Question
from aethel.verdict import REFUTING_OUTCOMES, Evidence, ExpertVerdict, Outcome, Vote
from tests.prover.asking import HARD, PAY, UNGUARDED, ask, hard, outcomes, results

MARGIN_S = 1.5
"""What a busy test machine may add; the bench measures the overshoot itself."""


@pytest.mark.parametrize("condition", HARD.values(), ids=HARD)
def test_a_hard_condition_is_left_open_at_the_budget(condition: str) -> None:
    verdict = ask(hard(condition), budget=2_000_000)
    undecided = results(verdict)["post.1"]
    assert (verdict.verdict, verdict.evidence) == (Vote.ABSTAIN, Evidence.NONE)
    assert undecided.outcome is Outcome.BUDGET
    assert 1_000_000 < undecided.work < 2_500_000


def test_a_hard_condition_is_left_open_at_the_deadline_and_hardly_later() -> None:
    began_s = time.monotonic()
    verdict = ask(hard(HARD["a sum of three cubes"]), budget=2**40, deadline_ms=600)
    took_s = time.monotonic() - began_s
    assert verdict.verdict is Vote.ABSTAIN
    assert "at the deadline" in results(verdict)["post.1"].detail
    assert 0.5 < took_s < 0.6 + MARGIN_S


def test_a_hard_obligation_does_not_keep_an_easy_one_from_its_proof() -> None:
    verdict = ask(hard(HARD["a sum of three cubes"]), budget=2_000_000)
    assert {name for name, found in outcomes(verdict).items() if found is not Outcome.PROVED} == {"post.1"}


def test_a_refutation_does_not_wait_for_a_hard_obligation() -> None:
    text = hard(HARD["a sum of three cubes"]).replace("        old_sender_balance >= amount;\n", "")
    verdict = ask(text)
    assert verdict.verdict is Vote.REJECT
    assert results(verdict)["post.1"].work < 1_500_000
    assert "when another obligation was refuted" in results(verdict)["post.1"].detail


def test_after_the_deadline_no_solver_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """A context alone takes ten milliseconds, and a text may have thousands of obligations."""
    late: list[bool] = []

    class Watched(_Session):
        def __init__(self, variables: Sequence[Variable], names: dict[str, str], alarm: Alarm) -> None:
            late.append(alarm.rang())
            super().__init__(variables, names, alarm)

    monkeypatch.setattr(solver, "_Session", Watched)
    guards = " ".join(f"{number} / k > n;" for number in range(100))
    verdict = ask(f"intent many(k: Int, n: Int) {{ guard {{ {guards} }} verify {{ n > 0; }} }}", deadline_ms=150)
    assert verdict.verdict is Vote.ABSTAIN
    # One may be under way when the time is over.
    assert late.count(True) <= 1


@pytest.mark.parametrize("deadline_ms", [0, -5, nan, -inf])
@pytest.mark.parametrize("text", [PAY, UNGUARDED], ids=["good", "bad"])
def test_without_time_nothing_is_decided(text: str, deadline_ms: float) -> None:
    verdict = ask(text, deadline_ms=deadline_ms)
    assert verdict.verdict is Vote.ABSTAIN
    assert set(outcomes(verdict).values()) == {Outcome.BUDGET}


def test_without_a_deadline_the_budget_still_ends_the_work() -> None:
    assert ask(hard(HARD["factoring"]), budget=1_500_000, deadline_ms=inf).verdict is Vote.ABSTAIN


@pytest.mark.parametrize("budget", [1, 10, 100])
def test_a_budget_too_small_for_a_proof_approves_nothing(budget: int) -> None:
    verdict = ask(PAY, budget=budget)
    assert verdict.verdict is Vote.ABSTAIN
    assert not REFUTING_OUTCOMES & set(outcomes(verdict).values())


def results_of(verdict: ExpertVerdict) -> list[tuple[str, Outcome, Evidence]]:
    return [(each.id, each.outcome, each.evidence) for each in verdict.obligations]


def test_the_next_question_after_a_hard_one_is_answered_as_before() -> None:
    expert = local_expert()
    easy = Question("t1", PAY.encode())
    before = expert.verify(easy, 30_000)
    expert.verify(Question("t2", hard(HARD["a sum of three cubes"]).encode()), 300)
    after = expert.verify(easy, 30_000)
    assert (after.verdict, after.evidence, results_of(after)) == (before.verdict, before.evidence, results_of(before))


def test_a_payment_to_sixty_accounts_is_proved_without_asking_for_more_time() -> None:
    receivers = [f"r{position}" for position in range(60)]
    accounts = ", ".join(f"{name}: Account" for name in receivers)
    transfers = " ".join(f"transfer(firm, {name}, wage);" for name in receivers)
    verdict = ask(
        f"""intent payroll(firm: Account, wage: Balance, {accounts}) {{
            guard {{ wage > 0; old_firm_balance >= 60 * wage; }}
            effect {{ {transfers} }}
            verify {{ firm_balance == old_firm_balance - 60 * wage; }}
        }}""",
        deadline_ms=10_000,
    )
    assert verdict.verdict is Vote.APPROVE


def test_questions_asked_at_the_same_time_do_not_touch_one_another() -> None:
    alone = {text: ask(text) for text in (PAY, UNGUARDED)}
    texts = [PAY, UNGUARDED, hard(HARD["a sum of three cubes"])] * 4
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda text: (text, ask(text, budget=1_500_000)), texts))
    assert all(verdict == alone[text] for text, verdict in answers if text in alone)
    assert {verdict.verdict for text, verdict in answers if text not in alone} == {Vote.ABSTAIN}
