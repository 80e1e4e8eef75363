"""Compiled conditions, hypotheses and templates of one intent, held against the reference interpreter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from aethel.intent.compiled import PRECONDITIONS, Reason, compile_conditions, picker
from aethel.intent.obligations import Obligation
from aethel.intent.program import IntentFile, Program
from aethel.intent.skeleton import Skeleton
from aethel.intent.terms import Value, variables
from aethel.intent.types import Account
from aethel.prover.store import Proof, Proved, keys_of
from aethel.prover.template import Checked, Decision, Template
from aethel.verdict import Evidence
from tests.fuzz.agreement import Lowered, differences
from tests.fuzz.judgement import WRONG_APPROVAL, WRONG_REJECTION, Disagreement
from tests.fuzz.oracle import Begun, Oracle, Seen
from tests.fuzz.states import State

COMPILED = "compiled against interpreter"


class Compiled(Lowered):
    """The terms of one program with those of its obligations as one Python function."""

    def __init__(self, program: Program, obligations: Sequence[Obligation]) -> None:
        super().__init__(program, obligations)
        names = [variable.name for variable in program.variables]
        self._orders = [root.order for root in self.roots]
        self._pick = picker(names)
        self._function = compile_conditions(self.roots, names)

    def evaluate(self, state: State) -> dict[int, Value]:
        """The value of every root, by its order."""
        return dict(zip(self._orders, self._function(*self._pick(state)), strict=True))

    def evaluated_otherwise(self, state: State) -> Iterator[str]:
        """The roots of which evaluation gives another value."""
        known, compiled = super().evaluate(state), self.evaluate(state)
        for root in self.roots:
            if known[root.order] != compiled[root.order]:
                yield f"`{root}` is {compiled[root.order]} when compiled, {known[root.order]} when evaluated"


def template_of_all(file: IntentFile, skeleton: Skeleton | None = None) -> Template:
    """The template of a file as if every obligation of it had been proved: what it approves is what a proof assumes."""
    entries = {key: Proved(key, Evidence.CROSS_CHECKED) for _, key in keys_of(file)}
    proof = Proof(file.digest, "", tuple(sorted(entries.values())))
    return Template(file, proof, skeleton.conditions if skeleton is not None else ())


@dataclass(frozen=True, slots=True)
class Held:
    """One state with what the interpreter did in it.

    `seen` is None where the guards alone end it, and for values that their types do not admit. `expected` are the
    positions of the hypotheses that may be blamed there, None among them where nothing is.
    """

    state: State
    seen: Seen | None
    expected: frozenset[int | None]


class Forms:
    """Everything that decides the hypotheses of the intent at `position` of a template's file."""

    def __init__(self, oracle: Oracle, template: Template, position: int) -> None:
        self.oracle = oracle
        self.hypotheses = template._checkers[position].compiled
        self._terms = Compiled(oracle.program, oracle.obligations)
        self._alone = template if len(template.file.programs) == 1 else None
        self._given = picker(self.hypotheses.names)
        listed = self.hypotheses.hypotheses
        self._ranges = {each.subject: index for index, each in enumerate(listed) if each.reason is Reason.RANGE}
        self._of = {reason: [index for index, each in enumerate(listed) if each.reason is reason] for reason in Reason}
        self._told_apart = _told_apart(oracle)

    def hold(self, state: State) -> Held:
        """Run the interpreter in one state and say which hypothesis is the first to be false there."""
        misfit = self.oracle.misfit(state)
        if misfit is not None:
            return Held(state, None, frozenset({self._ranges[misfit]}))
        begun = self.oracle.begin(state)
        seen = self.oracle.end(begun) if begun.goes_on else None
        return Held(state, seen, frozenset(self._expected(begun, seen)))

    def _expected(self, begun: Begun, seen: Seen | None) -> Sequence[int | None]:
        if not all(begun.guards):
            return [self._of[Reason.GUARD][begun.guards.index(False)]]
        assert seen is not None
        if not seen.run.admitted:
            return self._of[Reason.REQUIRE]
        if seen.divided:
            # An execution without an end says nothing about the requires it did not come to.
            return [None, *self._of[Reason.REQUIRE], *self._of[Reason.DISTINCT], *self._of[Reason.SUPPLY]]
        told = [begun.state[name] for name in self._told_apart]
        if len(set(told)) < len(told):
            return self._of[Reason.DISTINCT]
        rest = [None] if self.oracle.supplied(begun.state) else self._of[Reason.SUPPLY]
        return rest if self.oracle.distinct(begun.state) else [*rest, *self._of[Reason.DISTINCT]]

    def disagreements(self, held: Sequence[Held]) -> Iterator[Disagreement]:
        """What any form says of any of the states otherwise than the interpreter."""
        rows = [self._given(each.state) for each in held]
        columns = list(zip(*rows, strict=True))
        for each, row, many in zip(held, rows, self.hypotheses.first_false_many(columns), strict=True):
            yield from self._blames("many rows", many, each)
            yield from self._blames("one row", self.hypotheses.first_false(each.state), each)
            if self._alone is not None:
                yield from self._decides("the template", self._alone.check(each.state), each)
                yield from self._decides("a row of the template", self._alone.check_row(row), each)
            if each.seen is not None:
                for detail in differences(self.oracle, self._terms, each.seen):
                    yield Disagreement(COMPILED, f"{detail} with {each.state}")
        if self._alone is not None:
            for each, checked in zip(held, self._alone.check_many(columns), strict=True):
                yield from self._decides("many rows of the template", checked, each)

    def _blames(self, form: str, got: int | None, held: Held) -> Iterator[Disagreement]:
        if got not in held.expected:
            reason = None if got is None else self.hypotheses.hypotheses[got].reason
            yield _wrong(f"{form}: blamed is {got}, expected {set(held.expected)}", _decision(reason), held)

    def _decides(self, form: str, checked: Checked, held: Held) -> Iterator[Disagreement]:
        failed = None if checked.failed is None else self.hypotheses.hypotheses.index(checked.failed)
        reason = None if checked.failed is None else checked.failed.reason
        if failed not in held.expected or checked.decision is not _decision(reason):
            told = f"{form}: {checked.decision.value} for {failed}, expected {set(held.expected)}"
            yield _wrong(told, checked.decision, held)

    def with_some(self, held: Held, random: Random) -> Iterator[Disagreement]:
        """What is said with some values left out must be so with the values that were; and evaluation agrees."""
        some = {name: held.state[name] for name in self.hypotheses.names if random.random() < 0.5}
        first, left_open = self.hypotheses.partly(some)
        if first is not None and held.expected == {None}:
            yield Disagreement(WRONG_REJECTION, f"{first} is false given {some}, but not with {held.state}")
        if first is None and not held.expected & {None, *left_open}:
            yield Disagreement(WRONG_APPROVAL, f"open are {left_open} given {some}, false with {held.state}")
        for detail in self._terms.evaluated_otherwise(held.state):
            yield Disagreement(COMPILED, f"{detail} with {held.state}")

    def lifted(self, skeleton: Skeleton, template: Template, held: Sequence[Held]) -> Iterator[Disagreement]:
        """A skeleton with the literals of its own text decides as the text does; for texts of one intent.

        A text with a constant that is too wide has no proof, and its skeleton does not take that literal.
        """
        if self.oracle.program.constants:
            return
        literals = [literal.value for literal in skeleton.literals]
        given = [name for name in template.names if name in self.hypotheses.names]
        for each in held:
            checked = template.check({name: each.state[name] for name in given}, literals)
            reasons = {None if index is None else self.hypotheses.hypotheses[index].reason for index in each.expected}
            reason = None if checked.failed is None else checked.failed.reason
            if reason not in reasons or checked.decision is not _decision(reason):
                yield _wrong(f"the skeleton: {checked.decision.value} for {reason}", checked.decision, each)


