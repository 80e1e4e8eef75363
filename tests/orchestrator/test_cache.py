"""The cache of verdicts: the same question, the same client and the same version, for a while, and checked."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from aethel.request import Context, Question
from aethel.rules import Rules
from aethel.runtime.deadline import Deadline
from aethel.verdict import Evidence, ExpertVerdict, ObligationResult, Outcome, Served, Source, Vote
from aethel.wire.absence import Absence, ExpertUnavailable
from aethel.wire.asking import Asking
from services.orchestrator.dispatch_cache import ENTRY_BYTES, SAMPLE, TTL_S, VerdictCache, question_key
from services.orchestrator.dispatch_versions import Answer

APPROVED = ExpertVerdict(
    "Z3_Expert",
    Vote.APPROVE,
    Decimal("0.99"),
    Evidence.EVALUATED,
    obligations=(ObligationResult("post.1", Outcome.PROVED),),
    latency_ms=7.0,
    version="digest",
    served=Served("z3:1", "stable", "stable"),
)
PLACE = ("Z3_Expert", "stable digest", "shop")
ASKED = Question("tx", intent_text=b"text", arguments={"amount": "1"}, context=Context(balances={"a": "1"}))
KEY = question_key(Asking.of(ASKED))


class Asked:
    """Answers, and counts how often it was asked."""

    def __init__(self, verdict: ExpertVerdict = APPROVED, degraded: str = "") -> None:
        self.verdict = verdict
        self.degraded = degraded
        self.count = 0
        self.released = asyncio.Event()
        self.released.set()

    async def __call__(self) -> Answer:
        self.count += 1
        await self.released.wait()
        return Answer(self.verdict, self.degraded)


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> VerdictCache:
    return VerdictCache(100_000, clock)


async def get(
    cache: VerdictCache, ask: Callable[[], Awaitable[Answer]], place: tuple[str, str, str] = PLACE, key: bytes = KEY
) -> ExpertVerdict:
    return (await cache.answer(place, key, Deadline.after_ms(5_000), ask)).verdict


async def test_a_verdict_given_before_is_given_again_and_says_so(cache: VerdictCache) -> None:
    ask = Asked()
    assert await get(cache, ask) == APPROVED
    again = await get(cache, ask)
    assert again == replace(APPROVED, latency_ms=0.0)
    assert again.served == replace(APPROVED.served, from_cache=True)
    assert (ask.count, cache.hits, cache.misses) == (1, 1, 1)


@pytest.mark.parametrize(
    "place", [("Z3_Expert", "stable digest", "bank"), ("Z3_Expert", "stable other", "shop"), ("Z4", *PLACE[1:])]
)
async def test_another_client_version_or_expert_is_asked(cache: VerdictCache, place: tuple[str, str, str]) -> None:
    ask = Asked()
    await get(cache, ask)
    await get(cache, ask, place)
    assert ask.count == 2


def test_the_id_of_a_question_is_no_part_of_what_is_asked() -> None:
    assert question_key(Asking.of(replace(ASKED, transaction_id="another"))) == KEY


@pytest.mark.parametrize(
    "other",
    [
        replace(ASKED, intent_text=b"text "),
        replace(ASKED, arguments={"amount": "2"}),
        replace(ASKED, arguments={}),
        replace(ASKED, context=Context()),
        replace(ASKED, context=Context(inputs={"a": "1"})),
        replace(ASKED, budget=1),
        replace(ASKED, with_evidence=True),
        replace(ASKED, expected_digest="0" * 64),
        replace(ASKED, rules=Rules(payees=("Bob",))),
    ],
)
def test_whatever_an_expert_may_read_makes_another_question(other: Question) -> None:
    assert question_key(Asking.of(other)) != KEY


async def test_a_verdict_is_good_for_a_while(cache: VerdictCache, clock: Clock) -> None:
    ask = Asked()
    await get(cache, ask)
    clock.now_s = TTL_S - 1
    await get(cache, ask)
    assert ask.count == 1
    clock.now_s = TTL_S
    await get(cache, ask)
    assert ask.count == 2


@pytest.mark.parametrize(
    "ask",
    [
        Asked(replace(APPROVED, verdict=Vote.ABSTAIN)),
        Asked(replace(APPROVED, source=Source.LAYER)),
        Asked(replace(APPROVED, obligations=(ObligationResult("post.1", Outcome.BUDGET),))),
        Asked(degraded="another version answered"),
    ],
    ids=["abstention", "layer", "budget", "degraded"],
)
async def test_what_may_be_decided_otherwise_next_time_is_not_kept(cache: VerdictCache, ask: Asked) -> None:
    await get(cache, ask)
    await get(cache, ask)
    assert (cache.hits, cache.held_bytes) == (0, 0)


async def test_the_least_used_verdicts_make_room(clock: Clock) -> None:
    probe = VerdictCache(100_000, clock)
    await get(probe, Asked())
    cache = VerdictCache(2 * probe.held_bytes, clock)
    ask = Asked()
    for key in (b"1", b"2", b"1", b"3"):
        await get(cache, ask, key=key)
    assert ask.count == 3
    assert cache.held_bytes == 2 * probe.held_bytes > 2 * ENTRY_BYTES
    await get(cache, ask, key=b"1")
    assert ask.count == 3, "it was used last but one"
    await get(cache, ask, key=b"2")
    assert ask.count == 4


async def test_a_verdict_larger_than_the_cache_is_not_kept(clock: Clock) -> None:
    cache = VerdictCache(ENTRY_BYTES, clock)
    await get(cache, Asked())
    assert cache.held_bytes == 0


async def test_of_several_who_ask_the_same_at_once_one_asks(cache: VerdictCache) -> None:
    ask = Asked()
    ask.released.clear()
    waiting = [asyncio.create_task(get(cache, ask)) for _ in range(8)]
    await asyncio.sleep(0)
    ask.released.set()
    assert {one.verdict for one in await asyncio.gather(*waiting)} == {Vote.APPROVE}
    assert ask.count == 1


async def test_when_the_one_who_asks_goes_away_the_others_ask(cache: VerdictCache) -> None:
    ask = Asked()
    ask.released.clear()
    first, second = (asyncio.create_task(get(cache, ask)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    ask.released.set()
    assert await second == APPROVED
    assert ask.count == 2


async def test_nobody_waits_for_another_beyond_the_own_deadline(cache: VerdictCache) -> None:
    ask = Asked()
    ask.released.clear()
    first = asyncio.create_task(get(cache, ask))
    await asyncio.sleep(0)
    with pytest.raises(ExpertUnavailable) as raised:
        await cache.answer(PLACE, KEY, Deadline.after_ms(20), ask)
    assert raised.value.reason is Absence.LATE
    ask.released.set()
    assert await first == APPROVED


async def test_a_sample_that_differs_is_an_alert_and_clears_the_cache(
    cache: VerdictCache, caplog: pytest.LogCaptureFixture
) -> None:
    await get(cache, Asked())
    other = Asked(replace(APPROVED, verdict=Vote.REJECT, code="POST"))
    for _ in range(SAMPLE - 1):
        assert (await get(cache, other)).verdict is Vote.APPROVE
    assert (await get(cache, other)).verdict is Vote.REJECT, "the one that was asked counts"
    assert (other.count, cache.clearings) == (1, 1)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_a_sample_that_says_the_same_by_another_proof_is_no_alert(cache: VerdictCache) -> None:
    await get(cache, Asked())
    other = Asked(replace(APPROVED, evidence=Evidence.CERTIFIED, proof_trace=(("decided", "proved before"),)))
    for _ in range(SAMPLE):
        await get(cache, other)
    assert (other.count, cache.clearings) == (1, 0)


async def test_a_sample_that_cannot_be_asked_leaves_what_was_said(cache: VerdictCache) -> None:
    async def away() -> Answer:
        raise ExpertUnavailable(Absence.UNREACHABLE)

    await get(cache, Asked())
    for _ in range(SAMPLE):
        assert (await get(cache, away)).served.from_cache
