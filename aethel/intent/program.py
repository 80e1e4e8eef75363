"""The lowered program: the one form of an intent that every check reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from aethel.intent.terms import Term, Terms
from aethel.intent.types import Type
from aethel.rules import NO_RULES, Rules
from aethel.verdict import Finding, Span

LANGUAGE_VERSION = "1"
"""Changes whenever a lowering change could give one text another meaning; part of every digest."""


class Role(Enum):
    """What a variable stands for. Every variable is universally quantified until a value is given."""

    PARAMETER = "parameter"
    FREE = "free"
    EXTERNAL = "external"
    OLD_CELL = "old"
    NEW_CELL = "new"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter, as written, in declaration order."""

    name: str
    type: Type
    secret: bool
    external: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Variable:
    """One unknown of the program.

    `name` is unique in the program and names the variable in terms: parameters and free names as written; the cell
    `x.balance` is `old x.balance` before and `new x.balance` where its value after is arbitrary. `type` gives sort
    and bounds; money counts minor units, 10**-scale of one unit.
    """

    name: str
    role: Role
    type: Type
    term: Term
    scale: int
    secret: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Cell:
    """One state cell: `account` and `field` (`sender`, `balance`), or a lone name with an empty `account`.

    `before` and `after` are its values as terms; `written` says that it may change. `scale` is the number of
    decimals of its asset (0 for what is not money). `label` is how the author would write its value after.
    """

    name: str
    label: str
    account: str
    field: str
    type: Type
    scale: int
    before: Term
    after: Term
    written: bool
    secret: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of a block that must be true or is assumed true.

    `term` is false wherever a divisor in it is zero. `path` is the condition under which the line is reached (for
    `require` inside branches; true elsewhere). `text` is the source line.
    """

    term: Term
    path: Term
    span: Span
    text: str
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Store:
    """One store to a cell: under `path`, `cell` becomes `value`."""

    cell: str
    path: Term
    value: Term
    span: Span
    text: str


Met = tuple[Term, int]
"""A divisor that an evaluation meets: that it is not zero where it is come to, and its place among the divisors."""


@dataclass(frozen=True, slots=True, eq=False)
class Earlier:
    """That no divisor is zero to which an evaluation comes before it comes to a certain one, since it stops there.

    Of each sequence so many count; divisors of one evaluation share them, of which a loop has thousands.
    """

    parts: tuple[tuple[Sequence[Met], int], ...]

    def conditions(self) -> tuple[Term, ...]:
        """One condition for each divisor, in the order of the evaluation."""
        return tuple(condition for sequence, count in self.parts for condition, _ in sequence[:count])


@dataclass(frozen=True, slots=True, eq=False)
class InGuards:
    """That an evaluation comes to a divisor of a binding that guards use, supposing that it is zero under its path.

    Each guard is evaluated by itself and ends at the first divisor that is zero, and so does the transition, which
    begins where every guard holds. `guards` are those that use the binding, each with the divisors it meets, `earlier`
    is about the transition, and `position` is the divisor's place.
    """

    terms: Terms
    position: int
    guards: tuple[tuple[Term, Sequence[Met]], ...]
    earlier: Earlier

    def conditions(self) -> tuple[Term, ...]:
        """That each of these guards holds or ends at this divisor, and that one of them or the transition does."""
        terms = self.terms
        ends = [self._ends_here(met) for _, met in self.guards]
        held = [terms.or_(guard, end) for (guard, _), end in zip(self.guards, ends, strict=True)]
        return (*held, terms.or_(*ends, terms.and_(*self.earlier.conditions())))

    def _ends_here(self, met: Sequence[Met]) -> Term:
        """That an evaluation that meets these ends at this one: once for each way on which it comes to it."""
        terms, before, ends = self.terms, dict[Term, None](), list[Term]()
        for condition, position in met:
            if position == self.position and condition not in before:
                ends.append(terms.and_(*before, terms.not_(condition)))
            before[condition] = None
        return terms.or_(*ends)


@dataclass(frozen=True, slots=True)
class Divisor:
    """One divisor, which must not be zero under `path`; `guards` are the indices of the guards it stands in.

    `reached` is what the requires before it demand: an execution in which it is false does not come so far. `earlier`
    says when an evaluation comes to it; it is None where that would be too long to say, of one in a binding that guards
    use very often. It is no part of what a program means: whether any divisor is zero does not hang on which is first.
    """

    term: Term
    path: Term
    span: Span
    text: str
    guards: frozenset[int]
    reached: Term
    earlier: Earlier | InGuards | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ConstantRange:
    """A constant or constant subterm that does not fit the width of the type it is used at."""

    span: Span
    text: str
    detail: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """A `transfer` whose amount must not be negative under `path`."""

    path: Term
    amount: Term
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Issue:
    """A `mint` (positive) or `burn` (negative) of an asset: under `path`, the supply changes by `delta` minor units."""

    asset: str
    path: Term
    delta: Term
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Program:
    """One lowered intent.

    All guards, and each `require` under its path, restrict the admitted executions. `posts` must follow. `stores`
    lists every store in order (in the declarative form, one per defined or arbitrary cell). `accounts` lists the
    distinct accounts named; `supply` gives, per asset, the sum of the old balances of the written cells, and the
    width it must fit by hypothesis. `distinct` lists the account variables that occur in terms, pairwise distinct by
    hypothesis. `terms` is the builder that made every term here and may make more. `digest` is hexadecimal SHA-256.
    `writable` are the keys of what the syntax tree may write; lowering takes no part in it, and the digest does not
    cover it.
    """

    name: str
    parameters: tuple[Parameter, ...]
    variables: tuple[Variable, ...]
    cells: tuple[Cell, ...]
    guards: tuple[Condition, ...]
    requires: tuple[Condition, ...]
    posts: tuple[Condition, ...]
    stores: tuple[Store, ...]
    divisors: tuple[Divisor, ...]
    constants: tuple[ConstantRange, ...]
    transfers: tuple[Transfer, ...]
    issues: tuple[Issue, ...]
    accounts: tuple[str, ...]
    supply: tuple[tuple[str, Term, int], ...]
    distinct: tuple[Term, ...]
    scales: tuple[tuple[str, int], ...]
    settings: tuple[tuple[str, str], ...]
    has_effect: bool
    has_loops: bool
    terms: Terms
    span: Span
    digest: str
    writable: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class IntentFile:
    """All intents of one text in the order they run, on one state, all or nothing.

    `batches` names each `atomic_batch` with the positions of its intents. `digest` covers every program and the
    language version. `advice` holds findings that never change the verdict. `rules` are those of the client who asks,
    under which the obligations on what it issues are stated; no digest covers them, so that what is said of these
    obligations must never be kept by digest alone.
    """

    programs: tuple[Program, ...]
    batches: tuple[tuple[str, int, int], ...]
    digest: str
    advice: tuple[Finding, ...] = ()
    rules: Rules = NO_RULES
