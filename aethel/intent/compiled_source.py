"""Terms as Python source: one straight line of exact arithmetic, in which each shared value is computed once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import lcm, prod
from typing import assert_never

from aethel.intent.terms import Op, Sort, Term, divided, in_order

_DEEPEST = 8
"""Levels of parentheses in one line; what lies deeper becomes a line of its own, since Python nests only so far."""

_LONGEST_SUM = 16
"""Summands written with `+`; a longer sum is a call of `sum`, since Python compiles long chains by recursion."""

_WRITTEN_BITS = 64
"""Longer constants are handed over as objects, since Python refuses to read thousands of digits."""

_DENOMINATOR_BITS = 256
"""Bits up to which a fraction is computed as a whole number over a known denominator, which is much faster."""


@dataclass(frozen=True, slots=True)
class _Written:
    """Source whose value is that of a term times `denominator` (1 for what is no number)."""

    text: str
    denominator: int = 1
    depth: int = 0


class Source:
    """Writes terms as lines of Python that compute them from local variables.

    `places` gives the local variable of each variable of the terms. Nothing in the source comes from a user's text:
    locals are numbered, and texts and long numbers are in `constants`, the globals that the source needs.
    """

    def __init__(self, roots: Iterable[Term], places: Mapping[str, str]) -> None:
        roots = tuple(roots)
        self._places = places
        self._known: dict[int, _Written] = {}
        self._uses = Counter(root.order for root in roots)
        for node in in_order(*roots):
            self._uses.update(arg.order for arg in node.args)
        self._lines: list[str] = []
        self._locals = 0
        self.constants: dict[str, object] = {
            "Fraction": Fraction,
            "int": int,
            "str": str,
            "sum": sum,
            "type": type,
            "half_even": _half_even,
        }

    def take_lines(self) -> list[str]:
        """The lines written since the last call; they come before what `write` returned since."""
        taken, self._lines = self._lines, []
        return taken

    def truth(self, term: Term) -> str:
        """An expression for a condition: a `bool` whenever its Boolean variables are."""
        return self._of(term).text

    def value(self, term: Term) -> str:
        """An expression for the value of any term."""
        written = self._of(term)
        return written.text if written.denominator == 1 else f"Fraction({written.text}, {written.denominator})"

    def _of(self, term: Term) -> _Written:
        for node in in_order(term, done=self._known):
            written = self._write(node, [self._known[arg.order] for arg in node.args])
            if written.denominator.bit_length() > _DENOMINATOR_BITS:
                written = _Written(f"Fraction({written.text}, {self._object(written.denominator)})", 1, written.depth)
            if node.args and (self._uses[node.order] > 1 or written.depth > _DEEPEST):
                written = self._local(written)
            self._known[node.order] = written
        return self._known[term.order]

    def _local(self, written: _Written) -> _Written:
        self._locals += 1
        name = f"t{self._locals}"
        self._lines.append(f"{name} = {written.text}")
        return _Written(name, written.denominator)

    def _write(self, node: Term, args: list[_Written]) -> _Written:
        depth = 1 + max((arg.depth for arg in args), default=-1)
        match node.op:
            case Op.CONST:
                return self._constant(node)
            case Op.VAR:
                return _Written(self._places[str(node.value)])
            case Op.ADD:
                return _sum(args, depth)
            case Op.MUL:
                return _product(args, depth)
            case Op.NEG:
                return _Written(f"(-{args[0].text})", args[0].denominator, depth)
            case Op.FLOOR_DIV | Op.CEIL_DIV | Op.HALF_EVEN_DIV | Op.EXACT_DIV | Op.MOD:
                return self._quotient(node.op, args[0], args[1], depth)
            case Op.ITE:
                return _choice(node, args, depth)
            case Op.EQ | Op.LT | Op.LE:
                (left, right), _ = _together(args)
                return _Written(f"({left} {node.op.value} {right})", 1, depth + 1)
            case Op.AND | Op.OR:
                return _Written(f"({f' {node.op.value} '.join(arg.text for arg in args)})", 1, depth)
            case Op.NOT:
                return _Written(f"(not {args[0].text})", 1, depth)
            case Op.IS_INT:
                return _Written(f"({args[0].text} % {args[0].denominator} == 0)", 1, depth)
            case _:
                assert_never(node.op)

    def _constant(self, node: Term) -> _Written:
        value = node.value
        if isinstance(value, bool):
            return _Written(str(value))
        if isinstance(value, int | Fraction):
            exact = Fraction(value)
            return _Written(self._number(exact.numerator), exact.denominator)
        return _Written(self._object(value))

    def _number(self, value: int) -> str:
        if value.bit_length() > _WRITTEN_BITS:
            return self._object(value)
        return str(value) if value >= 0 else f"({value})"

    def _object(self, value: object) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return name

    def _quotient(self, op: Op, left: _Written, right: _Written, depth: int) -> _Written:
        """A quotient that is 0 where the divisor is, as in evaluation."""
        divisor = right
        if not _is_atom(right.text):
            divisor = self._local(right)
        (above, below), joint = _together([left, divisor])
        match op:
            case Op.FLOOR_DIV:
                text = f"{above} // {below}"
            case Op.CEIL_DIV:
                text = f"-((-{above}) // {below})"
            case Op.HALF_EVEN_DIV:
                text = f"half_even({above}, {below})"
            case Op.MOD:
                # Python's remainder has the sign of the divisor, as the language's has, and scales with its operands.
                return _Written(_unless_zero(f"{above} % {below}", divisor.text), joint, depth + 1)
            case _:
                text = f"Fraction({above}) / {below}"
        return _Written(_unless_zero(text, divisor.text), 1, depth + 1)


def _unless_zero(text: str, divisor: str) -> str:
    if divisor.isdigit():
        return f"({text})" if int(divisor) else "0"
    return f"({text} if {divisor} else 0)"


def _is_atom(text: str) -> bool:
    return text.isalnum()


def _half_even(above: int | Fraction, below: int | Fraction) -> int | Fraction:
    return divided(Op.HALF_EVEN_DIV, above, below)


def _together(args: list[_Written]) -> tuple[list[str], int]:
    """Values over one denominator."""
    joint = lcm(*(arg.denominator for arg in args))
    if joint.bit_length() > _DENOMINATOR_BITS:
        return [f"Fraction({arg.text}, {arg.denominator})" for arg in args], 1
    factors = [joint // arg.denominator for arg in args]
    return [
        arg.text if factor == 1 else f"({arg.text} * {factor})" for arg, factor in zip(args, factors, strict=True)
    ], joint


def _sum(args: list[_Written], depth: int) -> _Written:
    parts, joint = _together(args)
    text = f"sum(({', '.join(parts)}))" if len(parts) > _LONGEST_SUM else f"({' + '.join(parts)})"
    return _Written(text, joint, depth + 1)


def _product(args: list[_Written], depth: int) -> _Written:
    denominator = prod(arg.denominator for arg in args)
    factors = [arg.text for arg in args if arg.text != "1"]
    return _Written(factors[0] if len(factors) == 1 else f"({' * '.join(factors)})", denominator, depth)


def _choice(node: Term, args: list[_Written], depth: int) -> _Written:
    if node.sort is Sort.IDENTITY:
        return _Written(f"({args[1].text} if {args[0].text} else {args[2].text})", 1, depth)
    (then, other), joint = _together(args[1:])
    return _Written(f"({then} if {args[0].text} else {other})", joint, depth + 1)
