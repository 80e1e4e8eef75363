"""Recall: what is decided without reading a text again is what reading and proving say, to the last word."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from aethel.intent.obligations import obligations
from aethel.intent.reading import read
from aethel.prover.expert import Z3Expert
from aethel.prover.store import Bounds, ProofStore
from aethel.prover.tasks import Matter, Solved, Task
from aethel.prover.template_index import Templates
from aethel.prover.version import identity
from aethel.request import Context, Question, Scope
from aethel.rules import NO_RULES, Cap, Rules
from aethel.verdict import Evidence, Outcome, Vote
from tests.prover.asking import PAY, TIME_MS
from tests.prover.recalling import ARGUMENTS, CONTEXT, Once, about, reading_expert

CAPPED = PAY.replace("amount > 0;", "amount > 0; amount <= 1000;")
MINT = """intent issue(bank: Account<EUR>, amount: Balance<EUR>) {
    guard { amount > 0; amount <= 5; old_bank_balance <= 100; }
    effect { mint(bank, amount); }
    verify { bank_balance == old_bank_balance + amount; }
}
"""
FREE = """intent pay(amount: Balance) {
    guard { amount > 0; old_payer_balance >= amount; }
    effect { payer_balance -= amount; payee_balance += amount; }
    verify { payer_balance == old_payer_balance - amount; }
}
"""
PAID = {"payer_balance": "10", "payee_balance": "0"}


class Differing(Once):
    """Solves, but two solvers differ on every obligation where what is asked for is one of `differs_on`."""

    def __init__(self, differs_on: frozenset[Matter] = frozenset()) -> None:
        super().__init__()
        self.differs_on = differs_on

    def __call__(self, task: Task, deadline_ms: float) -> Solved:
        solved = super().__call__(task, deadline_ms)
        if task.matter not in self.differs_on:
            return solved
        differing = tuple(
            replace(each, result=replace(each.result, outcome=Outcome.DISAGREEMENT, evidence=Evidence.NONE))
            for each in solved.settled
        )
        return replace(solved, settled=differing)


def taught(*texts: str) -> tuple[Z3Expert, Once]:
    """An expert that has said so of an instance of each text that it recalls its verdict from now on."""
    solver = Once()
    expert = Z3Expert(solver, identity())
    for text in texts:
        first, second, third = (expert.verify(about(text), TIME_MS) for _ in range(3))
        assert first.verdict is Vote.APPROVE
        assert third is second
    return expert, solver


def test_a_text_seen_before_is_decided_without_reading_it_for_other_values() -> None:
    expert, solver = taught(PAY)
    asked = len(solver.matters)
    again = expert.verify(about(PAY), TIME_MS)
    other = expert.verify(about(PAY, arguments={**ARGUMENTS, "amount": "10"}), TIME_MS)
    assert other is again
    assert len(solver.matters) == asked


def test_a_verdict_that_is_recalled_says_what_reading_says() -> None:
    expert, solver = taught(PAY)
    plain = reading_expert(solver)
    plain.verify(about(PAY), TIME_MS)
    assert expert.verify(about(PAY), TIME_MS) == plain.verify(about(PAY), TIME_MS)


@pytest.mark.parametrize(
    ("more", "vote"),
    [
        ({"arguments": {**ARGUMENTS, "amount": "11"}}, Vote.REJECT),
        ({"arguments": {**ARGUMENTS, "amount": "0"}}, Vote.REJECT),
        ({"arguments": {**ARGUMENTS, "amount": "5.0"}}, Vote.APPROVE),
        ({"arguments": {**ARGUMENTS, "amount": "x"}}, Vote.REJECT),
        ({"arguments": {**ARGUMENTS, "amuont": "5"}}, Vote.REJECT),
        ({"arguments": {**ARGUMENTS, "receiver": "alice"}}, Vote.REJECT),
        ({"arguments": {"amount": "5"}}, Vote.APPROVE),
        ({"arguments": {}, "context": Context()}, Vote.APPROVE),
        ({"context": Context(balances={"sender_balance": "10", "receiver_balance": str(2**63 - 2)})}, Vote.REJECT),
        ({"context": Context(balances={**CONTEXT.balances, "amount": "5"})}, Vote.APPROVE),
        ({"context": Context(balances=CONTEXT.balances, inputs={"amount": "6"})}, Vote.REJECT),
        ({"expected_digest": "0" * 64}, Vote.ABSTAIN),
        ({"scope": Scope.TEMPLATE}, Vote.APPROVE),
    ],
)
def test_what_reading_would_decide_otherwise_is_read(more: dict[str, Any], vote: Vote) -> None:
    expert, solver = taught(PAY)
    plain = reading_expert(solver)
    plain.verify(about(PAY), TIME_MS)
    recalled = expert.verify(about(PAY), TIME_MS)
    verdict = expert.verify(about(PAY, **more), TIME_MS)
    assert verdict is not recalled
    assert (verdict, verdict.verdict) == (plain.verify(about(PAY, **more), TIME_MS), vote)


def test_a_text_of_a_known_skeleton_is_told_in_its_own_places() -> None:
    expert, solver = taught(CAPPED)
    plain, other = reading_expert(solver), CAPPED.replace("1000", "77")
    plain.verify(about(CAPPED), TIME_MS)
    asked = len(solver.matters)
    told = [expert.verify(about(other), TIME_MS) for _ in range(3)]
    assert told == [plain.verify(about(other), TIME_MS)] * 3
    assert told[2] is told[1]
    assert len(solver.matters) == asked
    file = read(other.encode()).file
    assert file is not None
    assert told[0].program_digest == file.digest
    assert [each.span for each in told[0].obligations] == [each.span for each in obligations(file)]


def test_values_that_change_how_a_text_is_read_leave_nothing_to_recall() -> None:
    expert, solver = taught(PAY)
    finer = {**ARGUMENTS, "amount": "5.25"}
    plain = reading_expert(solver)
    for given in (finer, ARGUMENTS, finer, ARGUMENTS, finer):
        answers = [each.verify(about(PAY, arguments=given), TIME_MS) for each in (expert, plain)]
        assert answers[0].program_digest == answers[1].program_digest
        assert [each.verdict for each in answers] == [Vote.APPROVE] * 2
    digests = {expert.verify(about(PAY, arguments=given), TIME_MS).program_digest for given in (finer, ARGUMENTS)}
    assert len(digests) == 2


def test_the_first_values_may_change_how_the_text_is_read() -> None:
    solver, finer = Once(), {**ARGUMENTS, "amount": "5.25"}
    expert, plain = Z3Expert(solver, identity()), reading_expert(solver)
    for given in (finer, finer, finer, ARGUMENTS, ARGUMENTS, finer, ARGUMENTS):
        question = about(PAY, arguments=given)
        assert expert.verify(question, TIME_MS) == plain.verify(question, TIME_MS)


def test_what_rules_allow_to_issue_is_looked_up_each_time() -> None:
    solver = Once()
    expert, plain = Z3Expert(solver, identity()), reading_expert(solver)
    narrow, wide = (Rules(issuance={"EUR": Cap(mint=cap, burn=cap)}) for cap in ("1", "9"))
    given = {"arguments": {"bank": "b", "amount": "4"}, "context": Context(balances={"bank_balance": "0"})}
    for rules in (NO_RULES, NO_RULES, NO_RULES, wide, wide, wide, narrow, NO_RULES, wide):
        verdict = expert.verify(about(MINT, rules=rules, **given), TIME_MS)
        assert verdict == plain.verify(about(MINT, rules=rules, **given), TIME_MS)
        assert verdict.verdict is (Vote.REJECT if rules is narrow else Vote.APPROVE)


def test_assets_that_the_rules_add_are_another_reading_of_the_same_text() -> None:
    text = PAY.replace("Account", "Account<USDC>").replace("Balance", "Balance<USDC>")
    solver = Once()
    expert = Z3Expert(solver, identity())
    coarse, fine = (about(text, rules=Rules(assets={"USDC": decimals})) for decimals in (2, 3))
    told = [[expert.verify(question, TIME_MS) for _ in range(4)] for question in (coarse, fine)]
    asked = len(solver.matters)
    assert all(verdicts[3] is verdicts[2] for verdicts in told)
    assert expert.verify(coarse, TIME_MS) is told[0][3]
    assert told[0][3].program_digest != told[1][3].program_digest
    assert len(solver.matters) == asked
    assert expert.verify(about(text), TIME_MS).verdict is Vote.REJECT


def test_an_account_that_was_given_once_is_assumed_distinct_where_it_is_not() -> None:
    solver = Once()
    expert, plain = Z3Expert(solver, identity()), reading_expert(solver)
    bare = about(FREE, arguments={"amount": "5"}, context=Context(PAID))
    named = replace(bare, context=Context(PAID, accounts={"payer": "a", "payee": "b"}))
    for question in (named, named, named, bare, bare, bare, named):
        assert expert.verify(question, TIME_MS) == plain.verify(question, TIME_MS)
    assert expert.verify(bare, TIME_MS).assumptions == ("distinct accounts: `payer`, `payee`",)
    assert expert.verify(named, TIME_MS).assumptions == ()


def test_a_state_that_is_called_like_an_account_settles_what_it_settles_when_read() -> None:
    solver, text = Once(), FREE.replace("verify {", "verify { payer == old_payer; payee == old_payee;")
    expert, plain = Z3Expert(solver, identity()), reading_expert(solver)
    question = about(text, arguments={"amount": "5", "payer": "1", "payee": "2"}, context=Context(PAID))
    for _ in range(4):
        verdict = expert.verify(question, TIME_MS)
        assert verdict == plain.verify(question, TIME_MS)
        assert (verdict.verdict, verdict.assumptions) == (Vote.APPROVE, ())


def test_the_certificate_of_another_question_is_not_told_again() -> None:
    solver = Once()
    expert, plain = Z3Expert(solver, identity()), reading_expert(solver)
    general = about(PAY, scope=Scope.TEMPLATE, with_evidence=True)
    for question in (general, general, about(PAY), about(PAY, with_evidence=True), general):
        verdict = expert.verify(question, TIME_MS)
        assert verdict == plain.verify(question, TIME_MS)
        assert bool(verdict.certificate) is (question is general)


def test_a_proof_of_the_text_counts_before_one_of_its_skeleton() -> None:
    expert, solver = taught(CAPPED)
    lifted = expert.verify(about(CAPPED), TIME_MS)
    expert.verify(Question("t", CAPPED.encode()), TIME_MS)
    plain = reading_expert(solver)
    plain.verify(Question("t", CAPPED.encode()), TIME_MS)
    own = expert.verify(about(CAPPED), TIME_MS)
    assert own == plain.verify(about(CAPPED), TIME_MS)
    assert own != lifted


def forget(store: ProofStore) -> int:
    """Empty a store, as its bounds do one proof after the other; how many there were."""
    return sum(store.evict(proof.digest) for proof in store.proofs(identity().version))


def test_an_approval_is_recalled_no_longer_than_its_proof_is_known() -> None:
    store, solver = ProofStore(), Once()
    expert = Z3Expert(solver, identity(), store)
    recalled = [expert.verify(about(PAY), TIME_MS) for _ in range(3)][2]
    assert forget(store) == 1
    asked = len(solver.matters)
    assert expert.verify(about(PAY), TIME_MS) is not recalled
    assert len(solver.matters) > asked


def test_a_disagreement_of_the_solvers_takes_what_is_compiled_too() -> None:
    solver, store, templates = Differing(), ProofStore(), Templates()
    expert = Z3Expert(solver, identity(), store, templates=templates)
    for question in (Question("t", PAY.encode()), about(PAY), about(PAY), about(PAY)):
        expert.verify(question, TIME_MS)
    assert len(templates) == 1
    forget(store)
    solver.differs_on = frozenset({Matter.GENERAL})
    assert expert.verify(Question("t", PAY.encode()), TIME_MS).verdict is Vote.ABSTAIN
    assert (len(templates), len(store)) == (0, 0)


def test_a_disagreement_about_a_text_takes_what_is_proved_of_its_skeleton() -> None:
    solver, store, templates = Differing(frozenset({Matter.GENERAL})), ProofStore(), Templates()
    expert = Z3Expert(solver, identity(), store, templates=templates)
    for _ in range(3):
        expert.verify(about(PAY), TIME_MS)
    assert (len(templates), len(store)) == (2, 1)
    assert expert.verify(Question("t", PAY.encode()), TIME_MS).verdict is Vote.ABSTAIN
    assert (len(templates), len(store)) == (0, 0)


def test_many_threads_hear_the_same() -> None:
    expert, _ = taught(PAY, CAPPED)
    questions = [about(PAY.replace("amount > 0;", f"amount > 0; amount <= {n};")) for n in range(6, 26)] * 5
    alone = {question.intent_text: expert.verify(question, TIME_MS) for question in questions}
    with ThreadPoolExecutor(8) as threads:
        heard = list(threads.map(lambda question: expert.verify(question, TIME_MS), questions))
    assert heard == [alone[question.intent_text] for question in questions]


def test_what_is_learned_is_kept_at_the_expense_of_the_client_who_asked() -> None:
    store = ProofStore(Bounds(proofs_per_client=1))
    expert = Z3Expert(Once(), identity(), store)
    for client, cap, held in (("first", 1, 1), ("second", 2, 2), ("second", 3, 2)):
        text = PAY.replace("amount > 0;", f"amount > 0; amount <= {cap};")
        assert expert.verify(Question("t", text.encode(), client=client), TIME_MS).verdict is Vote.APPROVE
        assert len(store) == held
