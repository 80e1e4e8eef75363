"""A template's outcome hangs on what it means: not on its names, the order of its lines or the solver's seed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from aethel.prover import solver
from aethel.verdict import Outcome, Vote
from tests.prover.asking import ask
from tests.prover.mutants import mutant
from tests.tools import REPOSITORY

TEMPLATES = sorted((REPOSITORY / "examples" / "templates").glob("*.ae"))
MUTANTS, MANY_MUTANTS = 3, 200

_Said = tuple[Vote, Counter[tuple[str, Outcome]]]


def _said(text: str) -> _Said:
    """The vote, and how many obligations of each kind had each outcome."""
    verdict = ask(text)
    return verdict.verdict, Counter((result.id.partition(".")[0], result.outcome) for result in verdict.obligations)


def _agrees(template: Path, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = template.read_text()
    expected = _said(text)
    for number in range(count):
        random = Random(f"{template.name} {number}")
        monkeypatch.setattr(solver, "_SEED", random.randrange(2**31))
        changed = mutant(text, random)
        assert changed != text
        assert _said(changed) == expected, changed


def test_there_are_twenty_templates_and_every_one_is_decided() -> None:
    assert len(TEMPLATES) >= 20
    votes = Counter(_said(template.read_text())[0] for template in TEMPLATES)
    assert votes[Vote.ABSTAIN] == 0
    assert votes[Vote.APPROVE] >= 14
    assert votes[Vote.REJECT] >= 4


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_mutants_of_a_template_have_its_outcome(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _agrees(template, MUTANTS, monkeypatch)


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_many_mutants_of_a_template_have_its_outcome(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _agrees(template, MANY_MUTANTS, monkeypatch)
