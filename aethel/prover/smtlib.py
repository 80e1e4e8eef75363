"""Questions about a program as SMT-LIB 2.6 text, written from the meaning of terms and without any solver.

It shares no code with the encoding in z3, so that two solvers agree on an obligation only where two readings of its
terms do. What is made of whole numbers and literals stays whole, over a known unit; only what depends on a rational
unknown is a real.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import assert_never

from aethel.intent.neutrality import MOST_IDENTITIES
from aethel.intent.obligations import Kind, Obligation, variables_of
from aethel.intent.program import Program, Variable
from aethel.intent.terms import Op, Sort, Term, in_order, number
from aethel.prover.limits import MAXIMUM_BITS, MAXIMUM_DEGREE, NODES_PER_LOOK
from aethel.prover.stops import Unmodelled

_DEEPEST_INLINE = 12
"""Levels of expressions written into one another before one gets a name: readers of the text may recurse."""

_LONGEST_INLINE = 120
"""Characters of an expression beyond which it gets a name, so that lines stay readable and the text linear."""

_OPERATORS = {Op.NOT: "not", Op.AND: "and", Op.OR: "or", Op.EQ: "=", Op.LT: "<", Op.LE: "<="}


@dataclass(frozen=True, slots=True)
class _Written:
    """A term as text of sort Bool, Int or Real, `depth` levels deep.

    A number is that text over `unit`, a whole number above zero that is 1 for reals. `degree` bounds its degree as a
    polynomial in the unknowns; `known` says that it is a constant.
    """

    text: str
    depth: int = 0
    unit: int = 1
    is_real: bool = False
    degree: int = 0
    known: Fraction | None = None


def script(
    variables: Sequence[Variable],
    assumptions: Sequence[Term],
    denied: Term | None,
    heading: Sequence[str] = (),
    look: Callable[[], None] = lambda: None,
) -> str:
    """One question as a whole script: can all assumptions hold while `denied` does not, `unsat` proving it.

    Without `denied` it asks whether the assumptions can hold together. Unknowns are v0, v1, … by the positions of their
    variables, each named in a comment; `heading` are further comments. The text is the same for the same question, and
    linear in the distinct nodes of its terms. `look` is called now and then, and may raise. Raises Unmodelled beyond
    the limits of the prover.
    """
    writer = Writer(variables, (*assumptions, *(() if denied is None else (denied,))), look)
    demands = [*writer.asserted(assumptions), *(() if denied is None else [writer.denied(denied)])]
    heads = (f"; {comment(line)}" for line in heading)
    return "\n".join((*heads, *writer.prelude(), *demands, "(check-sat)", ""))


def exported(program: Program, obligation: Obligation) -> str:
    """One obligation of the program, for all values, as a script that says what its answer means.

    A comment names it by id and place, never by its text, which may be a secret line. Raises Unmodelled.
    """
    if obligation.neutrality is not None and obligation.neutrality.too_large:
        raise Unmodelled(f"two runs of more than {MOST_IDENTITIES} identities")
    is_question = obligation.kind in (Kind.NON_VACUOUS, Kind.CONSISTENT)
    meaning = "sat: it holds; unsat: it fails" if is_question else "unsat: it is proved; sat: it is refuted"
    heading = (f"program {program.digest}", f"obligation {obligation.id} at {obligation.span}", meaning)
    denied = None if is_question else obligation.claim
    return script(variables_of(program, obligation), obligation.assumptions, denied, heading)


class Writer:
    """Writes terms of one program as lines of SMT-LIB, each distinct node once; every method raises Unmodelled.

    `roots` are all terms that will be asked for: what several of them use gets a name. `look` is called every
    NODES_PER_LOOK terms, and may raise. The prelude is read last and stands first.
    """

    def __init__(
        self, variables: Sequence[Variable], roots: Sequence[Term], look: Callable[[], None] = lambda: None
    ) -> None:
        self._names = {each.name: (f"v{position}", each.name) for position, each in enumerate(variables)}
        uses = Counter(arg.order for node in in_order(*roots) for arg in node.args)
        uses.update(root.order for root in roots)
        self._shared = {order for order, count in uses.items() if count > 1}
        self._look = look
        self._written: dict[int, _Written] = {}
        self._quotients: dict[tuple[Op, int, int], _Written] = {}
        self._literals: dict[str, int] = {}
        self._lines: list[str] = []
        self._ties: list[str] = []
        self._made = 0
        self._sorts: set[str] = set()
        self._is_linear = True

    def prelude(self) -> list[str]:
        """The smallest logic that everything written so far fits in, the unknowns and names it uses, and their meaning.

        What ties an unknown to its meaning can always be satisfied, so it never restricts a query that lacks it.
        """
        numbers = ("I" if self._sorts != {"Real"} else "") + ("R" if "Real" in self._sorts else "")
        logic = f"(set-logic QF_{'L' if self._is_linear else 'N'}{numbers}A)"
        return [logic, *self._lines, *(f"(assert {tie})" for tie in self._ties)]

    def asserted(self, terms: Iterable[Term]) -> list[str]:
        """The lines that demand that every one of these BOOL terms holds."""
        return [f"(assert {self._of(term)})" for term in terms]

    def denied(self, term: Term) -> str:
        """The line that demands that this BOOL term does not hold."""
        return f"(assert (not {self._of(term)}))"

    def _of(self, root: Term) -> str:
        for node in in_order(root, done=self._written):
            self._written[node.order] = self._named(node, self._write(node))
            if len(self._written) % NODES_PER_LOOK == 0:
                self._look()
        return self._written[root.order].text

    def _named(self, node: Term, written: _Written) -> _Written:
        """The expression itself, or a name for it where it is used again or grows long."""
        is_long = written.depth > _DEEPEST_INLINE or len(written.text) > _LONGEST_INLINE
        if written.depth == 0 or (node.order not in self._shared and not is_long):
            return written
        sort = "Bool" if node.sort is Sort.BOOL else "Real" if written.is_real else "Int"
        self._made += 1
        self._lines.append(f"(define-fun t{self._made} () {sort} {written.text})")
        return _Written(f"t{self._made}", 0, written.unit, written.is_real, written.degree)

    def _write(self, node: Term) -> _Written:
        args = [self._written[arg.order] for arg in node.args]
        match node.op:
            case Op.CONST:
                return self._constant(node)
            case Op.VAR:
                return self._variable(node)
            case Op.ITE:
                return self._chosen(*args)
            case Op.NOT | Op.AND | Op.OR:
                return _call(_OPERATORS[node.op], *args)
            case Op.EQ | Op.LT | Op.LE:
                return _call(_OPERATORS[node.op], *(args if node.args[0].sort is Sort.BOOL else _alike(args)))
            case Op.IS_INT:
                return self._is_whole(args[0])
            case Op.ADD:
                return _sum(args)
            case Op.NEG:
                return _negated(args[0])
            case Op.MUL:
                return self._product(args)
            case Op.FLOOR_DIV | Op.CEIL_DIV | Op.HALF_EVEN_DIV:
                return self._quotient(node.op, node)
            case Op.MOD:
                return self._remainder(node, *args)
            case Op.EXACT_DIV:
                return self._ratio(*args)
            case _:
                assert_never(node.op)

    def _constant(self, node: Term) -> _Written:
        """Identities are integers that are only ever compared for equality: one for each text."""
        match node.sort:
            case Sort.BOOL:
                return _Written("true" if node.value else "false")
            case Sort.IDENTITY:
                return _Written(str(self._literals.setdefault(str(node.value), len(self._literals))))
            case Sort.INT | Sort.RATIONAL:
                return _known(Fraction(number(node)))
            case _:
                assert_never(node.sort)

    def _variable(self, node: Term) -> _Written:
        name, label = self._names[str(node.value)]
        sort = {Sort.BOOL: "Bool", Sort.INT: "Int", Sort.IDENTITY: "Int", Sort.RATIONAL: "Real"}[node.sort]
        self._declare(name, sort, label)
        return _Written(name, is_real=sort == "Real", degree=1)

    def _declare(self, name: str, sort: str, label: str) -> None:
        self._sorts.add(sort)
        self._lines.append(f"(declare-const {name} {sort}) ; {comment(label)}")

    def _unknown(self, sort: str, label: str) -> str:
        self._made += 1
        name = f"q{self._made}"
        self._declare(name, sort, label)
        return name

    @staticmethod
    def _chosen(condition: _Written, then: _Written, other: _Written) -> _Written:
        first, second = _alike([then, other])
        made = _call("ite", condition, first, second)
        return _Written(made.text, made.depth, first.unit, first.is_real, max(then.degree, other.degree))

    def _is_whole(self, value: _Written) -> _Written:
        """A real asks the theory; n / u is whole exactly where u times its floor is n."""
        if value.is_real:
            self._sorts.add("Int")
            return _call("is_int", value)
        floor = self._unknown("Int", "a floor")
        product = f"(* {value.unit} {floor})"
        self._ties += _bounds(Op.FLOOR_DIV, value.text, str(value.unit), product)
        return _Written(f"(= {value.text} {product})", value.depth + 2)

    def _product(self, args: Sequence[_Written]) -> _Written:
        degree = sum(arg.degree for arg in args)
        if degree > MAXIMUM_DEGREE:
            raise Unmodelled(f"a product of more than {MAXIMUM_DEGREE} unknowns")
        if sum(arg.known is None for arg in args) > 1:
            self._is_linear = False
        if any(arg.is_real for arg in args):
            made = _call("*", *(_as_real(arg) for arg in args))
            return _Written(made.text, made.depth, is_real=True, degree=degree)
        unit = 1
        for arg in args:
            unit = _within_bits(unit * arg.unit)
        made = _call("*", *args)
        return _Written(made.text, made.depth, unit, degree=degree)

    def _quotient(self, op: Op, node: Term) -> _Written:
        """A fresh integer that is the rounded quotient, 0 for a divisor of zero; `/` and `%` of the same share it."""
        left, right = (arg.order for arg in node.args)
        if (op, left, right) not in self._quotients:
            dividend, divisor = _alike([self._written[left], self._written[right]])
            self._quotients[op, left, right] = self._rounded(op, dividend, divisor)
        return self._quotients[op, left, right]

    def _rounded(self, op: Op, dividend: _Written, divisor: _Written) -> _Written:
        made = _Written(self._unknown("Int", "a quotient"), degree=1)
        product = self._product([divisor, _as_real(made) if divisor.is_real else made]).text
        odd = ""
        if op is Op.HALF_EVEN_DIV:
            half, odd = self._unknown("Int", "half the quotient, floored"), self._unknown("Int", "1 where it is odd")
            self._ties += [f"(= {made.text} (+ (* 2 {half}) {odd}))", f"(<= 0 {odd})", f"(<= {odd} 1)"]
        positive = _bounds(op, dividend.text, divisor.text, product, odd)
        negative = _bounds(op, _negated(dividend).text, _negated(divisor).text, f"(- {product})", odd)
        if divisor.known:
            self._ties += positive if divisor.known > 0 else negative
            return made
        zero = "0.0" if divisor.is_real else "0"
        self._ties += [f"(=> (> {divisor.text} {zero}) {each})" for each in positive]
        self._ties += [f"(=> (< {divisor.text} {zero}) {each})" for each in negative]
        self._ties.append(f"(=> (= {divisor.text} {zero}) (= {made.text} 0))")
        return made

    def _remainder(self, node: Term, left: _Written, right: _Written) -> _Written:
        """a − b·⌊a/b⌋, and 0 for a divisor of zero."""
        quotient = self._quotient(Op.FLOOR_DIV, node)
        rest = _sum([left, _negated(self._product([right, quotient]))])
        is_zero = _call("=", *_alike([right, _known(Fraction(0))]))
        return self._chosen(is_zero, _known(Fraction(0)), rest)

    def _ratio(self, left: _Written, right: _Written) -> _Written:
        """A fresh real that times the divisor is the dividend, 0 for a divisor of zero."""
        dividend, divisor = (_as_real(each) for each in _alike([left, right]))
        made = _Written(self._unknown("Real", "an exact quotient"), is_real=True, degree=1)
        product = self._product([divisor, made]).text
        self._ties.append(f"(=> (not (= {divisor.text} 0.0)) (= {product} {dividend.text}))")
        self._ties.append(f"(=> (= {divisor.text} 0.0) (= {made.text} 0.0))")
        return made


def _bounds(op: Op, dividend: str, divisor: str, product: str, odd: str = "") -> tuple[str, ...]:
    """What makes a quotient the rounded one of a positive divisor; `product` is divisor times quotient.

    ⌊a/b⌋ is the q with q ≤ a/b < q + 1, and ⌈a/b⌉ the one with q − 1 < a/b ≤ q, each times b. Half-even keeps
    |a/b − q| ≤ 1/2, and q even (`odd` is 0) where that is an equality.
    """
    if op is Op.FLOOR_DIV:
        return f"(<= {product} {dividend})", f"(< {dividend} (+ {product} {divisor}))"
    if op is Op.CEIL_DIV:
        return f"(< (- {product} {divisor}) {dividend})", f"(<= {dividend} {product})"
    off = f"(- {dividend} {product})"
    twice = f"(+ {off} {off})"
    tie = f"(or (= {twice} {divisor}) (= {twice} (- {divisor})))"
    return f"(<= (- {divisor}) {twice})", f"(<= {twice} {divisor})", f"(=> {tie} (= {odd} 0))"


def _alike(numbers: Sequence[_Written]) -> list[_Written]:
    """The numbers as reals, or as whole numbers over one unit."""
    if any(each.is_real for each in numbers):
        return [_as_real(each) for each in numbers]
    unit = 1
    for each in numbers:
        unit = _within_bits(lcm(unit, each.unit))
    return [_over(each, unit) for each in numbers]


def _over(written: _Written, unit: int) -> _Written:
    factor = unit // written.unit
    if written.known is not None:
        return _Written(_numeral(int(written.known * unit)), unit=unit, known=written.known)
    if factor == 1:
        return written
    return _Written(f"(* {factor} {written.text})", written.depth + 1, unit, degree=written.degree)


def _as_real(written: _Written) -> _Written:
    if written.is_real:
        return written
    if written.known is not None:
        return _Written(_real(written.known), is_real=True, known=written.known)
    text, depth = f"(to_real {written.text})", written.depth + 1
    if written.unit != 1:
        text, depth = f"(* {_real(Fraction(1, written.unit))} {text})", depth + 1
    return _Written(text, depth, is_real=True, degree=written.degree)


def _sum(numbers: Sequence[_Written]) -> _Written:
    parts = _alike(numbers)
    made = _call("+", *parts)
    degree = max(part.degree for part in parts)
    return _Written(made.text, made.depth, parts[0].unit, parts[0].is_real, degree)


def _negated(written: _Written) -> _Written:
    return _Written(f"(- {written.text})", written.depth + 1, written.unit, written.is_real, written.degree)


def _known(value: Fraction) -> _Written:
    _within_bits(value.denominator)
    return _Written(_numeral(value.numerator), unit=value.denominator, known=value)


def _call(operator: str, *operands: _Written) -> _Written:
    text = f"({operator} {' '.join(operand.text for operand in operands)})"
    return _Written(text, 1 + max(operand.depth for operand in operands))


def _numeral(value: int) -> str:
    """SMT-LIB has no negative literals."""
    _within_bits(value)
    return str(value) if value >= 0 else f"(- {-value})"


def _real(value: Fraction) -> str:
    digits = f"{_within_bits(abs(value.numerator))}.0"
    text = digits if value.denominator == 1 else f"(/ {digits} {_within_bits(value.denominator)}.0)"
    return f"(- {text})" if value < 0 else text


def _within_bits(value: int) -> int:
    if value.bit_length() > MAXIMUM_BITS:
        raise Unmodelled(f"a number of more than {MAXIMUM_BITS} bits")
    return value


def comment(text: str) -> str:
    """Text that can stand in a comment and hides nothing there: everything but plain ASCII as its code point."""
    return "".join(each if " " <= each <= "~" else f"\\u{{{ord(each):x}}}" for each in text)
