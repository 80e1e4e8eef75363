"""Guards and obligations evaluated on the given values: the formulas the experts judge, without their methods."""

from __future__ import annotations

from collections.abc import Sequence

from aethel.intent.evaluation import evaluate
from aethel.intent.obligations import Obligation, admitted, obligations
from aethel.intent.program import IntentFile, Program
from aethel.intent.terms import Op, Term, Value, in_order


def contradiction(file: IntentFile, values: Sequence[dict[str, Value]]) -> str:
    """A sentence about the first guard or obligation that is false on the given values; empty where none is.

    `values` holds one dict for each intent. What hangs on a value that is not given is not judged, and neither is an
    intent whose guards are not all known. Hypotheses are not asked for: where everything is given, a false claim is a
    violation whatever was assumed. Work is linear in the terms, times the logarithm of their number where something is
    false; lowering bounds how long numbers can grow.
    """
    claims = obligations(file)
    for position, (program, given) in enumerate(zip(file.programs, values, strict=True)):
        mine = [claim for claim in claims if claim.program == position]
        found = _contradiction(program, mine, given)
        if found:
            return found
    return ""


def _contradiction(program: Program, claims: Sequence[Obligation], values: dict[str, Value]) -> str:
    conditions = admitted(program)
    computable = _known((*conditions, *(claim.claim for claim in claims)), values)
    if any(condition.order not in computable for condition in conditions):
        return ""
    known = [claim for claim in claims if claim.claim.order in computable]
    if not evaluate(program.terms.and_(*conditions), values):
        return f"a guard of `{program.name}` is false on the given values"
    if evaluate(program.terms.and_(*(claim.claim for claim in known)), values):
        return ""
    while len(known) > 1:
        half = known[: len(known) // 2]
        holds = evaluate(program.terms.and_(*(claim.claim for claim in half)), values)
        known = known[len(half) :] if holds else half
    return f"`{known[0].id}` is false on the given values: {known[0].property}"


def _known(roots: Sequence[Term], values: dict[str, Value]) -> set[int]:
    """The nodes below the roots that hang on given values only, by their order of creation."""
    known: set[int] = set()
    for node in in_order(*roots):
        given = node.value in values if node.op is Op.VAR else all(argument.order in known for argument in node.args)
        if given:
            known.add(node.order)
    return known
