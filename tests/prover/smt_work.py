"""What a worker runs for the tests of SMT-LIB scripts."""

from aethel.prover.smt_text import solve_text
from aethel.prover.solver import Answer

MARGIN_MS = 100.0
"""Milliseconds between an interrupt and the kill that would follow."""


def solve(question: tuple[str, int], left_ms: float) -> Answer:
    """The answer to a script within a budget."""
    text, budget = question
    return solve_text(text, budget, left_ms - MARGIN_MS)
