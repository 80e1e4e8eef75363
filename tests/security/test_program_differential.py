"""The Sentinel never says proved of what the prover refutes, nor refuted of what the prover proves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.generator import generate
from tests.security.differential import Compared, compare, questions

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
QUICK = 5
FULL = 2_000
SMALL_BUDGET, BUDGET = 20_000, 300_000


def compared(seeds: range, budget: int, *, with_values: bool) -> Compared:
    found = Compared()
    for seed in seeds:
        asked = list(questions(generate(seed).text.encode(), seed, budget))
        for question in asked if with_values else asked[:1]:
            compare(question, found)
    return found


def test_it_agrees_with_the_prover_on_random_programs() -> None:
    found = compared(range(QUICK), SMALL_BUDGET, with_values=False)
    assert found.contradictions == []
    assert {("S05", "PROVED", "PROVED"), ("S05", "REFUTED", "REFUTED")} <= found.pairs.keys()


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_it_agrees_with_the_prover_on_thousands_of_random_programs() -> None:
    found = compared(range(QUICK, QUICK + FULL), BUDGET, with_values=True)
    assert found.contradictions == []
    proved = found.pairs["S05", "PROVED", "PROVED"]
    assert found.pairs["S05", "UNMODELLED", "PROVED"] < proved
    assert found.pairs["S15", "REFUTED", "VACUOUS"] > 0


@pytest.mark.full
@pytest.mark.timeout(600)
def test_it_agrees_with_the_prover_on_the_corpus() -> None:
    found = Compared()
    for path in sorted(CORPUS.glob("*.ae")):
        for question in questions(path.read_bytes(), len(path.name), BUDGET):
            compare(question, found)
    assert found.contradictions == []
