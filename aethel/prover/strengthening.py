"""Better evidence for what was proved for all values: a certificate that a stranger checks, and a second solver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import certificate_checker
from aethel.intent.obligations import Kind, Obligation, variables_of
from aethel.intent.program import IntentFile, Program
from aethel.prover.alarm import Alarm
from aethel.prover.certificate.certify import Certificate, Why, certify_all
from aethel.prover.certificate.document import document
from aethel.prover.limits import CERTIFYING_EFFORT
from aethel.prover.reproducer import Said, may_be_told, reproducer
from aethel.prover.second_solver import CrossChecker, second_solver_version
from aethel.prover.settled import Settled, Settlement, undecided
from aethel.prover.smtlib import exported
from aethel.prover.solver import Query, Status
from aethel.prover.stops import DeadlinePassed, Unmodelled
from aethel.prover.tasks import Reproducer
from aethel.prover.version import solver_version
from aethel.verdict import Evidence, Outcome

_SATISFIABLE = frozenset({Kind.NON_VACUOUS, Kind.CONSISTENT})


@dataclass(frozen=True, slots=True)
class Strengthened:
    """The settlements with the grades they earned, the certificates, and what to keep where the solvers differ.

    `certificate` holds every certified obligation in one document, empty where there is none.
    """

    settled: tuple[Settlement, ...]
    certificate: bytes = b""
    reproducers: tuple[Reproducer, ...] = ()


def strengthen(file: IntentFile, settled: Sequence[Settlement], alarm: Alarm) -> Strengthened:
    """Certify and cross-check obligations that are all proved for all values.

    An obligation is CERTIFIED where the stand-alone checker accepts its certificate, CROSS_CHECKED where there is none
    and the second solver agrees. Where the second solver contradicts the first, certificate or not, the outcome is
    DISAGREEMENT. What is not done when the deadline passes keeps the grade it had.
    """
    certificates: dict[str, Certificate] = {}
    answers: dict[str, Status] = {}
    try:
        for position, program in enumerate(file.programs):
            listed = [each for each, _ in settled if each.program == position]
            for found in certify_all(program, listed, CERTIFYING_EFFORT, alarm.look):
                name = found.obligation.id
                if isinstance(found, Certificate):
                    certificates[name] = found
                elif found.why is Why.REFUTED:
                    answers[name] = _contradicting(found.obligation)
            own = [each for each in settled if each[0].program == position and each[0].id not in answers]
            answers |= _second_answers(program, own, alarm)
    except DeadlinePassed:
        pass
    certificate = _checked(file, tuple(certificates.values()))
    certified = certificates.keys() if certificate else frozenset()
    graded = tuple(
        (obligation, _graded(obligation, each, answers.get(obligation.id), is_certified=obligation.id in certified))
        for obligation, each in settled
    )
    differing = [obligation for obligation, each in graded if each.result.outcome is Outcome.DISAGREEMENT]
    return Strengthened(
        graded,
        b"" if differing else certificate,
        tuple(_reproducer(file.programs[each.program], each, answers[each.id]) for each in differing),
    )


def _second_answers(program: Program, settled: Sequence[Settlement], alarm: Alarm) -> dict[str, Status]:
    """The second solver's answer to each obligation that the first one was asked about."""
    queries = {obligation.id: _query(obligation) for obligation, each in settled if each.result.work > 0}
    if not queries:
        return {}
    asked = variables_of(program, *(obligation for obligation, _ in settled))
    checker = CrossChecker(asked, queries.values(), alarm)
    return {name: checker.check(query).status for name, query in queries.items()}


def _contradicting(obligation: Obligation) -> Status:
    """The answer to an obligation's query by which it is not proved."""
    return Status.UNSATISFIABLE if obligation.kind in _SATISFIABLE else Status.SATISFIABLE


def _query(obligation: Obligation) -> Query:
    return Query(obligation.assumptions, None if obligation.kind in _SATISFIABLE else obligation.claim)


def _graded(obligation: Obligation, settled: Settled, second: Status | None, *, is_certified: bool) -> Settled:
    if second is _contradicting(obligation):
        detail = "proved by one method and contradicted by another"
        return undecided(obligation, Outcome.DISAGREEMENT, detail, settled.result.work)
    if is_certified:
        why = "proved" if obligation.neutrality is None else settled.result.detail
        return _with_grade(settled, Evidence.CERTIFIED, f"{why}, with a certificate")
    if second not in (None, Status.UNDECIDED):
        return _with_grade(settled, Evidence.CROSS_CHECKED, "proved by two solvers")
    return settled


def _with_grade(settled: Settled, evidence: Evidence, detail: str) -> Settled:
    return replace(settled, result=replace(settled.result, evidence=evidence, detail=detail))


def _checked(file: IntentFile, certificates: tuple[Certificate, ...]) -> bytes:
    """The document of certificates as the stand-alone checker accepts it, empty where there are none."""
    if not certificates:
        return b""
    data = document(file, certificates)
    try:
        certificate_checker.check(data)
    except certificate_checker.Refused:
        return b""
    return data


def _reproducer(program: Program, obligation: Obligation, second: Status) -> Reproducer:
    first = Status.SATISFIABLE if obligation.kind in _SATISFIABLE else Status.UNSATISFIABLE
    said = (Said(f"z3 {solver_version()}", first), Said(second_solver_version(), second))
    try:
        script = exported(program, obligation) if may_be_told(program, ()) else None
    except Unmodelled:
        script = None
    return reproducer(program, obligation.id, said, script)
