"""Starts the Z3 expert: `python -m services.z3_expert`."""

import os
import sys

from aethel.decision.gate import FOOTPRINTS
from aethel.prover.expert import Z3Expert
from aethel.runtime.settings import Process
from aethel.verdict import Z3_EXPERT
from aethel.wire.process import run_expert


def main() -> int:
    """Serve the expert until a signal stops it; returns the exit code."""
    footprint = tuple(feature.name for feature in FOOTPRINTS[Z3_EXPERT])
    return run_expert(Process.Z3, os.environ, Z3Expert, footprint)


if __name__ == "__main__":
    sys.exit(main())
