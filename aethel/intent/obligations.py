"""Obligations: each a formula over one program that must hold, so that an answer names what failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from fractions import Fraction

from aethel.intent.frame import frame_claim
from aethel.intent.neutrality import Neutrality, neutrality
from aethel.intent.program import Cell, Divisor, Earlier, InGuards, IntentFile, Issue, Program, Variable
from aethel.intent.terms import Sort, Term
from aethel.intent.types import DEFAULT_ASSET, Money, bounds_of
from aethel.rules import DEFAULT_ASSET_NAME, Cap, Rules
from aethel.verdict import Span


class Kind(Enum):
    """The kinds of obligation, in the order in which a person would want to hear of them."""

    CONSISTENT = "consistent"
    NON_VACUOUS = "non_vacuous"
    POST = "post"
    IN_RANGE = "in_range"
    CONSERVED = "conserved"
    SOLVENT = "solvent"
    ISSUED = "issued"
    FRAME = "frame"
    IDENTITY_NEUTRAL = "identity_neutral"


class Aspect(Enum):
    """What an obligation looks at, where one kind covers several things."""

    WHOLE = "whole"
    CONSTANT = "constant"
    DIVISOR = "divisor"
    AMOUNT = "amount"
    STORE = "store"


@dataclass(frozen=True, slots=True)
class Obligation:
    """`claim` must hold wherever all `assumptions` do; for CONSISTENT and NON_VACUOUS these must be satisfiable.

    `id` is unique in the file; `program` is the position of its intent; `subject` is the asset or the label of the cell
    it is about, else the source line; `property` says in one sentence what is claimed. `neutrality` is set for
    IDENTITY_NEUTRAL, whose terms are about two runs and may use more variables than the program has. `earlier` is set
    for a divisor where it is known: an execution that ends before it comes to the divisor refutes nothing of it.
    """

    id: str
    kind: Kind
    program: int
    assumptions: tuple[Term, ...]
    claim: Term
    span: Span
    subject: str
    property: str
    aspect: Aspect = Aspect.WHOLE
    neutrality: Neutrality | None = None
    earlier: Earlier | InGuards | None = field(default=None, compare=False, repr=False)


def obligations(file: IntentFile) -> tuple[Obligation, ...]:
    """Every obligation, intent by intent; ids are prefixed with the intent's name where there are several.

    What is issued is held to the caps in the rules of the file; for an asset without one see `unauthorised`.
    """
    if len(file.programs) == 1:
        return tuple(_of_program(file.programs[0], file.rules))
    return tuple(
        replace(each, id=f"{program.name}:{each.id}", program=position)
        for position, program in enumerate(file.programs)
        for each in _of_program(program, file.rules)
    )


def variables_of(program: Program, *stated: Obligation) -> tuple[Variable, ...]:
    """The variables of the program in their order, then those of the second run that some of its obligations have."""
    others = dict.fromkeys(other for each in stated if each.neutrality is not None for other in each.neutrality.others)
    return (*program.variables, *others)


def unauthorised(program: Program, rules: Rules) -> tuple[Issue, ...]:
    """Every `mint` and `burn` of an asset for which the rules have no cap, reached or not: reasons to reject."""
    return tuple(issue for issue in program.issues if cap_of(issue.asset, rules) is None)


def cap_of(asset: str, rules: Rules) -> Cap | None:
    """The cap on an asset; a nominal asset that is called like the default one has none."""
    return None if asset == DEFAULT_ASSET_NAME else rules.issuance.get(asset_name(asset))


def hypotheses(program: Program) -> tuple[Term, ...]:
    """What every obligation may assume beside guards: type ranges, distinct accounts, and the supply hypothesis."""
    return (*type_ranges(program), *distinctness(program), *supply(program))


def type_ranges(program: Program) -> tuple[Term, ...]:
    """The range of each bounded variable, as terms."""
    terms = program.terms
    ranges: list[Term] = []
    for variable in program.variables:
        minimum, maximum = bounds_of(variable.type)
        if minimum is not None:
            ranges.append(terms.le(terms.const(minimum), variable.term))
        if maximum is not None:
            ranges.append(terms.le(variable.term, terms.const(maximum)))
    return tuple(ranges)


def distinctness(program: Program) -> tuple[Term, ...]:
    """Account names are distinct accounts: one inequality for each pair that occurs in terms."""
    terms, accounts = program.terms, program.distinct
    return tuple(
        terms.not_(terms.eq(first, second)) for index, first in enumerate(accounts) for second in accounts[index + 1 :]
    )


def supply(program: Program) -> tuple[Term, ...]:
    """Per asset, the sum of the written balances before fits its width."""
    terms = program.terms
    return tuple(terms.le(total, terms.const(maximum)) for _, total, maximum in program.supply)


def admitted(program: Program) -> tuple[Term, ...]:
    """Guards and requires."""
    terms = program.terms
    return (
        *(guard.term for guard in program.guards),
        *(terms.implies(line.path, line.term) for line in program.requires),
    )


def nonzero(program: Program, divisor: Divisor) -> Term:
    """That the divisor is not zero where it is reached."""
    terms = program.terms
    return terms.implies(divisor.path, terms.not_(terms.eq(divisor.term, terms.const(0))))


def ended(program: Program) -> Term:
    """That an execution comes to its end: nothing outside the guards, which are false then, is divided by zero.

    Every other obligation may assume this, since that no divisor is zero is an obligation of its own.
    """
    return program.terms.and_(*(nonzero(program, divisor) for divisor in program.divisors if not divisor.guards))


def undivided(program: Program) -> Term:
    """As `ended`, for an execution as far as it comes: what guards or requires do not admit needs no end."""
    terms = program.terms
    divisors = [divisor for divisor in program.divisors if not divisor.guards]
    came = (terms.implies(divisor.reached, nonzero(program, divisor)) for divisor in divisors)
    return terms.implies(terms.and_(*(guard.term for guard in program.guards)), terms.and_(*came))


def _of_program(program: Program, rules: Rules) -> list[Obligation]:
    """The obligations in the order in which causes come before their consequences."""
    guards = tuple(guard.term for guard in program.guards)
    admitting = (*hypotheses(program), *admitted(program))
    end = ended(program)
    assumed = admitting if end is program.terms.true else (*admitting, end)
    ranges = _ranges(program, assumed)
    stores = [found for found in ranges if found.aspect is Aspect.STORE]
    return [
        *_satisfiable(program, guards, admitting),
        *(found for found in ranges if found.aspect is not Aspect.STORE),
        *_solvencies(program, assumed),
        *stores,
        *_posts(program, assumed),
        *_conservations(program, assumed),
        *_issuances(program, rules, assumed),
        _frame(program, assumed),
        _identity_neutral(program, assumed),
    ]


def _satisfiable(program: Program, guards: tuple[Term, ...], assumed: tuple[Term, ...]) -> Iterator[Obligation]:
    true, span, name = program.terms.true, program.span, program.name
    given = (*hypotheses(program), *guards)
    yield Obligation("non_vacuous", Kind.NON_VACUOUS, 0, given, true, span, name, "the guards can hold")
    yield Obligation("consistent", Kind.CONSISTENT, 0, assumed, true, span, name, "an execution is admitted")


def _posts(program: Program, assumed: tuple[Term, ...]) -> Iterator[Obligation]:
    for index, post in enumerate(program.posts, 1):
        claim = program.terms.implies(post.path, post.term)
        yield Obligation(
            f"post.{index}", Kind.POST, 0, assumed, claim, post.span, post.text, f"`{post.text}` holds after"
        )


def _conservations(program: Program, assumed: tuple[Term, ...]) -> Iterator[Obligation]:
    for asset, delta in deltas(program):
        name = asset_name(asset)
        claim = program.terms.eq(delta, program.terms.const(0))
        claimed = f"the sum of {name} is unchanged"
        yield Obligation(f"conserved.{name}", Kind.CONSERVED, 0, assumed, claim, program.span, name, claimed)


def _issuances(program: Program, rules: Rules, assumed: tuple[Term, ...]) -> Iterator[Obligation]:
    """Per asset with a cap, that all mints of one execution together and all its burns together stay within it."""
    terms, scales = program.terms, dict(program.scales)
    zero = terms.const(0)
    for asset in dict.fromkeys(issue.asset for issue in program.issues):
        cap = cap_of(asset, rules)
        if cap is None:
            continue
        mine = [issue for issue in program.issues if issue.asset == asset]
        reached = [terms.ite(issue.path, issue.delta, zero) for issue in mine]
        claims = [
            terms.le(_positive_sum(program, parts), terms.const(Fraction(most) * 10 ** scales[asset]))
            for parts, most in ((reached, cap.mint), ([terms.neg(part) for part in reached], cap.burn))
        ]
        name = asset_name(asset)
        claimed = f"at most {cap.mint} of {name} is minted and at most {cap.burn} burned"
        yield Obligation(f"issued.{name}", Kind.ISSUED, 0, assumed, terms.and_(*claims), mine[0].span, name, claimed)


def _frame(program: Program, assumed: tuple[Term, ...]) -> Obligation:
    claimed = "what the text does not write stays as it was"
    return Obligation("frame", Kind.FRAME, 0, assumed, frame_claim(program), program.span, program.name, claimed)


def _identity_neutral(program: Program, assumed: tuple[Term, ...]) -> Obligation:
    made = neutrality(program, (*hypotheses(program), undivided(program)))
    if made.claim is not program.terms.true:
        assumed = made.assumptions
    claimed = "who takes part makes no difference to what happens"
    return Obligation(
        "identity_neutral",
        Kind.IDENTITY_NEUTRAL,
        0,
        assumed,
        made.claim,
        made.deciding[0].span if made.deciding else program.span,
        program.name,
        claimed,
        neutrality=made,
    )


def _positive_sum(program: Program, parts: list[Term]) -> Term:
    """The sum of the summands that are positive."""
    terms = program.terms
    zero = terms.const(0)
    return terms.add(*(terms.ite(terms.le(zero, part), part, zero) for part in parts))


def _solvencies(program: Program, assumed: tuple[Term, ...]) -> Iterator[Obligation]:
    for cell in program.cells:
        if cell.written and isinstance(cell.type, Money):
            claim, label = _solvent(program, cell), cell.label
            claimed = f"`{label}` is never below zero"
            yield Obligation(f"solvent.{label}", Kind.SOLVENT, 0, assumed, claim, cell.span, label, claimed)


def _solvent(program: Program, cell: Cell) -> Term:
    terms = program.terms
    zero = terms.const(0)
    stores = [store for store in program.stores if store.cell == cell.name]
    return terms.and_(*(terms.implies(store.path, terms.le(zero, store.value)) for store in stores))


def _ranges(program: Program, assumed: tuple[Term, ...]) -> list[Obligation]:
    """The range obligations: constants, divisors, moved amounts, stores, numbered in this order."""
    terms = program.terms
    zero = terms.const(0)

    def make(claim: Term, span: Span, subject: str, claimed: str, aspect: Aspect) -> Obligation:
        return Obligation("", Kind.IN_RANGE, 0, assumed, claim, span, subject, claimed, aspect)

    found = [make(terms.false, c.span, c.text, c.detail, Aspect.CONSTANT) for c in program.constants]
    reaching = _Reaching(program)
    for divisor in program.divisors:
        claimed = f"the divisor `{divisor.text}` is not zero"
        made = make(nonzero(program, divisor), divisor.span, divisor.text, claimed, Aspect.DIVISOR)
        found.append(replace(made, assumptions=reaching.assumptions(divisor), earlier=divisor.earlier))
    for transfer in program.transfers:
        claim = terms.implies(transfer.path, terms.le(zero, transfer.amount))
        found.append(make(claim, transfer.span, transfer.text, "the moved amount is not negative", Aspect.AMOUNT))
    cells = {cell.name: cell for cell in program.cells}
    for store in program.stores:
        cell = cells[store.cell]
        claim = _store_claim(program, cell, store.value)
        if claim is not terms.true:
            claimed = f"what `{cell.label}` becomes is whole and fits its width"
            found.append(make(terms.implies(store.path, claim), store.span, cell.label, claimed, Aspect.STORE))
    return [replace(each, id=f"in_range.{index}") for index, each in enumerate(found, 1)]


class _Reaching:
    """What holds where an execution comes to a divisor: the guards it does not stand in, the requires before it.

    Divisors that may assume the same share one tuple, since a loop has thousands of them.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._hypotheses = hypotheses(program)
        self._known: dict[tuple[frozenset[int], Term], tuple[Term, ...]] = {}

    def assumptions(self, divisor: Divisor) -> tuple[Term, ...]:
        key = (divisor.guards, divisor.reached)
        if key not in self._known:
            guards = (guard.term for index, guard in enumerate(self._program.guards) if index not in divisor.guards)
            self._known[key] = (*self._hypotheses, *guards, divisor.reached)
        return self._known[key]


