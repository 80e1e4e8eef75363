"""The orchestrator's gate: who calls, whether the role allows it, and whether the client's share and the line do."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from typing import NoReturn

from aethel.clients.allowance import ALLOWANCE, Allowance
from aethel.clients.book import Book, BookError, Client, Limits
from aethel.clients.book_file import BookFile
from aethel.clients.line import Line
from aethel.clients.meter import NS_PER_S, Meter
from aethel.clients.roles import PROVING, may_call
from aethel.clients.tokens import NOBODYS, Shown, token_shown
from aethel.runtime.caller import ANYBODY, CALLER, Caller
from aethel.runtime.deadline import Deadline
from aethel.runtime.faults import Reason, RequestFault
from aethel.runtime.gate import Admission, Arrival
from aethel.runtime.logs import EventLog
from aethel.runtime.metrics import Metrics

LOGGED_PER_S = 10
"""Refusals that are logged in a second; the metric counts all, and whoever is refused decides how many there are."""

SOLVER_PERIOD_S = 60
"""What the quota of solver time is given for, in seconds."""

_MS_PER_S, _NS_PER_MS = 1_000, 1_000_000

_NO_TOKEN = Shown("", "")

_log = EventLog(__name__)


class ClientGate:
    """Lets in the clients of a book, or anybody where there is none; belongs to one event loop.

    Shares are counted by this process alone, from when it first hears of a client.
    """

    def __init__(
        self, file: BookFile | None, line: Line, metrics: Metrics, now_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._file = file
        self._line = line
        self._metrics = metrics
        self._now_ns = now_ns
        self._accounts: dict[str, _Account] = {}
        self._accounted: Book | None = None
        self._logs = Meter(LOGGED_PER_S, NS_PER_S, LOGGED_PER_S)
        self._unlogged = 0

    @contextmanager
    def admit(self, arrival: Arrival) -> Iterator[Admission]:
        """Let a call in; raises RequestFault, which is counted and logged."""
        try:
            client = self.identified(arrival)
            account = None if client is None else self._account(client)
            if account is not None:
                account.check(arrival.method, self._now_ns())
            if arrival.deadline is not None:
                self._line.check(arrival.deadline)
        except RequestFault as fault:
            self.refused(fault, arrival.method)
            raise
        caller = ANYBODY if client is None else Caller(client.name, client.roles)
        call = _Call(self, arrival, client, account, self._line)
        with _served_for(caller, call), _counted(account, arrival, self._now_ns()):
            yield call

    def identified(self, arrival: Arrival) -> Client | None:
        """Who calls, None where nobody is known; raises RequestFault for a caller who may not."""
        if self._file is None:
            return None
        try:
            book = self._file.current()
        except BookError as error:
            if self._accounted is not None:
                self._accounted = None
                _log.error("the clients cannot be read, so nobody is let in", exception=error)
            raise RequestFault(Reason.UNAVAILABLE, "callers cannot be told apart at present") from error
        if book is not self._accounted:
            self._forget_all_but(book)
        client = _client_of(book, arrival)
        if client is None:
            raise RequestFault(Reason.UNAUTHENTICATED, "no valid credentials")
        if not may_call(client.roles, arrival.method):
            raise RequestFault(Reason.PERMISSION_DENIED, "the role for this method is missing")
        return client

    def refused(self, fault: RequestFault, method: str) -> None:
        """Count a refusal, and log it unless there are too many."""
        self._metrics.admission_refused(fault.reason)
        now_ns = self._now_ns()
        if self._logs.wait_ns(now_ns):
            self._unlogged += 1
            return
        self._logs.charge(now_ns, 1)
        _log.warning("a call was refused", reason=fault.reason, method=method, count=self._unlogged)
        self._unlogged = 0

    def now_ns(self) -> int:
        """The time that shares are counted by."""
        return self._now_ns()

    def _account(self, client: Client) -> _Account:
        account = self._accounts.get(client.name)
        if account is None or account.limits != client.limits:
            in_flight = 0 if account is None else account.in_flight
            account = self._accounts[client.name] = _Account(client.limits, in_flight)
        return account

    def _forget_all_but(self, book: Book) -> None:
        """Accounts are those of the book, so that they are as many as its clients."""
        self._accounted = book
        for name in [name for name in self._accounts if book.named(name) is None]:
            del self._accounts[name]


class _Account:
    """What a client has used of its limits."""

    def __init__(self, limits: Limits, in_flight: int) -> None:
        self.limits = limits
        self.in_flight = in_flight
        self.requests = Meter(limits.requests_per_s, NS_PER_S, limits.requests_per_s)
        solver_ms = limits.solver_s_per_min * _MS_PER_S
        self.solver = Meter(solver_ms, SOLVER_PERIOD_S * NS_PER_S, solver_ms)

    def check(self, method: str, now_ns: int) -> None:
        """Raise RequestFault unless one more request may be made."""
        if self.in_flight >= self.limits.concurrency:
            _refuse(Reason.CONCURRENCY_LIMITED, "as many requests as allowed are being answered", None)
        if wait_ns := self.requests.wait_ns(now_ns):
            _refuse(Reason.RATE_LIMITED, "more requests than allowed", wait_ns)
        if method in PROVING and (wait_ns := self.solver.wait_ns(now_ns)):
            _refuse(Reason.QUOTA_EXHAUSTED, "the time of solvers that is allowed is used up", wait_ns)


class _Call:
    """One call that was let in: its share of the client's account, and of the line."""

    def __init__(
        self, gate: ClientGate, arrival: Arrival, client: Client | None, account: _Account | None, line: Line
    ) -> None:
        self._gate = gate
        self._arrival = arrival
        self._client = client
        self._account = account
        self._line = line

    def served(self) -> AbstractAsyncContextManager[None]:
        """A place in the line; a stream takes one for each of its questions instead."""
        deadline = self._arrival.deadline
        return nullcontext() if deadline is None else self._placed(deadline)

    @asynccontextmanager
    async def item(self, deadline: Deadline) -> AsyncIterator[None]:
        """See `Allowance`."""
        try:
            client = self._gate.identified(self._arrival)
            if client is not None and self._client is not None and client.name != self._client.name:
                raise RequestFault(Reason.UNAUTHENTICATED, "no valid credentials")
            if self._account is not None:
                now_ns = self._gate.now_ns()
                _check_item(self._account, self._arrival.method, now_ns)
                self._account.requests.charge(now_ns, 1)
        except RequestFault as fault:
            self._gate.refused(fault, self._arrival.method)
            raise
        async with self._placed(deadline):
            yield

    @asynccontextmanager
    async def _placed(self, deadline: Deadline) -> AsyncIterator[None]:
        is_served = False
        try:
            async with self._line.place(deadline):
                is_served = True
                yield
        except RequestFault as fault:
            if not is_served:
                self._gate.refused(fault, self._arrival.method)
            raise

    def charge_requests(self, count: int) -> None:
        """See `Allowance`."""
        if self._account is not None:
            self._account.requests.charge(self._gate.now_ns(), count)

    def charge_solver(self, spent_ms: float) -> None:
        """See `Allowance`; part of a millisecond counts as one."""
        if self._account is not None and spent_ms > 0:
            self._account.solver.charge(self._gate.now_ns(), int(-(-spent_ms // 1)))

    def solver_left_ms(self) -> int | None:
        """See `Allowance`."""
        return None if self._account is None else self._account.solver.left(self._gate.now_ns())


def _check_item(account: _Account, method: str, now_ns: int) -> None:
    """Like `check`, but for a call that is counted already."""
    account.in_flight -= 1
    try:
        account.check(method, now_ns)
    finally:
        account.in_flight += 1


@contextmanager
def _served_for(caller: Caller, allowance: Allowance) -> Iterator[None]:
    """Let whoever serves the request read who it is for."""
    who, share = CALLER.set(caller), ALLOWANCE.set(allowance)
    try:
        yield
    finally:
        ALLOWANCE.reset(share)
        CALLER.reset(who)


@contextmanager
def _counted(account: _Account | None, arrival: Arrival, now_ns: int) -> Iterator[None]:
    """Count a call as long as it lasts; a stream's questions are counted one by one."""
    if account is None:
        yield
        return
    account.in_flight += 1
    if not arrival.is_stream:
        account.requests.charge(now_ns, 1)
    try:
        yield
    finally:
        account.in_flight -= 1


def _client_of(book: Book, arrival: Arrival) -> Client | None:
    """The client whose credentials these are; a token and a certificate must not be of different clients."""
    certified = book.of_certificate(arrival.identities)
    if arrival.authorization is None:
        return certified
    shown = token_shown(arrival.authorization) or _NO_TOKEN
    found = book.of_token(shown.id)
    client, kept = (None, NOBODYS) if found is None else found
    if not kept.fits(shown) or client is None:
        return None
    return client if certified is None or certified.name == client.name else None


def _refuse(reason: Reason, message: str, wait_ns: int | None) -> NoReturn:
    raise RequestFault(reason, message, retry_after_ms=None if wait_ns is None else -(-wait_ns // _NS_PER_MS))
