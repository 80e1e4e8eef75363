"""Holds what the mesh answers about a whole text against everything the oracle has seen of its intents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from aethel.intent.interpreter import holds
from aethel.intent.obligations import Aspect, Kind, Obligation
from aethel.intent.program import Program, Role
from aethel.intent.replay import runs_differ
from aethel.intent.terms import Sort, Value
from aethel.intent.types import Boolean, Integer, Money, Rational
from aethel.prover.two_runs import SECOND
from aethel.verdict import (
    GUARDIAN_EXPERT,
    REFUTING_OUTCOMES,
    Z3_EXPERT,
    Consensus,
    Counterexample,
    ExpertVerdict,
    Finding,
    MOEResult,
    ObligationResult,
    Outcome,
    Vote,
)
from tests.fuzz.oracle import Oracle, Seen
from tests.fuzz.renaming import told_apart
from tests.fuzz.states import State


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Something that two of the readings of a program say differently; `kind` groups them."""

    kind: str
    detail: str


WRONG_APPROVAL = "wrong approval"
WRONG_REJECTION = "wrong rejection"


@dataclass(frozen=True, slots=True)
class Watched:
    """One intent with the states seen of it; `complete` where no other state is admitted."""

    oracle: Oracle
    seen: Sequence[Seen]
    complete: bool

    def failing(self, obligation: str) -> Seen | None:
        """A state inside the hypotheses in which the obligation fails."""
        return next((each for each in self.seen if each.supposed and obligation in each.failing), None)

    @property
    def started(self) -> Seen | None:
        return next((each for each in self.seen if each.supposed and each.guarded), None)

    @property
    def admitted(self) -> Seen | None:
        return next((each for each in self.seen if each.supposed and each.admitted), None)

    @property
    def running(self) -> Seen | None:
        """A state that is admitted, as far as the execution comes."""
        return next((each for each in self.seen if each.supposed and each.run.admitted), None)

    @property
    def broken(self) -> Seen | None:
        """A state in which anything fails."""
        return next((each for each in self.seen if each.supposed and each.failing), None)


def judge(answer: MOEResult, watched: Sequence[Watched]) -> Iterator[Disagreement]:
    """Everything about the answer to a template that what was seen contradicts."""
    for name in (Z3_EXPERT, GUARDIAN_EXPERT):
        verdict = next((each for each in answer.expert_verdicts if each.expert_name == name), None)
        if verdict is not None:
            yield from judge_verdict(verdict, watched)
    yield from _second_runs(answer, watched)
    yield from _whole(answer, watched)


def judge_verdict(verdict: ExpertVerdict, watched: Sequence[Watched]) -> Iterator[Disagreement]:
    """Everything that one expert says of the obligations of a template and what was seen contradicts."""
    by_id = {each.id: (each, w) for w in watched for each in w.oracle.obligations}
    for result in verdict.obligations:
        if result.id not in by_id:
            if result.outcome not in (Outcome.NOTHING_TO_CHECK, Outcome.REFUTED):
                yield Disagreement("unknown obligation", f"{verdict.expert_name} {result.id} {result.outcome.value}")
            continue
        obligation, mine = by_id[result.id]
        where = f"{verdict.expert_name} says {result.id} is {result.outcome.value}"
        if result.outcome is Outcome.PROVED or _follows(obligation, result):
            if mine.oracle.alone(result.id) or _all_proved(verdict, mine.oracle.alike((result.id,))):
                yield from _proved(where, obligation, mine)
        elif result.outcome in REFUTING_OUTCOMES:
            yield from judge_refutation(where, obligation, mine, result)
        elif result.outcome is Outcome.DISAGREEMENT and (
            obligation.earlier is not None or not _divides_by_zero(verdict, by_id, mine)
        ):
            yield Disagreement("expert against interpreter", f"{where}: {result.detail}")


def _follows(obligation: Obligation, result: ObligationResult) -> bool:
    """Whether it is said of a divisor that an execution in which it is zero ends before it."""
    return obligation.aspect is Aspect.DIVISOR and result.outcome is Outcome.NOTHING_TO_CHECK


def _all_proved(verdict: ExpertVerdict, ids: frozenset[str]) -> bool:
    return all(result.outcome is Outcome.PROVED for result in verdict.obligations if result.id in ids)