def _told_apart(oracle: Oracle) -> frozenset[str]:
    """The accounts that anything depends on beside the hypotheses: only of these need distinctness be asked.

    Whoever gives two names one account is refused before anything is evaluated.
    """
    program = oracle.program
    roots = [line.term for line in (*program.guards, *program.requires)] + [line.path for line in program.requires]
    roots += [cell.after for cell in program.cells]
    roots += [each.claim for each in oracle.obligations if each.neutrality is None]
    accounts = {found.name for found in program.variables if isinstance(found.type, Account)}
    return frozenset(name for root in roots for name in variables(root) if name in accounts)


def _decision(reason: Reason | None) -> Decision:
    if reason is None:
        return Decision.APPROVE
    return Decision.REJECT if reason in PRECONDITIONS else Decision.DIRECT


def _wrong(told: str, decision: Decision, held: Held) -> Disagreement:
    kind = COMPILED
    if decision is Decision.APPROVE and None not in held.expected:
        kind = WRONG_APPROVAL
    if decision is Decision.REJECT and held.expected == {None}:
        kind = WRONG_REJECTION
    return Disagreement(kind, f"{told} with {held.state}")


def whole_file(template: Template, forms: Sequence[Forms], held: Sequence[Held]) -> Iterator[Disagreement]:
    """Every intent of a file decided at once, each in a state of its own: the first rejection counts, then a doubt."""
    wanted = [_decided(each, form) for form, each in zip(forms, held, strict=True)]
    if any(len(decisions) > 1 for decisions in wanted):
        return
    listed = [decision for decisions in wanted for decision in decisions]
    expected = next((found for found in (Decision.REJECT, Decision.DIRECT) if found in listed), Decision.APPROVE)
    values: list[Mapping[str, Value]] = [
        {name: each.state[name] for name in form.hypotheses.names} for form, each in zip(forms, held, strict=True)
    ]
    got = template.check_file(values).decision
    if got is not expected:
        kinds = {Decision.APPROVE: WRONG_APPROVAL, Decision.REJECT: WRONG_REJECTION}
        told = f"the file: {got.value}, expected {expected.value} with {[each.state for each in held]}"
        yield Disagreement(kinds.get(got, COMPILED), told)


def _decided(held: Held, form: Forms) -> set[Decision]:
    return {_decision(None if index is None else form.hypotheses.hypotheses[index].reason) for index in held.expected}
