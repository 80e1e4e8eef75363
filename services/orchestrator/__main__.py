"""Starts the orchestrator: `python -m services.orchestrator`."""

import os
import sys

from aethel.runtime.server import run_process
from aethel.runtime.settings import Process
from services.orchestrator.wiring import open_orchestrator


def main() -> int:
    """Serve until a signal stops it; returns the exit code."""
    return run_process(Process.ORCHESTRATOR, os.environ, open_orchestrator)


if __name__ == "__main__":
    sys.exit(main())
