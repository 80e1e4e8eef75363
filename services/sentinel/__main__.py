"""Starts the Sentinel: `python -m services.sentinel`."""

import os
import sys

from aethel.decision.gate import FOOTPRINTS
from aethel.runtime.settings import Process
from aethel.security.expert import SentinelExpert
from aethel.verdict import SENTINEL_EXPERT
from aethel.wire.process import run_expert


def main() -> int:
    """Serve the expert until a signal stops it; returns the exit code."""
    footprint = tuple(feature.name for feature in FOOTPRINTS[SENTINEL_EXPERT])
    return run_expert(Process.SENTINEL, os.environ, SentinelExpert, footprint)


if __name__ == "__main__":
    sys.exit(main())
