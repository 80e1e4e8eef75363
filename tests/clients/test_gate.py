"""The gate: credentials, roles and shares, on a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from aethel.clients.allowance import ALLOWANCE
from aethel.clients.book import Book, Client, Limits, written
from aethel.clients.book_file import BookFile
from aethel.clients.gate import ClientGate
from aethel.clients.line import Line
from aethel.clients.meter import NS_PER_S
from aethel.clients.roles import ROLES, may_call
from aethel.clients.tokens import new_token
from aethel.runtime.caller import ANYBODY, CALLER, Role
from aethel.runtime.deadline import Deadline
from aethel.runtime.faults import Reason, RequestFault
from aethel.runtime.gate import Arrival
from aethel.runtime.metrics import Metrics
from aethel.v1 import verification_pb2

VERIFY = "/aethel.v1.VerificationService/Verify"
SETTLE = "/aethel.v1.VerificationService/Settle"


@dataclass
class Door:
    """A gate over a book of one client, with its token, and the time."""

    gate: ClientGate
    path: Path
    token: str
    client: Client
    metrics: Metrics
    now_ns: int = 0

    def rewrite(self, *clients: Client) -> None:
        draft = self.path.with_suffix(".draft")
        draft.write_bytes(written(Book(clients)))
        draft.replace(self.path)

    def arrival(self, method: str = VERIFY, token: str | None = None, *identities: str) -> Arrival:
        shown = f"Bearer {self.token}" if token is None else token or None
        return Arrival(method, shown, frozenset(identities), Deadline.after_ms(60_000))

    def refused(self, arrival: Arrival) -> RequestFault:
        with pytest.raises(RequestFault) as caught, self.gate.admit(arrival):
            pass
        return caught.value

    def count(self, reason: Reason) -> float | None:
        return self.metrics.registry.get_sample_value("aethel_admission_refused_total", {"reason": reason.value})


@contextmanager
def door(tmp_path: Path, limits: Limits | None = None) -> Iterator[Door]:
    token, kept = new_token()
    client = Client("shop", frozenset({Role.VERIFY}), (kept,), ("spiffe://shop",), limits or Limits())
    path = tmp_path / "clients.json"
    metrics = Metrics()
    made: Door
    gate = ClientGate(BookFile(path), Line(4), metrics, lambda: made.now_ns)
    made = Door(gate, path, token, client, metrics)
    made.rewrite(client)
    yield made


def test_a_token_or_a_certificate_names_the_caller(tmp_path: Path) -> None:
    with door(tmp_path) as at:
        for arrival in (
            at.arrival(),
            at.arrival(VERIFY, "", "spiffe://shop"),
            at.arrival(VERIFY, None, "spiffe://shop"),
        ):
            with at.gate.admit(arrival):
                assert CALLER.get().name == "shop"
                assert CALLER.get().roles == {Role.VERIFY}
            assert CALLER.get() is ANYBODY


def test_every_wrong_credential_is_refused_in_the_same_words(tmp_path: Path) -> None:
    with door(tmp_path) as at:
        stranger, other = new_token()[0], new_token()[0]
        mixed = f"aethel.{at.token.split('.')[1]}.{other.split('.')[2]}"
        wrong = ["", "Bearer x", f"Bearer {stranger}", f"Bearer {mixed}"]
        faults = [at.refused(at.arrival(VERIFY, token)) for token in wrong]
        faults.append(at.refused(at.arrival(VERIFY, "", "spiffe://stranger")))
        faults.append(at.refused(at.arrival(VERIFY, f"Bearer {stranger}", "spiffe://shop")))
        assert {(fault.reason, fault.message) for fault in faults} == {(Reason.UNAUTHENTICATED, "no valid credentials")}
        assert at.count(Reason.UNAUTHENTICATED) == len(faults)


def test_a_token_of_one_client_and_a_certificate_of_another_are_nobodys(tmp_path: Path) -> None:
    with door(tmp_path) as at:
        at.rewrite(at.client, Client("bank", frozenset({Role.VERIFY}), certificates=("spiffe://bank",)))
        assert at.refused(at.arrival(VERIFY, None, "spiffe://bank")).reason is Reason.UNAUTHENTICATED


def test_a_role_opens_its_methods_alone(tmp_path: Path) -> None:
    with door(tmp_path) as at:
        assert at.refused(at.arrival(SETTLE)).reason is Reason.PERMISSION_DENIED
        assert at.refused(at.arrival("/aethel.v1.VerificationService/Later")).reason is Reason.PERMISSION_DENIED


def test_every_method_of_the_contract_has_a_role() -> None:
    service = verification_pb2.DESCRIPTOR.services_by_name["VerificationService"]
    assert [one.name for one in service.methods if f"/{service.full_name}/{one.name}" not in ROLES] == []


@pytest.mark.parametrize("method", ["/aethel.v1.ExpertService/Verify", "/a/b", ""])
def test_a_method_that_nobody_thought_of_is_for_nobody(method: str) -> None:
    assert not may_call(frozenset(Role), method)


def test_a_revoked_client_is_refused_from_the_next_call_on(tmp_path: Path) -> None:
    with door(tmp_path) as at:
        with at.gate.admit(at.arrival()):
            at.rewrite(Client("shop", frozenset({Role.VERIFY}), is_revoked=True))
        assert at.refused(at.arrival()).reason is Reason.UNAUTHENTICATED


async def test_a_revoked_client_is_refused_from_the_next_question_of_an_open_stream_on(tmp_path: Path) -> None:
    with door(tmp_path) as at, at.gate.admit(at.arrival()):
        async with ALLOWANCE.get().item(Deadline.after_ms(1_000)):
            at.rewrite(Client("shop", frozenset({Role.VERIFY}), is_revoked=True))
        with pytest.raises(RequestFault, match="no valid credentials"):
            async with ALLOWANCE.get().item(Deadline.after_ms(1_000)):
                pass


def test_while_the_book_cannot_be_read_nobody_is_let_in(tmp_path: Path) -> None:
    with door(tmp_path) as at:
        at.path.write_text("{")
        assert at.refused(at.arrival()).reason is Reason.UNAVAILABLE
        at.rewrite(at.client)
        with at.gate.admit(at.arrival()):
            pass


def test_the_rate_is_kept_to_the_last_request(tmp_path: Path) -> None:
    with door(tmp_path, Limits(requests_per_s=3)) as at:
        for _ in range(3):
            with at.gate.admit(at.arrival()):
                pass
        fault = at.refused(at.arrival())
        assert (fault.reason, fault.retry_after_ms) == (Reason.RATE_LIMITED, 334)
        at.now_ns = 333_333_333
        assert at.refused(at.arrival()).reason is Reason.RATE_LIMITED
        at.now_ns += 1
        with at.gate.admit(at.arrival()):
            pass


def test_questions_of_a_batch_count_each(tmp_path: Path) -> None:
    with door(tmp_path, Limits(requests_per_s=10)) as at:
        with at.gate.admit(at.arrival()):
            ALLOWANCE.get().charge_requests(29)
        assert at.refused(at.arrival()).retry_after_ms == 2_100


def test_no_more_requests_at_a_time_than_allowed(tmp_path: Path) -> None:
    with door(tmp_path, Limits(concurrency=2)) as at:
        with at.gate.admit(at.arrival()), at.gate.admit(at.arrival()):
            assert at.refused(at.arrival()).reason is Reason.CONCURRENCY_LIMITED
        with at.gate.admit(at.arrival()):
            pass


def test_solver_time_is_charged_afterwards_and_waited_for(tmp_path: Path) -> None:
    with door(tmp_path, Limits(solver_s_per_min=6)) as at:
        with at.gate.admit(at.arrival()):
            assert ALLOWANCE.get().solver_left_ms() == 6_000
            ALLOWANCE.get().charge_solver(6_999.1)
        fault = at.refused(at.arrival())
        assert (fault.reason, fault.retry_after_ms) == (Reason.QUOTA_EXHAUSTED, 10_010)
        at.now_ns = 40 * NS_PER_S
        with at.gate.admit(at.arrival()):
            assert ALLOWANCE.get().solver_left_ms() == 3_000


def test_other_limits_count_at_once_and_the_same_ones_go_on_counting(tmp_path: Path) -> None:
    with door(tmp_path, Limits(requests_per_s=1)) as at:
        with at.gate.admit(at.arrival()):
            pass
        other = Client("other", frozenset())
        at.rewrite(at.client, other)
        assert at.refused(at.arrival()).reason is Reason.RATE_LIMITED
        at.rewrite(Client("shop", at.client.roles, at.client.tokens, limits=Limits(requests_per_s=2)))
        with at.gate.admit(at.arrival()):
            pass


def test_what_one_client_uses_is_not_anothers(tmp_path: Path) -> None:
    with door(tmp_path, Limits(requests_per_s=1, concurrency=1)) as at:
        at.rewrite(at.client, Client("bank", frozenset({Role.VERIFY}), certificates=("spiffe://bank",)))
        with at.gate.admit(at.arrival()), at.gate.admit(at.arrival(VERIFY, "", "spiffe://bank")):
            assert CALLER.get().name == "bank"


def test_refusals_beyond_some_are_counted_and_not_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with door(tmp_path) as at:
        for _ in range(100):
            at.refused(at.arrival(VERIFY, "Bearer x"))
    assert at.count(Reason.UNAUTHENTICATED) == 100
    assert len([record for record in caplog.records if record.msg == "a call was refused"]) == 10


def test_without_a_book_everybody_is_let_in_as_nobody() -> None:
    gate = ClientGate(None, Line(1), Metrics())
    with gate.admit(Arrival(SETTLE, None, frozenset(), None)):
        assert CALLER.get() is ANYBODY
        assert ALLOWANCE.get().solver_left_ms() is None
