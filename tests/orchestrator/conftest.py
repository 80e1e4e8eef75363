"""One mesh for all tests that break nothing."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.orchestrator.processes import RunningMesh, running_mesh


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def shared_mesh() -> AsyncIterator[RunningMesh]:
    """Four processes; tests that end or stop one start their own mesh instead."""
    async with running_mesh() as running:
        yield running
