"""Starts the Guardian: `python -m services.guardian`."""

import os
import sys

from aethel.decision.gate import FOOTPRINTS
from aethel.ledger.expert import GuardianExpert
from aethel.runtime.settings import Process
from aethel.verdict import GUARDIAN_EXPERT
from aethel.wire.process import run_expert


def main() -> int:
    """Serve the expert until a signal stops it; returns the exit code."""
    footprint = tuple(feature.name for feature in FOOTPRINTS[GUARDIAN_EXPERT])
    return run_expert(Process.GUARDIAN, os.environ, GuardianExpert, footprint)


if __name__ == "__main__":
    sys.exit(main())
