"""The rules of the operator reach the experts, and nothing that a caller says does."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from aethel.request import Question
from aethel.rules import Cap, Rules
from aethel.runtime.settings import Process
from aethel.verdict import Consensus, Vote
from aethel.wire.client import RemoteMesh
from tests.intent.test_corpus import CORPUS
from tests.orchestrator.processes import RunningMesh, running_orchestrator

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATIENCE_MS = 20_000
MINT = Question("mint", intent_text=(CORPUS / "issued_within_its_cap.ae").read_bytes())
RULES = '[default.issuance]\nEUR = { mint = "%s" }\n'


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def allowing(shared_mesh: RunningMesh, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RemoteMesh]:
    """An orchestrator of the same experts whose rules allow to mint fifty euros."""
    file = tmp_path_factory.mktemp("rules") / "rules.toml"
    file.write_text(RULES % "50")
    addresses = {each: one.address for each, one in shared_mesh.processes.items()}
    del addresses[Process.ORCHESTRATOR]
    async with running_orchestrator(addresses, {"AETHEL_RULES_FILE": str(file)}) as (_, client):
        yield client


async def test_what_the_rules_allow_is_approved(allowing: RemoteMesh) -> None:
    answer = await allowing.verify(MINT, PATIENCE_MS)
    assert answer.consensus is Consensus.APPROVED, answer.reason
    assert "issued.EUR" in {one.id for verdict in answer.expert_verdicts for one in verdict.obligations}


async def test_what_is_over_the_cap_is_rejected(allowing: RemoteMesh) -> None:
    text = (CORPUS / "issued_over_its_cap.ae").read_bytes()
    answer = await allowing.verify(replace(MINT, intent_text=text), PATIENCE_MS)
    assert answer.consensus is Consensus.REJECTED
    assert "ISSUED" in {verdict.code for verdict in answer.expert_verdicts if verdict.verdict is Vote.REJECT}


async def test_a_caller_cannot_bring_rules_of_its_own(shared_mesh: RunningMesh) -> None:
    asked = replace(MINT, rules=Rules({"EUR": Cap("50")}))
    answer = await shared_mesh.client.verify(asked, PATIENCE_MS)
    assert answer.consensus is Consensus.REJECTED
    assert "issued.EUR" not in {one.id for verdict in answer.expert_verdicts for one in verdict.obligations}
