"""A payment function that runs only after its intent is APPROVED, and never twice for one id."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, overload

from aethel.client.answers import Answer
from aethel.client.asynchronous import AsyncClient
from aethel.client.errors import AlreadyAnswered, NotKept, NotRedeemed
from aethel.client.questions import Value, ask
from aethel.client.synchronous import Client
from aethel.request import Question
from aethel.runtime.faults import Reason

P = ParamSpec("P")
R = TypeVar("R")

Claim = Callable[[str], bool]
"""Takes an id for the caller alone: true the first time it is called with it, durably, and false ever after."""


class Guarding(Protocol[P]):
    """Guards a function that blocks."""

    def __call__(self, function: Callable[P, R], /) -> Callable[P, R]: ...


class GuardingAsync(Protocol[P]):
    """Guards a coroutine function."""

    def __call__(self, function: Callable[P, Awaitable[R]], /) -> Callable[P, Awaitable[R]]: ...


@overload
def guarded(
    client: Client,
    *,
    intent: str | bytes,
    arguments: Callable[P, Mapping[str, Value]],
    transaction_id: Callable[P, str],
    balances: Callable[P, Mapping[str, Value]] | None = ...,
    claim: Claim | None = ...,
    deadline_ms: int | None = ...,
) -> Guarding[P]: ...


@overload
def guarded(
    client: AsyncClient,
    *,
    intent: str | bytes,
    arguments: Callable[P, Mapping[str, Value]],
    transaction_id: Callable[P, str],
    balances: Callable[P, Mapping[str, Value]] | None = ...,
    claim: Claim | None = ...,
    deadline_ms: int | None = ...,
) -> GuardingAsync[P]: ...


def guarded(  # one parameter for each part of the question, and what guards the id
    client: Client | AsyncClient,
    *,
    intent: str | bytes,
    arguments: Callable[P, Mapping[str, Value]],
    transaction_id: Callable[P, str],
    balances: Callable[P, Mapping[str, Value]] | None = None,
    claim: Claim | None = None,
    deadline_ms: int | None = None,
) -> Any:
    """A decorator: the function runs only after the mesh has APPROVED `intent` with these values, for the first time.

    `arguments`, `transaction_id` and `balances` are called with the arguments of the function, and say what it is about
    to do. Everything else than an approval raises and the function does not run: `NotApproved` for REJECTED and
    UNCERTAIN, another `ClientError` for every fault.

    It never runs twice for one id, in this process or another: the token of the approval is redeemed (`Settle`) before
    the function runs, which happens once, and `AlreadyAnswered` is raised where it was redeemed before. A mesh that
    signs no tokens tells by the answer itself: one that was given before raises `AlreadyAnswered`, also where the first
    attempt of this very call was answered and the answer was lost on its way. A mesh that keeps no state cannot know;
    `NotKept` is raised then, unless `claim` takes the id somewhere else. What the function itself does when it fails
    half way is its own business: its id stays used.
    """
    asking = _Asking(intent, arguments, transaction_id, balances)
    if isinstance(client, AsyncClient):
        return _guarding_async(client, asking, claim, deadline_ms)
    return _guarding(client, asking, claim, deadline_ms)


@dataclass(frozen=True, slots=True)
class _Asking(Generic[P]):
    """How the question comes of the arguments of the function."""

    intent: str | bytes
    arguments: Callable[P, Mapping[str, Value]]
    transaction_id: Callable[P, str]
    balances: Callable[P, Mapping[str, Value]] | None

    def question(self, *args: P.args, **kwargs: P.kwargs) -> Question:
        balances = {} if self.balances is None else self.balances(*args, **kwargs)
        return ask(
            self.intent,
            self.arguments(*args, **kwargs),
            transaction_id=self.transaction_id(*args, **kwargs),
            balances=balances,
        )


def _guarding(client: Client, asking: _Asking[P], claim: Claim | None, deadline_ms: int | None) -> Guarding[P]:
    def guard(function: Callable[P, R], /) -> Callable[P, R]:
        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            answer = _approved(client.verify(asking.question(*args, **kwargs), deadline_ms=deadline_ms))
            if answer.token:
                with _redeeming(answer):
                    client.settle(answer.token, deadline_ms=deadline_ms)
            _admit(answer, claim)
            return function(*args, **kwargs)

        return run

    return guard


def _guarding_async(
    client: AsyncClient, asking: _Asking[P], claim: Claim | None, deadline_ms: int | None
) -> GuardingAsync[P]:
    def guard(function: Callable[P, Awaitable[R]], /) -> Callable[P, Awaitable[R]]:
        @wraps(function)
        async def run(*args: P.args, **kwargs: P.kwargs) -> R:
            answer = _approved(await client.verify(asking.question(*args, **kwargs), deadline_ms=deadline_ms))
            if answer.token:
                with _redeeming(answer):
                    await client.settle(answer.token, deadline_ms=deadline_ms)
            await asyncio.to_thread(_admit, answer, claim)
            return await function(*args, **kwargs)

        return run

    return guard


def _approved(answer: Answer) -> Answer:
    """The answer where it is APPROVED; raises `AlreadyAnswered` or `NotApproved`."""
    if answer.is_spent:
        raise _used(answer)
    return answer.raise_unless_approved()


@contextmanager
def _redeeming(answer: Answer) -> Iterator[None]:
    """Raise `AlreadyAnswered` where the token was redeemed before."""
    try:
        yield
    except NotRedeemed as refused:
        if refused.reason is Reason.ALREADY_SETTLED:
            raise _used(answer) from refused
        raise


def _admit(answer: Answer, claim: Claim | None) -> None:
    """Return where the function may run, its token redeemed where it has one, and raise otherwise."""
    if not answer.token and answer.is_repeated:
        raise _used(answer)
    if claim is None and not answer.is_kept:
        raise NotKept("the mesh keeps no state, expected one with `AETHEL_STORE` set, or `claim`")
    if claim is not None and claim(answer.transaction_id) is not True:
        raise _used(answer)


def _used(answer: Answer) -> AlreadyAnswered:
    return AlreadyAnswered(f"`{answer.transaction_id}` was used before, expected an id that is new")