def _proved(where: str, obligation: Obligation, watched: Watched) -> Iterator[Disagreement]:
    if obligation.kind in (Kind.NON_VACUOUS, Kind.CONSISTENT):
        found = watched.started if obligation.kind is Kind.NON_VACUOUS else watched.running
        if watched.complete and found is None:
            yield Disagreement(WRONG_APPROVAL, f"{where}, no state is admitted")
        return
    if obligation.neutrality is not None:
        apart = told_apart(watched.oracle, watched.seen, restricted=bool(obligation.neutrality.restricting))
        if apart is not None:
            yield Disagreement(WRONG_APPROVAL, f"{where}, it fails between {apart[0]} and {apart[1]}")
        return
    failing = watched.failing(obligation.id)
    if failing is not None:
        yield Disagreement(WRONG_APPROVAL, f"{where}, it fails with {failing.state}")


def judge_refutation(
    where: str, obligation: Obligation, watched: Watched, result: ObligationResult
) -> Iterator[Disagreement]:
    """What was seen that contradicts a refutation: it must come with values under which the obligation really fails."""
    if obligation.kind in (Kind.NON_VACUOUS, Kind.CONSISTENT):
        found = watched.started if obligation.kind is Kind.NON_VACUOUS else watched.admitted
        if found is not None:
            yield Disagreement(WRONG_REJECTION, f"{where}, admitted is {found.state}")
        return
    if obligation.kind is Kind.IDENTITY_NEUTRAL:
        return
    if watched.complete and watched.failing(obligation.id) is None:
        yield Disagreement(WRONG_REJECTION, f"{where}, it holds in every state")
    if result.counterexample is None or not result.counterexample.replayed:
        yield Disagreement(WRONG_REJECTION, f"{where} without a replayed counterexample")
        return
    state = shown_state(watched.oracle.program, result.counterexample)
    if state is not None:
        seen = watched.oracle.see(state)
        fails = obligation.id in seen.failing or (seen.divided and seen.failing)
        if not (seen.supposed and fails):
            yield Disagreement(WRONG_REJECTION, f"{where}, it does not fail with the values shown: {state}")
        yield from _shown_after(where, watched.oracle.program, result.counterexample, seen)


def shown_state(program: Program, shown: Counterexample) -> State | None:
    """The values of a counterexample as a person reads them; None where secrets are left out of it."""
    texts = {**dict(shown.inputs), **dict(shown.before)}
    labels = {cell.name: cell.label for cell in program.cells}
    state: State = {}
    for variable in program.variables:
        cell = variable.name.rpartition(" ")[2]
        if variable.role is Role.NEW_CELL:
            text = dict(shown.after).get(labels[cell])
        else:
            text = texts.get(f"old_{labels[cell]}" if variable.role is Role.OLD_CELL else variable.name)
        if text is None:
            return None
        match variable.type:
            case Boolean():
                state[variable.name] = text == "true"
            case Money() | Integer() | Rational():
                number = Fraction(text) * 10**variable.scale
                state[variable.name] = number.numerator if number.denominator == 1 else number
            case _:
                state[variable.name] = text
    return state


def _shown_after(where: str, program: Program, shown: Counterexample, seen: Seen) -> Iterator[Disagreement]:
    """The values after must be those the interpreter computes, wherever it computes any."""
    if seen.divided:
        return
    names = {cell.label: cell.name for cell in program.cells}
    for label, text in shown.after:
        value: Value = seen.run.after[names[label]]
        read: Value = text == "true" if isinstance(value, bool) else text
        if not isinstance(value, bool | str):
            read = Fraction(text)
        if read != value:
            yield Disagreement("counterexample", f"{where} and shows {label} = {text}, it becomes {value}")


def _divides_by_zero(verdict: ExpertVerdict, by_id: Mapping[str, tuple[Obligation, Watched]], watched: Watched) -> bool:
    """Whether a divisor of the same intent was refuted: then the values after it mean nothing, and are no evidence."""
    return any(
        result.outcome is Outcome.REFUTED
        and result.id in by_id
        and by_id[result.id][0].aspect is Aspect.DIVISOR
        and by_id[result.id][1] is watched
        for result in verdict.obligations
    )


