"""A guarded function runs after an approval, once for one id, and never otherwise."""

import secrets
from collections.abc import Callable

import pytest

from aethel.client import (
    NEVER,
    AlreadyAnswered,
    AsyncClient,
    Client,
    NotApproved,
    NotKept,
    Unavailable,
    Value,
    ask,
    guarded,
)
from tests.cli.addresses import free_addresses
from tests.client.intents import BALANCES, PAYMENT
from tests.client.test_retrying import Flaky, asking

paid: list[int] = []


@pytest.fixture(autouse=True)
def nothing_paid() -> None:
    paid.clear()


def guard(client: Client) -> Callable[[Callable[[str, int], str]], Callable[[str, int], str]]:
    def key_of(key: str, amount: int) -> str:
        return key

    def arguments(key: str, amount: int) -> dict[str, Value]:
        return {"amount": amount}

    def balances(key: str, amount: int) -> dict[str, Value]:
        return {"sender_balance": 100, "receiver_balance": 0}

    return guarded(client, intent=PAYMENT, transaction_id=key_of, arguments=arguments, balances=balances)


def pay(key: str, amount: int) -> str:
    paid.append(amount)
    return f"paid {amount}"


def test_what_is_approved_runs_once_and_its_result_comes_back(address: str) -> None:
    key = secrets.token_hex(8)
    with Client(address) as client:
        assert guard(client)(pay)(key, 7) == "paid 7"
        with pytest.raises(AlreadyAnswered):
            guard(client)(pay)(key, 7)
        assert client.get_result(key).phase == "SETTLED"
    assert paid == [7]


def test_an_answer_that_was_lost_on_its_way_still_runs_once(address: str) -> None:
    key = secrets.token_hex(8)
    with Client(address) as client:
        client.verify(ask(PAYMENT, {"amount": 7}, transaction_id=key, balances=BALANCES))
        assert guard(client)(pay)(key, 7) == "paid 7"
        with pytest.raises(AlreadyAnswered):
            guard(client)(pay)(key, 7)
    assert paid == [7]


def test_what_is_rejected_never_runs(address: str) -> None:
    with Client(address) as client, pytest.raises(NotApproved):
        guard(client)(pay)(secrets.token_hex(8), 101)
    assert paid == []


def test_without_a_mesh_nothing_runs() -> None:
    with Client(free_addresses()["AETHEL_LISTEN"], retrying=NEVER) as client, pytest.raises(Unavailable):
        guard(client)(pay)("key", 1)
    assert paid == []


async def test_a_coroutine_is_guarded_alike(address: str) -> None:
    key = secrets.token_hex(8)
    async with AsyncClient(address) as client:

        @guarded(
            client,
            intent=PAYMENT,
            transaction_id=lambda key, amount: key,
            arguments=lambda key, amount: {"amount": amount},
            balances=lambda key, amount: BALANCES,
        )
        async def pay_later(key: str, amount: int) -> str:
            return pay(key, amount)

        assert await pay_later(key, 3) == "paid 3"
        with pytest.raises(AlreadyAnswered):
            await pay_later(key, 3)
        with pytest.raises(NotApproved):
            await pay_later(secrets.token_hex(8), 101)
    assert paid == [3]


async def test_without_tokens_only_the_first_answer_runs() -> None:
    for repeated, expected in ((False, [1]), (True, [1])):
        async with asking(Flaky(repeated=repeated)) as client:

            @guarded(client, intent=PAYMENT, transaction_id=lambda: "key", arguments=lambda: {"amount": 1})
            async def pay_now() -> None:
                paid.append(1)

            if repeated:
                with pytest.raises(AlreadyAnswered):
                    await pay_now()
            else:
                await pay_now()
        assert paid == expected


async def test_a_mesh_that_keeps_nothing_needs_a_claim_elsewhere() -> None:
    taken: set[str] = set()

    def claim(key: str) -> bool:
        is_new = key not in taken
        taken.add(key)
        return is_new

    async with asking(Flaky(unkept=True)) as client:
        for claiming, expected in ((None, NotKept), (claim, None), (claim, AlreadyAnswered)):

            @guarded(
                client,
                intent=PAYMENT,
                transaction_id=lambda: "key",
                arguments=lambda: {"amount": 1},
                claim=claiming,
            )
            async def pay_now() -> None:
                paid.append(1)

            if expected is None:
                await pay_now()
            else:
                with pytest.raises(expected):
                    await pay_now()
    assert paid == [1]
