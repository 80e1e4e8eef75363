"""Guards and obligations evaluated on the given values: the formulas the experts judge, without their methods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from aethel.intent.obligations import Obligation, admitted, obligations
from aethel.intent.program import IntentFile, Program
from aethel.intent.terms import Op, Sort, Term, Value, evaluate, in_order

MAX_BITS = 65_536
"""Longest number evaluated, in bits: products of products grow without bound, and no sum of money comes near this."""


class TooLong(Exception):
    """Evaluating would make a number longer than `MAX_BITS`."""


def contradiction(file: IntentFile, values: Sequence[dict[str, Value]]) -> str:
    """A sentence about the first guard or obligation that is false on the given values; empty where none is.

    `values` holds one dict for each intent. What hangs on a value that is not given is not judged, and neither is an
    intent whose guards are not all known. Hypotheses are not asked for: where everything is given, a false claim is a
    violation whatever was assumed. Work is linear in the terms, times the logarithm of their number where something is
    false. Raises TooLong where a number would grow beyond `MAX_BITS`.
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
    sizes = _sizes((*conditions, *(claim.claim for claim in claims)), values)
    if any(sizes[condition.order] is None for condition in conditions):
        return ""
    known = [claim for claim in claims if sizes[claim.claim.order] is not None]
    if not evaluate(program.terms.and_(*conditions), values):
        return f"a guard of `{program.name}` is false on the given values"
    if evaluate(program.terms.and_(*(claim.claim for claim in known)), values):
        return ""
    while len(known) > 1:
        half = known[: len(known) // 2]
        holds = evaluate(program.terms.and_(*(claim.claim for claim in half)), values)
        known = known[len(half) :] if holds else half
    return f"`{known[0].id}` is false on the given values: {known[0].property}"


@dataclass(frozen=True, slots=True)
class _Size:
    """How long a value can be: bits of its numerator and of its denominator."""

    numerator: int
    denominator: int = 0


def _sizes(roots: Sequence[Term], values: dict[str, Value]) -> dict[int, _Size | None]:
    """How long the value of every node below the roots can be, None where it hangs on a value that is not given."""
    sizes: dict[int, _Size | None] = {}
    for node in in_order(*roots):
        size = _size(node, [sizes[argument.order] for argument in node.args], values)
        if size is not None and size.numerator + size.denominator > MAX_BITS:
            raise TooLong(f"a number of more than {MAX_BITS} bits")
        sizes[node.order] = size
    return sizes


def _size(node: Term, arguments: Sequence[_Size | None], values: dict[str, Value]) -> _Size | None:
    if node.op is Op.VAR:
        return _size_of(values.get(str(node.value)))
    if node.op is Op.CONST:
        return _size_of(node.value)
    known = [argument for argument in arguments if argument is not None]
    if len(known) < len(arguments):
        return None
    if node.sort in (Sort.BOOL, Sort.IDENTITY):
        return _Size(0)
    numerators = [argument.numerator for argument in known]
    denominators = [argument.denominator for argument in known]
    match node.op:
        case Op.ADD:
            denominator = sum(denominators)
            return _Size(max(numerators) + denominator + len(known).bit_length(), denominator)
        case Op.MUL:
            return _Size(sum(numerators), sum(denominators))
        case Op.NEG | Op.ITE:
            return _Size(max(numerators), max(denominators))
        case _:
            # Every kind of division: each part grows by the opposite part of the other side, and one bit by rounding.
            denominator = denominators[0] + numerators[1] if node.sort is Sort.RATIONAL else 0
            return _Size(numerators[0] + denominators[1] + numerators[1] + 1, denominator)


def _size_of(value: Value | None) -> _Size | None:
    if value is None:
        return None
    if isinstance(value, str):
        return _Size(0)
    exact = Fraction(value)
    return _Size(exact.numerator.bit_length(), exact.denominator.bit_length() - 1)
