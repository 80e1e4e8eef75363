"""Templates: what was proved for all values, checked for one by evaluating every hypothesis of the proof.

No solver is asked: where the hypotheses hold, the proof says that every obligation does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from aethel.intent.compiled import PRECONDITIONS, CompiledHypotheses, Hypothesis, NotCompiled, picker
from aethel.intent.compiled_binding import Binding
from aethel.intent.obligations import obligations
from aethel.intent.program import IntentFile, Program
from aethel.intent.reading import Reading
from aethel.intent.skeleton import Skeleton
from aethel.intent.skeleton_literals import literal_number
from aethel.intent.terms import Term, Value
from aethel.prover.store import SATISFIABILITY, Proof, is_lifted, results_of
from aethel.request import Context
from aethel.verdict import Evidence, ObligationResult, Outcome

_TERM_BYTES = 500
"""What one term of a program takes in memory, about, with what is compiled of it."""


class Decision(Enum):
    """What a check of concrete values found.

    APPROVE: every obligation holds. REJECT: a guard or `require` is false. DIRECT: some other hypothesis of the proof
    is false, or what was lifted does not fit, so that the proof says nothing and the text must be decided itself.
    WITNESS: every obligation on all executions holds, but values are missing that would show that the literals of the
    text admit any execution, so that `non_vacuous` and `consistent` are still to be decided.
    """

    APPROVE = "approve"
    WITNESS = "witness"
    REJECT = "reject"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class Checked:
    """The decision; `failed` is the first false hypothesis, in the program at `program`.

    `open` are the hypotheses that depend on values that were not given: an APPROVE holds for all such values that
    fulfil them.
    """

    decision: Decision
    failed: Hypothesis | None = None
    open: tuple[Hypothesis, ...] = ()
    program: int = 0


_APPROVED = Checked(Decision.APPROVE)


class _Checker:
    """The hypotheses of one program with the answer for each that is false."""

    def __init__(self, program: Program, conditions: Sequence[Term], position: int, *, lifted: bool) -> None:
        self.compiled = CompiledHypotheses(program, conditions)
        self._partly_true = Decision.WITNESS if lifted else Decision.APPROVE
        self.answers = (*(_failed(found, position) for found in self.compiled.hypotheses), _APPROVED)
        names = self.compiled.names
        self.literals = tuple(literal_number(name) - 1 for name in names if literal_number(name))
        self.names = names[: len(names) - len(self.literals)]
        self._position = position

    def partly(self, values: Mapping[str, Value], literals: Sequence[int]) -> Checked:
        given = dict(values)
        lifted = self.compiled.names[len(self.names) :]
        given.update(zip(lifted, (literals[number] for number in self.literals), strict=True))
        first, open_ones = self.compiled.partly(given)
        if first is not None:
            return self.answers[first]
        found = tuple(self.compiled.hypotheses[index] for index in open_ones)
        return Checked(self._partly_true, None, found, self._position) if found else _APPROVED


def _failed(hypothesis: Hypothesis, program: int) -> Checked:
    decision = Decision.REJECT if hypothesis.reason in PRECONDITIONS else Decision.DIRECT
    return Checked(decision, hypothesis, (), program)


class Template:
    """A text or skeleton of which every obligation is proved.

    `results` say so where a check approves, in the words of the text it was made of; for another text that its
    skeleton matches, spans lie elsewhere and the ids are the same. `size_bytes` is about what it takes in memory.
    Raises NotCompiled where the hypotheses are too large to be compiled, ValueError where the proof is not one of the
    file.
    """

    def __init__(self, file: IntentFile, proof: Proof, conditions: Sequence[Sequence[Term]] = ()) -> None:
        results = results_of(proof, file)
        if results is None:
            raise ValueError("the proof is not one of this file")
        self.file, self.proof = file, proof
        lifted = is_lifted(file)
        self.results = (*_witnessed(file), *results) if lifted else results
        self.size_bytes = sum(program.terms.size for program in file.programs) * _TERM_BYTES + proof.size_bytes
        pairs = zip(file.programs, conditions or ((),) * len(file.programs), strict=True)
        self._checkers = tuple(
            _Checker(program, terms, position, lifted=lifted) for position, (program, terms) in enumerate(pairs)
        )
        self._binding = Binding(file.programs[0]) if len(file.programs) == 1 else None
        first = self._checkers[0]
        self._position_at, self._answers = first.compiled.position_at, first.answers
        self._first, self._names, self._pick = first, first.names, picker(first.names)
        self._wanted = len(first.literals) if len(self._checkers) == 1 else -1

    @property
    def digest(self) -> str:
        """The digest of the file or skeleton that was proved."""
        return self.file.digest

    @property
    def names(self) -> tuple[str, ...]:
        """The variables of the first program that need a value, literals aside, in the order of `check_row`."""
        return self._names

    @property
    def given_names(self) -> Collection[str]:
        """Every name by which `bind` takes a value."""
        return () if self._binding is None else self._binding.names

    def check(self, values: Mapping[str, Value], literals: Sequence[int] = ()) -> Checked:
        """Decide the only intent of the file for these values by the names of its variables; some may be missing.

        `literals` are those of the text, for a template that is a skeleton. Raises ValueError for several intents,
        which `check_file` decides, and for another number of literals.
        """
        if len(literals) != self._wanted:
            raise ValueError(f"expected one intent and {len(self._first.literals)} literals")
        try:
            row = self._pick(values)
        except KeyError:
            return self._first.partly(values, literals)
        return self._answers[self._position_at(*row, *literals)]

    def check_row(self, row: Sequence[Value]) -> Checked:
        """As `check`, for a value for each of `names`, then each literal, in order: the quickest way there is."""
        return self._answers[self._position_at(*row)]

    def check_many(self, columns: Sequence[Sequence[Value]]) -> list[Checked]:
        """As `check_row` for each row of the columns."""
        answers, all_hold = self._answers, len(self._answers) - 1
        firsts = self._first.compiled.first_false_many(columns)
        return [answers[all_hold if first is None else first] for first in firsts]

    def check_file(self, values: Sequence[Mapping[str, Value]], literals: Sequence[int] = ()) -> Checked:
        """Decide every intent of the file, each for its own values: the first that is not approved says why.

        A rejection counts before a hypothesis that is false, whichever comes first.
        """
        found = [checker.partly(given, literals) for checker, given in zip(self._checkers, values, strict=True)]
        for decision in (Decision.REJECT, Decision.DIRECT):
            for checked in found:
                if checked.decision is decision:
                    return checked
        open_ones = tuple(each for checked in found for each in checked.open)
        partly = any(checked.decision is Decision.WITNESS for checked in found)
        return Checked(Decision.WITNESS if partly else Decision.APPROVE, None, open_ones)

    def bind(self, arguments: Mapping[str, str], context: Context) -> dict[str, Value] | None:
        """Given texts as values for `check`; None where the text must be read with them, as for several intents."""
        return None if self._binding is None else self._binding.bind(arguments, context)


def _witnessed(file: IntentFile) -> tuple[ObligationResult, ...]:
    """That an execution is admitted: what no skeleton can prove for all literals, and every approved check shows."""
    detail = "the given values are admitted"
    return tuple(
        ObligationResult(each.id, Outcome.PROVED, Evidence.EVALUATED, detail, each.span)
        for each in obligations(file)
        if each.kind in SATISFIABILITY
    )


def template_of(reading: Reading, proof: Proof) -> Template | None:
    """The template of a text that was read without given values.

    None where the text is refused, the proof is of another digest, or the hypotheses are too large.
    """
    return None if reading.file is None else _template(reading.file, proof, ())


def template_of_skeleton(skeleton: Skeleton, proof: Proof) -> Template | None:
    """As `template_of`, for all texts of a skeleton whose own digest was proved."""
    return _template(skeleton.file, proof, skeleton.conditions)


def _template(file: IntentFile, proof: Proof, conditions: Sequence[Sequence[Term]]) -> Template | None:
    try:
        return Template(file, proof, conditions)
    except (NotCompiled, ValueError):
        return None
