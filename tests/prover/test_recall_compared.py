"""What is recalled of the corpus and of random programs is what an expert says that reads them every time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

import pytest

from aethel.intent.obligations import obligations
from aethel.intent.reading import read
from aethel.intent.skeleton import lift
from aethel.prover.expert import Z3Expert
from aethel.prover.solving import solve
from aethel.prover.tasks import Matter, Task
from aethel.prover.version import identity
from aethel.request import Question
from aethel.verdict import ExpertVerdict, Vote
from tests.conformance.cases import own_questions
from tests.fuzz.generator import generate
from tests.fuzz.instances import instance, partly
from tests.fuzz.judgement import Watched
from tests.fuzz.oracle import Oracle
from tests.fuzz.states import sampled
from tests.prover.asking import TIME_MS
from tests.prover.recalling import Once, reading_expert

BUDGET = 200_000
"""Work for one question: enough for most random programs, and the others may stay undecided on both sides."""


@pytest.mark.full
def test_the_corpus_is_recalled_as_it_is_read() -> None:
    asked = [replace(each, budget=BUDGET) for each in own_questions() if each.intent_text is not None]
    given = [each for each in asked if each.arguments or not each.context.is_empty()]
    assert len(given) >= 20
    assert recalled_as_read(given, given, given) >= 5


def recalled_as_read(*turns: Sequence[Question]) -> int:
    """How many verdicts were recalled, once each question was answered as by an expert that keeps no template.

    What is not approved in one turn is not asked again in the next.
    """
    solver, kept, recalled = Once(), list[ExpertVerdict](), 0
    expert, plain = Z3Expert(solver, identity()), reading_expert(solver)
    refused = set[str]()
    for turn in turns:
        for question in turn:
            if repr(question) in refused:
                continue
            verdict = expert.verify(question, TIME_MS)
            assert verdict == plain.verify(question, TIME_MS), question
            recalled += any(verdict is other for other in kept)
            kept.append(verdict)
            if verdict.verdict is not Vote.APPROVE:
                refused.add(repr(question))
    return recalled


def questions_of(seed: int) -> list[Question]:
    """Questions about a random program that holds in general, and others of its skeleton; none about any other.

    They give all values, some, all with more decimals than needed, and none.
    """
    text, random = generate(seed).text.encode(), Random(seed)
    reading = read(text)
    if reading.file is None or not holds(text):
        return []
    watched = []
    for position, program in enumerate(reading.file.programs):
        oracle = Oracle(reading, position, obligations(reading.file))
        roots = [term for each in oracle.obligations for term in (*each.assumptions, each.claim)]
        states = sampled(program, roots, 60, random)
        watched.append(Watched(oracle, [seen for state in states if (seen := oracle.glance(state))], complete=False))
    found = [made for made in (instance(watched, random) for _ in range(8)) if made.usable]
    found = sorted(found, key=lambda made: not made.holds)[:3]
    skeleton = lift(reading)
    texts = [text]
    if skeleton is not None:
        near = {each.name: max(0, each.value + random.choice((-1, 0, 1, 7))) for each in skeleton.literals}
        texts.append(skeleton.text(near))
    questions = [made.question(each) for each in texts for made in found]
    questions += [partly(made, random).question(text) for made in found[:1]]
    questions += [replace(each, arguments=finer(each.arguments)) for each in questions[:1]]
    return [replace(each, budget=BUDGET) for each in [*questions, Question("t", text)]]


def holds(text: bytes) -> bool:
    """Whether all obligations of a text are proved for all values with little work."""
    return solve(Task(Question("t", text), Matter.GENERAL, BUDGET), TIME_MS).proved


def finer(given: Mapping[str, str]) -> dict[str, str]:
    """The same values with more decimals than they had."""
    return {name: f"{text}.000000" if text.isdigit() else text for name, text in given.items()}


def recalled_of(seeds: Sequence[int], direction: int) -> int:
    """As `recalled_as_read`, for the questions of these seeds, each of them three times in both orders."""
    total = 0
    for seed in seeds:
        found = questions_of(seed)[::direction]
        total += recalled_as_read(found, found, found[::-1])
    return total


@pytest.mark.parametrize("direction", [1, -1])
def test_random_programs_are_recalled_as_they_are_read(direction: int) -> None:
    assert recalled_of(range(5), direction) >= 2


@pytest.mark.full
@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize("part", range(12))
def test_many_random_programs_are_recalled_as_they_are_read(part: int, direction: int) -> None:
    assert recalled_of(range(1_000 + 50 * part, 1_050 + 50 * part), direction) >= 20
