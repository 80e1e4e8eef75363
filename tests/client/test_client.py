"""Both clients against a real mesh: answers, batches, streams, explanations and steps."""

import secrets
from collections.abc import Iterator
from decimal import Decimal

import pytest

from aethel.client import (
    NEVER,
    Answer,
    AsyncClient,
    Client,
    InvalidQuestion,
    NotApproved,
    NotRedeemed,
    Unavailable,
    UnknownId,
    Value,
    ask,
    open_items,
)
from aethel.client.repairs import repaired
from aethel.progress import Concluded, ExpertHeard, ExpertsChosen, QuestionAdmitted, QuestionRead
from aethel.request import Question
from aethel.runtime.faults import Reason
from aethel.verdict import Consensus, Outcome
from tests.cli.addresses import free_addresses
from tests.client.intents import BALANCES, PAYMENT, UNGUARDED


@pytest.fixture
def client(address: str) -> Iterator[Client]:
    with Client(address) as opened:
        yield opened


def payment(amount: int, name: str = "") -> Question:
    name = name or secrets.token_hex(8)
    accounts = {"sender": f"a-{name}", "receiver": f"b-{name}"}
    return ask(PAYMENT, {"amount": amount}, transaction_id=name, balances=BALANCES, accounts=accounts)


def test_an_approved_answer_says_so_and_is_passed_on(client: Client) -> None:
    answer = client.verify(payment(10))
    assert answer.raise_unless_approved() is answer
    assert answer.is_kept
    assert not answer.is_repeated


def test_what_is_not_approved_raises_with_its_reason_and_the_values_that_show_it(client: Client) -> None:
    with pytest.raises(NotApproved, match="REJECTED") as raised:
        client.verify(ask(UNGUARDED)).raise_unless_approved()
    shown = raised.value.counterexample
    assert shown is not None
    assert ("sender_balance", "-0.01") in shown.after


def test_an_id_that_is_asked_again_is_known(client: Client) -> None:
    question = payment(1)
    assert not client.verify(question).is_repeated
    assert client.verify(question).is_repeated


def test_each_question_of_a_batch_has_its_answer_or_its_error(client: Client) -> None:
    good, bad, poor = client.verify_batch([payment(1), payment(1, "x" * 300), payment(101)])
    assert good.answer.is_approved
    assert isinstance(bad.outcome, InvalidQuestion)
    assert bad.outcome.reason is Reason.INVALID_REQUEST
    assert poor.answer.consensus is Consensus.REJECTED


def test_a_stream_answers_every_question_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_items, "MOST_OPEN", 3)
    asked = [payment(number, f"{secrets.token_hex(4)}-{number}") for number in (1, 2, 101, 3, 4, 5, 6, 7)]
    answered = {one.transaction_id: one.answer.is_approved for one in client.verify_stream(iter(asked))}
    assert answered == {question.transaction_id: question.arguments["amount"] != "101" for question in asked}


def test_what_the_questions_raise_comes_after_the_answers_to_those_before(client: Client) -> None:
    def questions() -> Iterator[Question]:
        yield payment(1)
        raise LookupError("no more")

    answers = client.verify_stream(questions())
    assert next(answers).answer.is_approved
    with pytest.raises(LookupError):
        next(answers)


def test_an_explanation_names_what_fails_and_its_repair_is_approved(client: Client) -> None:
    explanation = client.explain(ask(UNGUARDED))
    (failing,) = (one for one in explanation.obligations if one.repair)
    assert failing.result.outcome is Outcome.CONTINGENT
    assert failing.claim == "`sender_balance` is never below zero"
    assert failing.is_required
    assert client.verify(ask(repaired(UNGUARDED, failing.repair))).is_approved


def test_the_steps_of_a_verification_come_in_order_and_end_with_its_answer(client: Client) -> None:
    steps = [step.event for step in client.watch(ask(PAYMENT))]
    kinds = [type(event) for event in steps]
    assert kinds == [QuestionAdmitted, QuestionRead, ExpertsChosen, *[ExpertHeard] * 3, Concluded]
    assert isinstance(steps[-1], Concluded)
    assert isinstance(steps[-1].result, Answer)
    assert steps[-1].result.is_approved


def test_a_preparation_brings_a_certificate(client: Client) -> None:
    prepared = client.prepare(PAYMENT)
    assert prepared.answer.consensus is Consensus.APPROVED
    assert prepared.certificate


def test_what_is_reserved_is_released_and_known_by_its_id(client: Client) -> None:
    answer = client.verify(payment(1))
    assert client.get_result(answer.transaction_id).phase == "RESERVED"
    assert client.release(answer.token) == answer.transaction_id
    with pytest.raises(NotRedeemed) as raised:
        client.settle(answer.token)
    assert raised.value.reason is Reason.NOT_RESERVED
    with pytest.raises(UnknownId):
        client.get_result("never asked")


def test_where_no_mesh_answers_the_error_says_where(address: str) -> None:
    nowhere = free_addresses()["AETHEL_LISTEN"]
    with Client(nowhere, retrying=NEVER) as client, pytest.raises(Unavailable, match=nowhere):
        client.verify(payment(1))


async def test_the_asynchronous_client_asks_alike(address: str) -> None:
    async with AsyncClient(address) as client:
        assert (await client.verify(payment(1))).is_approved
        asked = [payment(1), payment(101), payment(2)]
        answered = {one.transaction_id: one.answer.is_approved async for one in client.verify_stream(asked)}
        assert [answered[question.transaction_id] for question in asked] == [True, False, True]
        batch = await client.verify_batch(asked)
        assert [one.answer.is_repeated for one in batch] == [True, True, True]
        assert (await client.explain(payment(101))).result.consensus is Consensus.REJECTED
        events = [step.event async for step in client.watch(payment(1))]
        assert isinstance(events[-1], Concluded)
        with pytest.raises(InvalidQuestion):
            await client.verify(payment(1, "x" * 300))


@pytest.mark.parametrize("value", [1.5, None, Decimal("NaN"), b"1"])
def test_a_value_that_is_not_exact_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="`amount`"):
        ask(PAYMENT, {"amount": value})  # type: ignore[dict-item]


def test_exact_values_are_written_as_the_language_reads_them() -> None:
    given: dict[str, Value] = {"a": Decimal("1E+3"), "b": True, "c": -7, "d": "0.10"}
    assert ask(PAYMENT, given).arguments == {"a": "1000", "b": "true", "c": "-7", "d": "0.10"}
