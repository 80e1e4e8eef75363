"""One seed from text to answer: every comparison there is, and what of it disagrees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from random import Random

from aethel.decision.path import run_local
from aethel.decision.thresholds import Thresholds
from aethel.intent.obligations import obligations
from aethel.intent.reading import Reading, read
from aethel.ledger.expert import GuardianExpert
from aethel.prover.local import local_expert
from aethel.request import Expert, Question
from aethel.security.expert import SentinelExpert
from aethel.verdict import (
    GUARDIAN_EXPERT,
    SENTINEL_EXPERT,
    Z3_EXPERT,
    Consensus,
    Disposition,
    ExpertVerdict,
    MOEResult,
    Outcome,
    Vote,
)
from tests.fuzz.agreement import Lowered, differences, misunderstandings, shape, single_evaluation
from tests.fuzz.bounding import is_ambiguous
from tests.fuzz.constructs import Construct, constructs
from tests.fuzz.digests import different_meanings, equal_digests
from tests.fuzz.garbling import OVERRIDE
from tests.fuzz.generator import Case, generate
from tests.fuzz.instances import instance, judge_instance, judge_partly, partly
from tests.fuzz.judgement import WRONG_APPROVAL, WRONG_REJECTION, Disagreement, Watched, judge
from tests.fuzz.model import scales_of
from tests.fuzz.oracle import Oracle, Seen
from tests.fuzz.sharing import read_once
from tests.fuzz.states import State, complete, sampled

_AMPLE_MS = 60_000.0
"""Time for an expert on one program: never used up, so that work budgets alone decide and every run is the same."""

_TIMEOUTS_MS = {Z3_EXPERT: _AMPLE_MS, SENTINEL_EXPERT: _AMPLE_MS, GUARDIAN_EXPERT: _AMPLE_MS}


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is tried on one program: `states` sampled, `compared` of them in all readings.

    `with_values` is the share of programs that are asked about with values too, `with_digests` of those whose digests
    are compared with others', `budget` the solver's for one question, in its resource units.
    """

    states: int = 50
    compared: int = 10
    with_values: float = 0.5
    with_digests: float = 1.0
    budget: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one seed. `answer` is None for a text that is no intent."""

    case: Case
    answer: Consensus | None
    constructs: frozenset[Construct]
    disagreements: tuple[Disagreement, ...]
    questions: int = 1


_WISHES = frozenset({"S16", "S17", "S18", "S19", "S20", "S21", "S22", "S23"})
"""Classes under which the Sentinel refuses intents whose every property holds, as one that may pay less than asked."""


class _SentinelOnMeaning(SentinelExpert):
    """The Sentinel without the classes that no property of an intent speaks of, and so no interpreter."""

    def verify(self, question: Question, deadline_ms: float) -> ExpertVerdict:
        said = super().verify(question, deadline_ms)
        findings = tuple(found for found in said.findings if found.code not in _WISHES)
        if said.verdict is not Vote.REJECT or any(found.disposition is Disposition.REJECT for found in findings):
            return said
        results = tuple(
            replace(each, outcome=Outcome.PROVED) if each.id in _WISHES else each for each in said.obligations
        )
        return replace(said, verdict=Vote.APPROVE, code="", findings=findings, obligations=results)


def experts() -> tuple[Expert, ...]:
    """The panel, in this process."""
    return (local_expert(), _SentinelOnMeaning(), GuardianExpert())


def examine(seed: int, panel: Iterable[Expert], effort: Effort) -> Report:
    """Generate the program of a seed and hold every reading of it against every other; what raises disagrees too."""
    case = generate(seed)
    try:
        with read_once():
            return _examined(case, panel, effort)
    except Exception as error:  # noqa: BLE001 - nothing of the product may raise, and a long run must go on
        return Report(case, None, frozenset(), (Disagreement("crash", repr(error)),))


def _examined(case: Case, panel: Iterable[Expert], effort: Effort) -> Report:
    panel, text = tuple(panel), case.text.encode()
    reading = read(text)
    if reading.file is None:
        return Report(case, None, frozenset(), tuple(_unread(case, reading, panel)))
    random = Random(f"states {case.seed}")
    found: list[Disagreement] = []
    watched = [_watched(case, reading, position, effort, random) for position in range(len(reading.file.programs))]
    for position, each in enumerate(watched):
        found += _readings(case, position, each, effort)
    answer = _ask(Question("template", text, budget=effort.budget), panel)
    found += judge(answer, watched)
    asked = 1
    with_values = random.random() < effort.with_values
    for disagreements in _with_values(text, watched, panel, effort, random) if with_values else ():
        found += disagreements
        asked += 1
    if OVERRIDE in case.text:
        # Rejected for its text, whatever holds of what it means.
        found = [each for each in found if each.kind != WRONG_REJECTION]
        if answer.consensus is not Consensus.REJECTED:
            found.append(Disagreement(WRONG_APPROVAL, f"{answer.consensus.value} for a text that shows as another"))
    if case.file is not None and (effort.with_digests >= 1 or random.random() < effort.with_digests):
        found += equal_digests(case, reading, random)
        found += different_meanings(case, reading, watched, random)
    return Report(case, answer.consensus, constructs(reading), tuple(found), asked)


def _ask(question: Question, panel: tuple[Expert, ...]) -> MOEResult:
    return run_local(question, panel, Thresholds(), _TIMEOUTS_MS)


def _unread(case: Case, reading: Reading, panel: tuple[Expert, ...]) -> Iterator[Disagreement]:
    """A text that is refused must be refused by the mesh too, with a place; one that was meant must not be refused."""
    finding = reading.findings[0]
    if case.file is not None and not case.mutated:
        yield Disagreement("refused", finding.message)
    answer = _ask(Question("unread", case.text.encode()), panel)
    if answer.consensus is not Consensus.REJECTED or finding.span is None:
        yield Disagreement("unread", f"{answer.consensus.value} for a text that is no intent")


def _watched(case: Case, reading: Reading, position: int, effort: Effort, random: Random) -> Watched:
    assert reading.file is not None
    program = reading.file.programs[position]
    oracle = Oracle(reading, position, obligations(reading.file))
    if case.domains is not None:
        return Watched(oracle, _seen(oracle, complete(program, case.domains[position])), complete=True)
    return Watched(oracle, _seen(oracle, sampled(program, oracle.terms, effort.states, random)), complete=False)


def _seen(oracle: Oracle, states: Iterable[State]) -> list[Seen]:
    return [seen for state in states if (seen := oracle.glance(state)) is not None]


def _readings(case: Case, position: int, watched: Watched, effort: Effort) -> Iterator[Disagreement]:
    """Lowered terms, interpreter and intended meaning in some of the states, the telling ones first."""
    oracle = watched.oracle
    lowered = Lowered(oracle.program, oracle.obligations)
    meant = case.file.intents[position] if case.file is not None else None
    if meant is not None and is_ambiguous(meant):
        meant = None
    if meant is not None:
        for detail in shape(meant, oracle.program):
            yield Disagreement("interpreter against meaning", detail)
    scales = scales_of(case.file) if case.file is not None else {}
    telling = sorted(watched.seen, key=lambda seen: (not seen.failing, not seen.admitted))
    half = effort.compared // 2
    for seen in [*telling[:half], *islice(reversed(telling), half)]:
        for detail in differences(oracle, lowered, seen):
            yield Disagreement("lowering against interpreter", f"{detail} with {seen.state}")
        if meant is not None:
            for detail in misunderstandings(meant, scales, oracle, seen):
                yield Disagreement("interpreter against meaning", f"{detail} with {seen.state}")
    for seen in watched.seen:
        for detail in oracle.unasked(seen):
            yield Disagreement("no obligation", f"{detail} with {seen.state}")
    for seen in telling[:1]:
        for detail in single_evaluation(lowered, seen.state):
            yield Disagreement("evaluation", f"{detail} with {seen.state}")


def _with_values(
    text: bytes, watched: list[Watched], panel: tuple[Expert, ...], effort: Effort, random: Random
) -> Iterator[list[Disagreement]]:
    """One question with all values given, or with some of them."""
    made = instance(watched, random)
    if not made.usable:
        return
    if random.random() < 0.7:
        question = replace(made.question(text), budget=effort.budget)
        yield list(judge_instance(made, _ask(question, panel), watched))
    else:
        some = partly(made, random)
        question = replace(some.question(text), budget=effort.budget)
        yield list(judge_partly(some, _ask(question, panel)))
