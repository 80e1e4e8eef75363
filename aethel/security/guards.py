"""S14 and S15: guards that say nothing, branches that nothing reaches, and preconditions that exclude one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aethel.intent import syntax
from aethel.intent.program import Condition, Program, Store
from aethel.intent.reading import Analysed
from aethel.intent.terms import Value
from aethel.security.admission import Admission
from aethel.security.classes import SecurityClass, Weakness
from aethel.security.linear import Exhausted
from aethel.security.reasoning import excluded
from aethel.security.witnesses import Aim, candidate, satisfies
from aethel.verdict import Disposition, Finding, Outcome, Span

MOST_REDUCED = 12
"""Lines that are left out one by one to find those that contradict; of more lines all are named."""

_LISTED_LINES = 8


@dataclass(frozen=True, slots=True)
class _Line:
    """A precondition with what it demands of an execution."""

    line: Condition
    is_guard: bool


def contradiction(admission: Admission) -> Finding | None:
    """S15: the preconditions that are shown to exclude one another whatever the values are; raises Exhausted."""
    if admission.typed is None or (admission.admitted is not None and not excluded(admission.admitted)):
        return None
    lines = _least(admission, _lines(admission.program))
    first = lines[0].line if lines else None
    named = _named([each.line for each in lines])
    alone = len(lines) == 1
    return Finding(
        SecurityClass.CONTRADICTION.value,
        f"{named} can never hold" if alone else f"these preconditions can never hold together: {named}",
        span=admission.program.span if first is None else first.span,
        intent=admission.program.name,
        cwe=Weakness.ALWAYS_FALSE,
        advice="remove the precondition that is not meant" if not alone else "correct or remove the precondition",
    )


def compatible(admission: Admission) -> Outcome:
    """S15 where nothing contradicts: PROVED with values that every precondition admits, else UNMODELLED."""
    knowledge = admission.admitted
    if knowledge is None:
        return Outcome.UNMODELLED
    given: Mapping[str, Value] = {}
    for aim in (Aim.UNIT, Aim.HIGH):
        values = candidate(admission.program, given, knowledge, {}, aim)
        if values is not None and satisfies(values, admission.conditions(frozenset()), knowledge):
            return Outcome.PROVED
    return Outcome.UNMODELLED


def constant_guards(admission: Admission, analysed: Analysed) -> Iterator[Finding]:
    """S14: guards and requires that hold whatever the values are, snapshots of a cell aside; raises Exhausted."""
    typed = admission.typed
    if typed is None:
        return
    program = admission.program
    written = [line for line in analysed.intent.guard if isinstance(line, syntax.Check)]
    for line, node in zip(program.guards, written, strict=True):
        if typed.truth(line.term) is True and not _is_snapshot(node.condition):
            yield _constant(program, line, "guard")
    for line in program.requires:
        if typed.truth(line.term) is True:
            yield _constant(program, line, "`require`")


def unreachable(admission: Admission) -> Iterator[Finding]:
    """S14: the first line of every branch that no admitted execution takes; raises Exhausted."""
    knowledge, program = admission.admitted, admission.program
    if knowledge is None:
        return
    reached: set[int] = set()
    dead: dict[int, tuple[Span, int]] = {}
    lines: tuple[Store | Condition, ...] = (*program.stores, *program.requires, *program.posts)
    for line in lines:
        if knowledge.truth(line.path) is False:
            dead.setdefault(line.span.start, (line.span, line.path.order))
        else:
            reached.add(line.span.start)
    told: set[int] = set()
    for start, (span, path) in dead.items():
        if start not in reached and path not in told:
            told.add(path)
            yield _advice(program, span, "no execution comes to this line", Weakness.DEAD_CODE, "remove the branch")


def unused(findings: Sequence[Finding]) -> Iterator[Finding]:
    """S14: parameters and bindings that nothing uses, as reading the text found them."""
    for found in findings:
        if found.code == "UNUSED":
            yield Finding(
                SecurityClass.DEAD_GUARDS.value,
                found.message,
                Disposition.ADVISE,
                found.span,
                found.intent,
                cwe=Weakness.DEAD_CODE,
                advice="use it or remove it",
            )


def _lines(program: Program) -> list[_Line]:
    guards = [_Line(line, True) for line in program.guards]
    return guards + [_Line(line, False) for line in program.requires]


def _contradict(admission: Admission, lines: Sequence[_Line]) -> bool:
    terms = admission.program.terms
    conditions = (each.line.term if each.is_guard else terms.implies(each.line.path, each.line.term) for each in lines)
    knowledge = admission.under(conditions)
    return knowledge is None or excluded(knowledge)


def _least(admission: Admission, lines: list[_Line]) -> list[_Line]:
    """Of lines that contradict, those that do so without the others, as far as work allows."""
    if len(lines) > MOST_REDUCED:
        return lines
    try:
        for each in tuple(lines):
            rest = [other for other in lines if other is not each]
            if rest and _contradict(admission, rest):
                lines = rest
    except Exhausted:
        pass
    return lines


def _named(lines: Sequence[Condition]) -> str:
    """Lines as a person finds them; a secret one by its place alone."""
    texts = [f"a secret line ({each.span})" if each.secret else f"`{each.text}` ({each.span})" for each in lines]
    more = len(texts) - _LISTED_LINES
    return ", ".join(texts[:_LISTED_LINES]) + (f" and {more} more" if more > 0 else "")


def _is_snapshot(node: syntax.Expression) -> bool:
    """Whether a guard only names the state before: `old_x == x`, whose two sides are one cell."""
    if not isinstance(node, syntax.Compare) or node.operator != "==":
        return False
    return all(isinstance(side, syntax.Name | syntax.Old) for side in (node.left, node.right))


def _constant(program: Program, line: Condition, what: str) -> Finding:
    message = f"the {what} {_named([line])} holds whatever the values are"
    return _advice(program, line.span, message, Weakness.ALWAYS_TRUE, "remove it, or write what it should restrict")


def _advice(program: Program, span: Span, message: str, weakness: int, advice: str) -> Finding:
    return Finding(
        SecurityClass.DEAD_GUARDS.value,
        message,
        Disposition.ADVISE,
        span,
        program.name,
        cwe=weakness,
        advice=advice,
    )
