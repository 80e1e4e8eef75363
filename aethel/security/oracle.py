"""S23: decisions that rest on what others can move.

An `external` comes from outside, and whoever moves it chooses the request at which it comes. An equality that asks it
to be exactly one value is met by moving it there (REJECT). An external that decides anything and that no guard holds
from both sides, by its type or by what is not external itself, can be anything (ADVISE); where the operator's profile
declares its range, guards must keep it in that range (REJECT). Its source and its age are bound to the verdict
elsewhere.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from fractions import Fraction

from aethel.intent.program import Condition, Store, Variable
from aethel.intent.terms import Op, Sort, Term, in_order
from aethel.intent.types import Money, bounds_of
from aethel.profile import Bound
from aethel.security.classes import SecurityClass, Tally, Weakness
from aethel.security.conjuncts import guard_conjuncts
from aethel.security.judged import Judged, Suspicion
from aethel.security.literal_tests import linear
from aethel.verdict import Disposition

_CLASS = SecurityClass.ORACLE


def oracle(judged: Judged, tally: Tally) -> Iterator[Suspicion]:
    """Equalities on externals, and externals without bounds; linear in the nodes of the program."""
    names = {symbol.key for symbol in judged.scope.symbols.values() if symbol.external}
    numbers = (Sort.INT, Sort.RATIONAL)
    externals = {
        each.term: each for each in judged.program.variables if each.name in names and each.term.sort in numbers
    }
    if not externals:
        return
    yield from _equalities(judged, externals, tally)
    yield from _unbounded(judged, externals, tally)


def _equalities(judged: Judged, externals: dict[Term, Variable], tally: Tally) -> Iterator[Suspicion]:
    program = judged.program
    lines: list[tuple[Condition | Store, Term]] = [(line, line.term) for line in (*program.guards, *program.requires)]
    lines += [(store, store.value) for store in program.stores]
    seen: set[int] = set()
    for line, term in lines:
        for node in in_order(line.path, term, done=seen):
            tally.work += 1
            seen.add(node.order)
            if node.op is not Op.EQ or node.args[0].sort not in (Sort.INT, Sort.RATIONAL):
                continue
            moved = [part for part in linear((1, node.args[0]), (-1, node.args[1])).parts if part in externals]
            if moved:
                label = externals[moved[0]].name
                what = f"`{label}` is external and must be exactly one value, which others can bring about:"
                advice = f"hold `{label}` between two bounds instead"
                message = f"{what} {judged.told(line)}"
                yield Suspicion(_CLASS, Disposition.REJECT, line.span, message, advice, Weakness.UNVERIFIED_DATA)


@dataclass(slots=True)
class _Held:
    """How guards hold one external: by literals, and whether anything that is not external holds it at all."""

    low: Fraction | None = None
    high: Fraction | None = None
    from_below: bool = False
    from_above: bool = False


def _unbounded(judged: Judged, externals: dict[Term, Variable], tally: Tally) -> Iterator[Suspicion]:
    program = judged.program
    held = {term: _of_type(variable) for term, variable in externals.items()}
    conjuncts = list(guard_conjuncts(program))
    moving = _above(conjuncts, held)
    tally.work += len(moving) + len(conjuncts)
    for node in conjuncts:
        if node in moving:
            _note(node, held, moving)
    roots = [guard.term for guard in program.guards]
    roots += [term for line in program.requires for term in (line.path, line.term)]
    roots += [cell.after for cell in program.cells]
    deciding = {node for node in in_order(*roots) if node in externals}
    for term, variable in externals.items():
        found = held[term]
        bound = judged.profile.bounds.get(variable.name)
        if bound is not None:
            if not _keeps(found, bound, _unit(variable)):
                yield _suspicion(variable, Disposition.REJECT, f"{bound.lowest} and {bound.highest}")
        elif term in deciding and not (found.from_below and found.from_above):
            yield _suspicion(variable, judged.unless_required(_CLASS), "two bounds")


def _suspicion(variable: Variable, disposition: Disposition, expected: str) -> Suspicion:
    message = f"`{variable.name}` is external, expected guards that hold it between {expected}"
    advice = f"hold `{variable.name}` from both sides in the guard"
    return Suspicion(_CLASS, disposition, variable.span, message, advice, Weakness.UNVERIFIED_DATA)


def _unit(variable: Variable) -> int:
    return 10**variable.scale if isinstance(variable.type, Money) else 1


def _of_type(variable: Variable) -> _Held:
    """What a type itself holds; the width of money says how it is stored, and bounds no price."""
    minimum, maximum = bounds_of(variable.type)
    low, high = (None if each is None else Fraction(each) for each in (minimum, maximum))
    if isinstance(variable.type, Money):
        high = None
    return _Held(low, high, low is not None, high is not None)


def _above(roots: list[Term], externals: Container[Term]) -> set[Term]:
    """The externals, and everything below the roots in which one of them stands."""
    found: set[Term] = set()
    for node in in_order(*roots):
        if node in externals or any(arg in found for arg in node.args):
            found.add(node)
    return found


def _note(node: Term, held: dict[Term, _Held], moving: Container[Term]) -> None:
    """Note what one conjunct of a guard says of an external that stands in it once, and alone of its kind."""
    denied = node.op is Op.NOT
    compared = node.args[0] if denied else node
    if compared.op not in (Op.LT, Op.LE) and (denied or compared.op is not Op.EQ):
        return
    form = linear((1, compared.args[0]), (-1, compared.args[1]))
    moved = [part for part in form.parts if part in held]
    if len(moved) != 1:
        return
    (term,) = moved
    rest = [part for part in form.parts if part is not term]
    if any(part in moving for part in rest):
        return
    found, factor = held[term], form.parts[term]
    value = None if rest else -form.constant / factor
    is_equality = compared.op is Op.EQ
    is_upper = (factor > 0) is not denied
    if is_upper or is_equality:
        found.from_above = True
        if value is not None:
            found.high = value if found.high is None else min(found.high, value)
    if not is_upper or is_equality:
        found.from_below = True
        if value is not None:
            found.low = value if found.low is None else max(found.low, value)


def _keeps(found: _Held, bound: Bound, unit: int) -> bool:
    """Whether the literals of guards keep a value in its declared range."""
    return (
        found.low is not None
        and found.high is not None
        and bound.low * unit <= found.low
        and found.high <= bound.high * unit
    )