def _whole(answer: MOEResult, watched: Sequence[Watched]) -> Iterator[Disagreement]:
    issues = any(each.oracle.program.issues for each in watched)
    complete = all(each.complete for each in watched)
    broken = next((each.broken for each in watched if each.broken is not None), None)
    idle = any(each.complete and each.admitted is None for each in watched)
    match answer.consensus:
        case Consensus.APPROVED:
            if broken is not None or issues or idle:
                why = "money is issued" if issues else f"failing is {broken.failing if broken else 'to start at all'}"
                yield Disagreement(WRONG_APPROVAL, f"APPROVED, but {why}")
            for each in watched:
                yield from _true_after(each)
        case Consensus.REJECTED:
            partial = tells_apart(answer, watched)
            if complete and broken is None and not issues and not idle and not partial:
                yield Disagreement(WRONG_REJECTION, f"REJECTED, but everything holds everywhere: {answer.reason}")
            if not _explained(answer):
                yield Disagreement(WRONG_REJECTION, f"REJECTED without a refutation: {answer.reason}")
        case Consensus.UNCERTAIN:
            if any(finding.code == "SECOND_LINE" for finding in answer.findings):
                yield Disagreement("second line", answer.reason)


def _partial(answer: MOEResult) -> list[Finding]:
    """What is said of two runs that end differently: with values, only what rejects is about them."""
    return [
        found
        for verdict in answer.expert_verdicts
        for found in verdict.findings
        if found.code == Kind.IDENTITY_NEUTRAL.name
    ]


def tells_apart(answer: MOEResult, watched: Sequence[Watched]) -> bool:
    """Whether two runs are shown that differ in who takes part only, and the interpreter tells them apart."""
    return bool(_partial(answer)) and not list(_second_runs(answer, watched))


def _second_runs(answer: MOEResult, watched: Sequence[Watched]) -> Iterator[Disagreement]:
    """The two runs that are shown must be inside the hypotheses, and must be told apart."""
    for finding in _partial(answer):
        oracle = next(each.oracle for each in watched if each.oracle.program.name == finding.intent)
        first = None if finding.counterexample is None else shown_state(oracle.program, finding.counterexample)
        if finding.counterexample is None or (first is None and not any(v.secret for v in oracle.program.variables)):
            yield Disagreement(WRONG_REJECTION, f"two runs without values: {finding.message}")
        if first is None:
            continue
        second = {**first, **_instead(oracle.program, finding)}
        values = {**first, **{f"other {name}": value for name, value in second.items()}}
        supposed = oracle.see(first).supposed and oracle.see(second).supposed
        made = oracle.neutrality
        if made is None or not (supposed and runs_differ(oracle.reading, oracle.position, made, values)):
            yield Disagreement(WRONG_REJECTION, f"two runs are not told apart: {values}")


def _instead(program: Program, finding: Finding) -> State:
    """The identities of the second run that differ from those of the first."""
    labels = {cell.name: cell.label for cell in program.cells}
    shown = {name.removesuffix(f" {SECOND}"): value for name, value in finding.numbers}
    names = {
        each.name: f"old_{labels[each.name.removeprefix('old ')]}" if each.role is Role.OLD_CELL else each.name
        for each in program.variables
        if each.term.sort is Sort.IDENTITY and each.role is not Role.NEW_CELL
    }
    return {name: shown[text] for name, text in names.items() if text in shown}


def _explained(answer: MOEResult) -> bool:
    """Whether somebody who rejects also says which obligation fails."""
    return any(
        verdict.verdict is Vote.REJECT and any(result.outcome in REFUTING_OUTCOMES for result in verdict.obligations)
        for verdict in answer.expert_verdicts
    )


def _true_after(watched: Watched) -> Iterator[Disagreement]:
    """What was approved: every line is plainly true of every execution, and only written cells change."""
    oracle = watched.oracle
    written = {cell.name for cell in oracle.program.cells if cell.written}
    decimals = dict(oracle.program.scales)
    for seen in watched.seen:
        if not (seen.supposed and seen.admitted):
            continue
        after = seen.run.after
        if not holds(oracle.analysed, decimals, seen.before, after):
            yield Disagreement(WRONG_APPROVAL, f"APPROVED, but a line is false with {seen.state}")
        changed = [key for key, value in seen.before.items() if after[key] != value and key not in written]
        if changed:
            yield Disagreement(WRONG_APPROVAL, f"APPROVED, but {changed} change with {seen.state}")
