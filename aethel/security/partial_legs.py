"""S21: the outcome of a leg that nobody looks at.

A leg gives no value back: it is carried out in full or the whole intent fails, so that there is mostly nothing to
ignore. One kind of leg has an outcome of its own, the *partial* one, which moves less than was asked for where that is
more than something else: its amount is `min(…)`, or a choice of the smaller of two names, itself or through a binding.
What it really moved is ignored where no statement and no line of `verify` reads the amount's binding again, or a cell
that the leg wrote.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from aethel.intent import syntax
from aethel.intent.scope import Scope, Symbol, Time
from aethel.intent.source import quoted
from aethel.intent.traversal import names_in
from aethel.intent.types import Money
from aethel.security.classes import SecurityClass, Tally, Weakness
from aethel.security.judged import Judged, Suspicion
from aethel.verdict import Disposition


def partial_legs(judged: Judged, tally: Tally) -> Iterator[Suspicion | None]:
    """For each partial leg, None where its outcome is looked at, else a finding (REJECT); linear in the text."""
    scope = judged.scope
    if not scope.intent.effect:
        return
    legs = list(_legs(scope, scope.intent.effect))
    tally.work += len(legs)
    capped = _capped_bindings(scope)
    partial = [leg for leg in legs if _is_capped(scope, leg[2], capped)]
    if not partial:
        return
    stated, uses = _stated(scope, tally)
    for statement, targets, amount in partial:
        names = {found for name in names_in(amount) if (found := scope.reference(name).binding) in capped}
        # The amount's own name in this statement is one use; another one is elsewhere.
        if any(target in stated for target in targets) or any(uses[name] > 1 for name in names):
            yield None
            continue
        label = quoted(targets[0].label)
        what = f"it moves the smaller of two amounts, and nothing says how much: no line of `verify` reads {label}"
        advice = "state in `verify` what was moved, or demand the full amount in a guard"
        span = judged.source.span(statement.start, statement.end)
        class_ = SecurityClass.IGNORED_RESULT
        yield Suspicion(class_, Disposition.REJECT, span, what, advice, Weakness.UNCHECKED_RESULT)


_Leg = tuple[syntax.Statement, tuple[Symbol, ...], syntax.Expression]


def _legs(scope: Scope, statements: Sequence[syntax.Statement]) -> Iterator[_Leg]:
    """Every statement that writes money, with the cells it writes and its amount."""
    stack = list(reversed(statements))
    while stack:
        statement = stack.pop()
        match statement:
            case syntax.Assign(target, _, amount) | syntax.Issue(_, target, amount):
                yield from _leg(scope, statement, (target,), amount)
            case syntax.Transfer(source, destination, amount):
                yield from _leg(scope, statement, (source, destination), amount)
            case syntax.Branch(_, then, other):
                stack.extend(reversed((*then, *other)))
            case syntax.For(_, _, _, body):
                stack.extend(reversed(body))
            case syntax.Require():
                pass


def _leg(
    scope: Scope, statement: syntax.Statement, names: tuple[syntax.Name, ...], amount: syntax.Expression
) -> Iterator[_Leg]:
    symbols = tuple(symbol for name in names if (symbol := scope.reference(name).symbol) is not None)
    if any(isinstance(symbol.type, Money) for symbol in symbols):
        yield statement, symbols, amount


def _capped_bindings(scope: Scope) -> set[str]:
    found: set[str] = set()
    for name, binding in scope.bindings.items():
        if _is_capped(scope, binding.value, found):
            found.add(name)
    return found


def _is_capped(scope: Scope, value: syntax.Expression, bindings: set[str]) -> bool:
    """Whether a value is, or is a sum with, the smaller of two others."""
    pending = [value]
    while pending:
        part = pending.pop()
        match part:
            case syntax.Call("min"):
                return True
            case syntax.IfThenElse() if _chooses_smaller(scope, part):
                return True
            case syntax.Name() if scope.reference(part).binding in bindings:
                return True
            case syntax.Negate(operand):
                pending.append(operand)
            case syntax.Chain(first, rest) if rest[0][0] in "+-":
                pending += [first, *(operand for _, operand in rest)]
            case _:
                pass
    return False


def _chooses_smaller(scope: Scope, node: syntax.IfThenElse) -> bool:
    """`if a > b then b else a` in any spelling, of names."""
    test = node.condition
    if not isinstance(test, syntax.Compare) or test.operator not in ("<", "<=", ">", ">="):
        return False
    small, large = (test.left, test.right) if test.operator in ("<", "<=") else (test.right, test.left)
    return _is_same(scope, small, node.then) and _is_same(scope, large, node.other)


def _is_same(scope: Scope, one: syntax.Expression, other: syntax.Expression) -> bool:
    names = [each.cell if isinstance(each, syntax.Old) else each for each in (one, other)]
    references = [scope.reference(each) for each in names if isinstance(each, syntax.Name)]
    return len(references) == len(names) and references[0] == references[1]


def _stated(scope: Scope, tally: Tally) -> tuple[set[Symbol], Counter[str]]:
    """The cells that `verify` reads after the intent or a statement reads, and how often each binding is read."""
    found: set[Symbol] = set()
    uses: Counter[str] = Counter()
    for expression in _expressions(scope.intent):
        for name in names_in(expression):
            tally.work += 1
            reference = scope.reference(name)
            if reference.binding is not None:
                uses[reference.binding] += 1
            elif reference.symbol is not None and reference.time is not Time.BEFORE:
                found.add(reference.symbol)
    return found, uses


def _expressions(intent: syntax.Intent) -> Iterator[syntax.Expression]:
    """Every expression of `effect` and `verify`."""
    stack: list[syntax.Statement | syntax.VerifyLine] = [*(intent.effect or ()), *intent.verify]
    while stack:
        match stack.pop():
            case syntax.Assign(_, _, value) | syntax.Transfer(_, _, value) | syntax.Issue(_, _, value):
                yield value
            case syntax.Require(condition) | syntax.Check(condition):
                yield condition
            case syntax.Branch(condition, then, other):
                yield condition
                stack += (*then, *other)
            case syntax.CheckIf(condition, checks, others):
                yield condition
                stack += (*checks, *others)
            case syntax.For(_, _, _, body):
                stack += body
