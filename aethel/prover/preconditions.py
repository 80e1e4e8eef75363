"""Guards and `require` lines that are false on the given values: the intent may not start on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aethel.intent.program import Condition, Program
from aethel.intent.rendering import rendered, variable_text
from aethel.intent.terms import Term, Value, variables
from aethel.prover.lines import LISTED_LINES
from aethel.prover.stops import Unmodelled
from aethel.prover.substitution import Substitution
from aethel.verdict import Finding


@dataclass(frozen=True, slots=True)
class Broken:
    """A precondition that is false; `by_guard` says that it is a guard, not a `require` in the effect."""

    finding: Finding
    by_guard: bool


def broken_preconditions(program: Program, given: Mapping[str, Value], substitution: Substitution) -> list[Broken]:
    """Every guard and reached `require` that is false whatever the open values are; raises DeadlinePassed.

    A line that no given value takes part in is not among them: it contradicts itself, not the values.
    """
    terms = program.terms
    lines = [(line, line.term, True) for line in program.guards]
    lines += [(line, terms.implies(line.path, line.term), False) for line in program.requires]
    return [
        Broken(_finding(program, line, given), by_guard)
        for line, term, by_guard in lines
        if _is_false(term, given, substitution)
    ]


def _is_false(term: Term, given: Mapping[str, Value], substitution: Substitution) -> bool:
    if not any(name in given for name in variables(term)):
        return False
    try:
        return substitution.of(term) is substitution.terms.false
    except Unmodelled:
        return False


def _finding(program: Program, line: Condition, given: Mapping[str, Value]) -> Finding:
    if line.secret:
        message = "a secret precondition is false on the given values"
        return Finding("PRECONDITION_FALSE", message, span=line.span, intent=program.name)
    names = set(variables(line.term, line.path))
    used = [each for each in program.variables if each.name in names and each.name in given][:LISTED_LINES]
    values = ", ".join(f"`{variable_text(each, given[each.name])}`" for each in used)
    return Finding(
        "PRECONDITION_FALSE",
        f"the precondition `{line.text}` is false with {values}",
        span=line.span,
        intent=program.name,
        numbers=tuple(
            (
                variable_text(each, given[each.name]).partition(" = ")[0],
                rendered(given[each.name], each.type, each.scale),
            )
            for each in used
            if not each.secret
        ),
    )
