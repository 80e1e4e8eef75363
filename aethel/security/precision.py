"""S06: digits that are lost where a rounded quotient is multiplied, or where parts are rounded one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aethel.intent import syntax
from aethel.intent.checking import product
from aethel.intent.program import Program
from aethel.intent.reading import Analysed
from aethel.intent.skeleton_lowering import expressions_of
from aethel.intent.terms import Op, Sort, Term
from aethel.intent.traversal import walk
from aethel.intent.types import Integer, Money
from aethel.security.classes import SecurityClass, Weakness
from aethel.security.intervals import Number
from aethel.security.linear import Form, Forms
from aethel.verdict import Disposition, Finding, Span

_NUMERIC = (Sort.INT, Sort.RATIONAL)
_ROUNDED = (Op.FLOOR_DIV, Op.CEIL_DIV, Op.HALF_EVEN_DIV)


def multiplied_quotients(analysed: Analysed) -> Iterator[Finding]:
    """Products of a rounded quotient, bindings looked through; rounding to a multiple of its own divisor is none."""
    finder = _Quotients(analysed)
    for expression in expressions_of(analysed.intent):
        for node in walk(expression):
            if isinstance(node, syntax.Chain) and finder.loses(node):
                text, span = finder.source.snippet(node.start, node.end), finder.source.span(node.start, node.end)
                message = f"`{text}` multiplies a quotient that was rounded, so that what rounding took is multiplied"
                yield _advice(analysed.intent.name, span, message, "multiply first, divide last")


def rounded_parts(program: Program, forms: Forms) -> Iterator[Finding]:
    """Sums in which one rounding is applied to several parts, so that they miss the rounded whole; raises Exhausted.

    A sum that also holds what was divided gives the remainder to somebody, and is none of them.
    """
    stored: dict[str, list[Span]] = {}
    for store in program.stores:
        stored.setdefault(store.cell, []).append(store.span)
    sums = [
        (cell.after, spans[-1], len(spans) > 1)
        for cell in program.cells
        if cell.after.sort in _NUMERIC and (spans := stored.get(cell.name))
    ]
    lines = (*program.guards, *program.requires, *program.posts)
    sums += [(part, line.span, False) for line in lines for part in _comparisons(line.term)]
    told: set[frozenset[int]] = set()
    for term, span, in_legs in sums:
        form = forms.of(term) if term.sort is not Sort.BOOL else forms.difference(term)
        for group in _groups(form, forms):
            atoms = frozenset(group.parts)
            # One quotient that counts several times is several roundings where several legs move it.
            if atoms not in told and (len(atoms) > 1 or in_legs):
                told.add(atoms)
                times = _times(group.parts)
                message = f"{times} parts are rounded one by one here, and together can miss the rounded whole"
                yield _advice(program.name, span, message, "give one part the whole less the other parts")


@dataclass(frozen=True, slots=True)
class _Group:
    """Quotients of one rounding by one divisor in a sum, each with its coefficient, all of one sign."""

    parts: dict[int, Number]


def _groups(form: Form, forms: Forms) -> Iterator[_Group]:
    found: dict[tuple[Op, int, bool], dict[int, Number]] = {}
    for atom, coefficient in form.coefficients.items():
        term = forms.atoms[atom]
        if term.op in _ROUNDED:
            found.setdefault((term.op, term.args[1].order, coefficient > 0), {})[atom] = coefficient
    for (_, _, positive), parts in found.items():
        if _times(parts) >= 2 and not _compensated(form, parts, positive, forms):
            yield _Group(parts)


def _times(parts: dict[int, Number]) -> Number:
    """How often the rounding of a group is done."""
    total: Number = 0
    for coefficient in parts.values():
        total += coefficient if coefficient > 0 else -coefficient
    return total


def _compensated(form: Form, parts: dict[int, Number], positive: bool, forms: Forms) -> bool:
    """Whether something that is divided stands in the sum whole, with the other sign."""
    divided = {atom for part in parts for atom in forms.of(forms.atoms[part].args[0]).coefficients}
    return any((coefficient > 0) is not positive for atom, coefficient in form.coefficients.items() if atom in divided)


def _comparisons(condition: Term) -> Iterator[Term]:
    """The comparisons of numbers in a condition."""
    stack, seen = [condition], set[int]()
    while stack:
        node = stack.pop()
        if node.order in seen or node.sort is not Sort.BOOL:
            continue
        seen.add(node.order)
        if node.op in (Op.LE, Op.LT, Op.EQ) and node.args[0].sort in _NUMERIC:
            yield node
        else:
            stack.extend(node.args)


class _Quotients:
    """Finds rounded quotients in the syntax tree, by the types that decide where division rounds."""

    def __init__(self, analysed: Analysed) -> None:
        self._typed = analysed.typed
        self._scope = analysed.typed.scope
        self.source = analysed.typed.scope.source
        self._bindings: dict[str, syntax.Expression | None] = {}
        for name, binding in self._scope.bindings.items():
            # A binding uses earlier ones only, so that none is looked through twice.
            self._bindings[name] = self._divisor(binding.value)

    def loses(self, node: syntax.Chain) -> bool:
        """Whether a factor of the chain is a rounded quotient, by another divisor than the factor beside it."""
        if node.rest[0][0] in "+-":
            return False
        divisor = self._divisor(node.first)
        left: syntax.Expression = node.first
        for index, (operator, operand) in enumerate(node.rest):
            if operator == "*":
                other = self._divisor(operand)
                if divisor is not None and not self._same(divisor, operand):
                    return True
                if other is not None and not (index == 0 and self._same(other, left)):
                    return True
            divisor = operand if self._rounds(node, index) else None
        return False

    def _divisor(self, node: syntax.Expression) -> syntax.Expression | None:
        """What an expression is divided by last, where it is a rounded quotient."""
        if isinstance(node, syntax.Chain) and node.rest[-1][0] == "/":
            return node.rest[-1][1] if self._rounds(node, len(node.rest) - 1) else None
        if isinstance(node, syntax.Call) and node.function in ("div_ceil", "div_half_even"):
            return node.right
        if isinstance(node, syntax.Name):
            name = self._scope.reference(node).binding
            return None if name is None else self._bindings[name]
        return None

    def _rounds(self, node: syntax.Chain, last: int) -> bool:
        """Whether the operator at `last` of a chain is a division that rounds."""
        if node.rest[last][0] != "/" or (last == 0 and id(node) in self._typed.exact):
            return False
        type_ = self._typed.of(node.first)
        for operator, operand in node.rest[: last + 1]:
            if operator != "%":
                type_ = product(operator, type_, self._typed.of(operand))
        return isinstance(type_, Money | Integer)

    def _same(self, first: syntax.Expression, second: syntax.Expression) -> bool:
        """Whether two expressions are written alike, layout aside."""
        texts = ("".join(self.source.text[each.start : each.end].split()) for each in (first, second))
        return next(texts) == next(texts)


def _advice(intent: str, span: Span, message: str, advice: str) -> Finding:
    return Finding(
        SecurityClass.PRECISION.value,
        message,
        Disposition.ADVISE,
        span,
        intent,
        cwe=Weakness.INSUFFICIENT_PRECISION,
        advice=advice,
    )
