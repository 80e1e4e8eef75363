"""A whole process that serves the probe: `Hold` says `entered` on stdout and is released by a line on stdin."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aethel.runtime.metrics import Metrics
from aethel.runtime.server import Servicers, run_process
from aethel.runtime.settings import Process, Settings
from tests.runtime.service import Probe


@asynccontextmanager
async def open_servicers(settings: Settings, metrics: Metrics) -> AsyncIterator[Servicers]:
    """The probe, steered through the standard streams."""
    probe = Probe()
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin, probe.released.set)
    announcing = asyncio.create_task(_announce(probe))
    try:
        yield probe.servicers()
    finally:
        loop.remove_reader(sys.stdin)
        announcing.cancel()
        sys.stdout.write("closed\n")


async def _announce(probe: Probe) -> None:
    await probe.entered.wait()
    sys.stdout.write("entered\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(run_process(Process.Z3, os.environ, open_servicers))
