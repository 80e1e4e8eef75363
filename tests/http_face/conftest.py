"""One mesh with a store behind one HTTP face, for all tests that break nothing."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from aethel.runtime.settings import Process
from tests.orchestrator.processes import RunningProcess, running_experts, running_orchestrator, start
from tests.token.tokens import signing_folder


@dataclass(frozen=True)
class RunningFace:
    """A face, the orchestrator behind it, and a client."""

    process: RunningProcess
    orchestrator: RunningProcess
    client: httpx.AsyncClient


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def face(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningFace]:
    """All five processes; the face shows a key set."""
    folder: Path = tmp_path_factory.mktemp("face")
    jwks = folder / "jwks.json"
    jwks.write_bytes(b'{"keys": []}')
    state = {"AETHEL_STATE_DIR": str(folder / "state"), "AETHEL_STORE": "embedded"}
    signing_folder(folder / "state" / "keys")
    async with running_experts() as experts:
        addresses = {process: one.address for process, one in experts.items()}
        async with running_orchestrator(addresses, state) as (orchestrator, _):
            told = {f"AETHEL_{one.value.upper()}_ADDRESS": str(address) for one, address in addresses.items()}
            told |= {"AETHEL_ORCHESTRATOR_ADDRESS": str(orchestrator.address), "AETHEL_JWKS_FILE": str(jwks)}
            process = await start(Process.HTTP, told)
            try:
                async with httpx.AsyncClient(
                    base_url=f"http://{process.address}", timeout=30, trust_env=False
                ) as client:
                    yield RunningFace(process, orchestrator, client)
            finally:
                await process.stop()