def _store_claim(program: Program, cell: Cell, value: Term) -> Term:
    """What one store must keep: a whole number of minor units, inside the width; solvency is its own obligation."""
    terms = program.terms
    minimum, maximum = bounds_of(cell.type)
    parts: list[Term] = []
    if value.sort is Sort.RATIONAL and cell.before.sort is Sort.INT:
        parts.append(terms.is_int(value))
    if maximum is not None:
        parts.append(terms.le(value, terms.const(maximum)))
    if minimum is not None and not isinstance(cell.type, Money):
        parts.append(terms.le(terms.const(minimum), value))
    return terms.and_(*parts)


def deltas(program: Program) -> tuple[tuple[str, Term], ...]:
    """Per asset, the sum of after − before over the written cells, less what was minted or burned, in minor units."""
    terms = program.terms
    sums: dict[str, list[Term]] = {}
    for cell in program.cells:
        if cell.written and isinstance(cell.type, Money):
            sums.setdefault(cell.type.asset, []).append(terms.sub(cell.after, cell.before))
    for issue in program.issues:
        sums.setdefault(issue.asset, []).append(terms.neg(terms.ite(issue.path, issue.delta, terms.const(0))))
    return tuple((asset, terms.add(*parts)) for asset, parts in sums.items())


def asset_name(asset: str) -> str:
    """How an asset is named in ids and messages."""
    return DEFAULT_ASSET_NAME if asset == DEFAULT_ASSET else asset
