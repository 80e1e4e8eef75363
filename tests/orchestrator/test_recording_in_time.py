"""An answer that cannot be recorded by its deadline is not given, and what nobody waits for is not written later."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from aethel.decision.thresholds import Thresholds
from aethel.runtime.deadline import Deadline
from aethel.runtime.faults import Reason, RequestFault
from aethel.store.audit_log import AuditLog
from aethel.store.entry import Phase
from aethel.store.footprint import Owner
from aethel.store.grouping import Grouped
from aethel.store.opening import open_database
from aethel.store.store import Store
from aethel.verdict import Consensus, MOEResult
from services.orchestrator.commitment import Commitment
from services.orchestrator.recording import Recording
from tests.orchestrator.questions import entry


@pytest.mark.parametrize("consensus", [Consensus.APPROVED, Consensus.REJECTED])
async def test_a_record_that_comes_too_late_approves_and_reserves_nothing(tmp_path: Path, consensus: Consensus) -> None:
    file = tmp_path / "store.db"
    database = open_database(str(file))
    store = Store(database, Grouped(database))
    question, owner = entry("late"), Owner("shop", "late")
    with ThreadPoolExecutor(2) as threads, closing(sqlite3.connect(file, isolation_level=None)) as other:
        commitment = Commitment(store, threads, 60_000, Recording(Thresholds()))

        async def decide() -> MOEResult:
            other.execute("BEGIN IMMEDIATE")
            return MOEResult("late", consensus, Decimal(1))

        with pytest.raises(RequestFault) as raised:
            await commitment.answer(owner, question, Deadline.after_ms(400), decide)
        assert raised.value.reason is Reason.AUDIT_UNAVAILABLE
        other.execute("ROLLBACK")
    assert store.phase(owner) is Phase.PENDING
    assert AuditLog(database).newest(9) == ()
    store.close()
