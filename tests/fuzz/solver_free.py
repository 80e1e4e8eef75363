"""One program in many states without a solver: interpreter, compiled conditions and Guardian, each against the others.

No solver is imported here or by anything this imports.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import TypeVar

from aethel.intent.obligations import Obligation, obligations
from aethel.intent.program import Program
from aethel.intent.reading import Reading, read
from aethel.intent.skeleton import lift
from aethel.intent.terms import Value
from aethel.intent.types import Integer, Money
from aethel.ledger.expert import GuardianExpert
from aethel.prover.template import Template
from aethel.request import Question
from aethel.verdict import Vote
from tests.fuzz.agreement import misunderstandings, shape
from tests.fuzz.bounding import is_ambiguous
from tests.fuzz.compiled_forms import Forms, Held, template_of_all, whole_file
from tests.fuzz.generator import Case, generate
from tests.fuzz.guardian_answers import about_all_values, ask, in_one_state, with_everything
from tests.fuzz.instances import instance
from tests.fuzz.judgement import WRONG_APPROVAL, Disagreement, Watched
from tests.fuzz.model import scales_of
from tests.fuzz.oracle import Oracle
from tests.fuzz.sharing import read_once
from tests.fuzz.states import State, complete, outside, sampled
from tests.intent.compiling import skeleton_differences

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is tried on one program.

    `states` are sampled where not all can be tried, with `outside` more in which a value does not fit its type, and
    every form of the guards decides each of them. Of these the Guardian is asked about `given`, `partly` are tried with
    values left out, `meant` are held against the intended meaning. `lifted` is the share of programs whose skeleton is
    tried too.
    """

    states: int = 64
    outside: int = 4
    given: int = 6
    partly: int = 2
    meant: int = 3
    lifted: float = 0.1


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one seed: `cases` counts states, `questions` what the Guardian was asked.

    `answer` is its vote on all values, None for a text that is no intent.
    """

    case: Case
    answer: Vote | None
    cases: int
    questions: int
    disagreements: tuple[Disagreement, ...]


def examine(seed: int, guardian: GuardianExpert, effort: Effort) -> Report:
    """Generate the program of a seed and hold every solver-free reading of it against every other.

    What raises disagrees too.
    """
    case = generate(seed)
    try:
        with read_once():
            return _Examination(case, guardian, effort).report()
    except Exception as error:  # noqa: BLE001 - nothing of the product may raise, and a long run must go on
        return Report(case, None, 0, 0, (Disagreement("crash", repr(error)),))


class _Examination:
    """Everything that is tried on one program."""

    def __init__(self, case: Case, guardian: GuardianExpert, effort: Effort) -> None:
        self.case, self.guardian, self.effort = case, guardian, effort
        self.text = case.text.encode()
        self.random = Random(f"solver-free {case.seed}")
        self.questions = 1

    def report(self) -> Report:
        reading = read(self.text)
        verdict = ask(self.guardian, Question("template", self.text))
        if reading.file is None:
            told = f"the Guardian says {verdict.verdict.value} of a text that is no intent"
            wrong = Disagreement(WRONG_APPROVAL, told)
            return Report(self.case, None, 0, 1, () if verdict.verdict is Vote.REJECT else (wrong,))
        listed = obligations(reading.file)
        template = template_of_all(reading.file)
        forms = [
            Forms(Oracle(reading, position, listed), template, position)
            for position in range(len(reading.file.programs))
        ]
        held = [self._held(form, position, listed) for position, form in enumerate(forms)]
        watched = [
            Watched(form.oracle, [each.seen for each in mine if each.seen is not None], self.case.domains is not None)
            for form, mine in zip(forms, held, strict=True)
        ]
        found = [*about_all_values(verdict, watched)]
        for position, (form, mine) in enumerate(zip(forms, held, strict=True)):
            found += self._of_intent(reading, position, form, mine, watched[position])
        found += self._of_file(reading, template, forms, held, watched)
        return Report(self.case, verdict.verdict, sum(map(len, held)), self.questions, tuple(found))

    def _held(self, form: Forms, position: int, listed: Sequence[Obligation]) -> list[Held]:
        """The states of one intent, each once."""
        program = form.oracle.program
        if self.case.domains is not None:
            states: Iterator[State] = complete(program, self.case.domains[position])
        else:
            states = iter(sampled(program, form.oracle.terms, self.effort.states, self.random))
        distinct = {tuple(plain.values()): plain for plain in (_plain(program, state) for state in states)}
        tried = list(distinct.values())
        beyond = (outside(program, state, self.random) for state in self._some(tried, self.effort.outside))
        return [form.hold(state) for state in (*tried, *(state for state in beyond if state is not None))]

    def _of_intent(
        self, reading: Reading, position: int, form: Forms, held: list[Held], watched: Watched
    ) -> Iterator[Disagreement]:
        yield from form.disagreements(held)
        for each in self._some(held, self.effort.partly):
            yield from form.with_some(each, self.random)
        yield from self._meant(position, watched)
        for seen in watched.seen:
            for detail in watched.oracle.unasked(seen):
                yield Disagreement("no obligation", f"{detail} with {seen.state}")
        ended = [each for each in held if each.seen is None and watched.oracle.misfit(each.state) is None]
        asked = [each.seen for each in self._some(held, self.effort.given) if each.seen is not None]
        asked += [watched.oracle.see(each.state) for each in self._some(ended, 1)]
        for seen in asked:
            self.questions += 1
            yield from in_one_state(reading, position, watched, seen, self.random)

    def _meant(self, position: int, watched: Watched) -> Iterator[Disagreement]:
        meant = self.case.file.intents[position] if self.case.file is not None else None
        if self.case.file is None or meant is None or is_ambiguous(meant):
            return
        details = [*shape(meant, watched.oracle.program)]
        scales = scales_of(self.case.file)
        for seen in self._some(watched.seen, self.effort.meant):
            details += misunderstandings(meant, scales, watched.oracle, seen)
        for detail in details:
            yield Disagreement("interpreter against meaning", detail)

    def _of_file(
        self,
        reading: Reading,
        template: Template,
        forms: Sequence[Forms],
        held: Sequence[list[Held]],
        watched: Sequence[Watched],
    ) -> Iterator[Disagreement]:
        if len(forms) > 1 and all(held):
            for _ in range(self.effort.partly):
                yield from whole_file(template, forms, [self.random.choice(mine) for mine in held])
        made = instance(watched, self.random)
        if made.usable:
            self.questions += 1
            yield from with_everything(self.guardian, self.text, made, watched, template)
        if self.random.random() < self.effort.lifted:
            for detail in skeleton_differences(reading, 6, self.random):
                yield Disagreement("skeleton", detail)
            skeleton = lift(reading)
            if skeleton is not None and len(forms) == 1:
                yield from forms[0].lifted(skeleton, template_of_all(skeleton.file, skeleton), held[0])

    def _some(self, items: Sequence[Item], most: int) -> list[Item]:
        return self.random.sample(items, min(most, len(items)))


def _plain(program: Program, state: State) -> State:
    """The state with whole numbers as such, as a request would give them."""
    return {variable.name: _number(state[variable.name], variable.type) for variable in program.variables}


def _number(value: Value, type_: object) -> Value:
    whole = isinstance(value, Fraction) and value.denominator == 1 and isinstance(type_, Money | Integer)
    return int(value) if whole else value
