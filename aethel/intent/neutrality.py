"""Whether who takes part decides what happens: two runs of one intent, told apart by a renaming of identities only.

Both runs have the same numbers, truth values and texts. The identities of one are those of the other under a bijection
for each role, which is all that equalities among them can show; literals are not renamed. An intent without identity
literals cannot tell the two runs apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from aethel.intent.program import Cell, Condition, Program, Role, Store, Variable
from aethel.intent.rebuilding import Rebuilding
from aethel.intent.terms import Op, Sort, Term, Value, in_order
from aethel.intent.types import Opaque, Type
from aethel.verdict import Span

MOST_IDENTITIES = 128
"""Identities of one program that are compared pair by pair: as many as it may have parameters."""

_OTHER = "other "
"""Stands before the name of an identity in the second run; no name of a program begins with it."""

_TEXT = "Text"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the intent that names an identity by a literal; a `secret` one may be told by its place alone."""

    text: str
    span: Span
    secret: bool


@dataclass(frozen=True, slots=True)
class Neutrality:
    """That both runs are admitted alike and change every cell alike: `claim` wherever all `assumptions` hold.

    `roles` are the names of the variables that are renamed, those of one bijection together; `others` are what these
    are in the second run, in the order of the program. `deciding` are the lines whose literals may tell the runs apart;
    where there are none, the claim is `true`. `restricting` are the guard lines whose literals only say for whom the
    intent is, or is not, at all: assumed of both runs, and worth advice. Where there are too many identities to
    compare, `too_large` says so and the claim is `false`.
    """

    assumptions: tuple[Term, ...]
    claim: Term
    roles: tuple[frozenset[str], ...] = ()
    others: tuple[Variable, ...] = ()
    deciding: tuple[Line, ...] = ()
    restricting: tuple[Line, ...] = ()
    too_large: bool = False


def neutrality(program: Program, hypotheses: Sequence[Term]) -> Neutrality:
    """The two runs of a program, each of which satisfies the `hypotheses`.

    Identities are of one role where they are of one type, or where a value of the one type is compared with, chosen
    beside or stored as one of the other. A `Text` that meets no other type says something rather than names somebody,
    and so does what cells alone hold; it is the same in both runs. Linear in the distinct nodes of the program and
    quadratic in its identities, MOST_IDENTITIES at most; nothing is looked at where the text names no identity.
    """
    if not program.terms.names_identities:
        return Neutrality(tuple(hypotheses), program.terms.true)
    return _TwoRuns(program, hypotheses).stated()


def second_run(values: Mapping[str, Value]) -> dict[str, Value]:
    """The second run's value for each variable of the program, from the values of both runs."""
    return {name: values.get(_OTHER + name, value) for name, value in first_run(values).items()}


def first_run(values: Mapping[str, Value]) -> dict[str, Value]:
    """The first run's value for each variable of the program, from the values of both runs."""
    return {name: value for name, value in values.items() if not name.startswith(_OTHER)}


def plainly(made: Neutrality, values: Mapping[str, Value]) -> dict[str, Value]:
    """The values of both runs with nobody renamed in the second who need not be: made-up names are nobody's.

    A made-up identity bears the name of its variable.
    """
    found = dict(values)
    nodes = in_order(made.claim, *made.assumptions)
    literals = {node.value for node in nodes if node.op is Op.CONST and node.sort is Sort.IDENTITY}
    for role in made.roles:
        made_up = {_OTHER + name for name in role}
        held = {values[name] for name in made_up}
        kept: dict[Value, Value] = {}
        for name in role:
            first, second = values[name], values[_OTHER + name]
            if first in role - literals and first not in held and second in made_up:
                kept[second] = first
        found |= {name: kept.get(values[name], values[name]) for name in made_up}
    return found


def original(name: str) -> str:
    """The name in the program of what a variable of the second run stands for."""
    return name.removeprefix(_OTHER)


class _TwoRuns:
    """One program twice, in the builder of its terms."""

    def __init__(self, program: Program, hypotheses: Sequence[Term]) -> None:
        self._program = program
        self._terms = program.terms
        self._hypotheses = hypotheses
        met = list(_meetings(self._roots()))
        self._role_of = _roles(program, met)
        self._identities = [each for each in program.variables if each.term in self._role_of]
        self._deciding = {each.node for each in met if each.is_test and not self._role_of.keys().isdisjoint(each.names)}
        self._pairs: dict[Term, Term] = {}

    def stated(self) -> Neutrality:
        terms = self._terms
        conjuncts = self._preconditions()
        restricting = {part: line for line, part in conjuncts if self._only_restricts(part)}
        lines = tuple(dict.fromkeys(map(self._line, restricting.values())))
        assumptions = (*self._hypotheses, *restricting)
        if not self._deciding:
            return Neutrality(assumptions, terms.true, restricting=lines)
        deciding = self._lines(restricting)
        if len(self._identities) > MOST_IDENTITIES:
            return Neutrality(assumptions, terms.false, deciding=deciding, restricting=lines, too_large=True)
        others = tuple(map(self._other, self._identities))
        self._pairs = {each.term: other.term for each, other in zip(self._identities, others, strict=True)}
        second = Rebuilding(terms, self._pairs)
        claim = self._alike([part for _, part in conjuncts if part not in restricting], second)
        if claim is terms.true:
            return Neutrality(assumptions, claim, deciding=deciding, restricting=lines)
        assumed = (*assumptions, *map(second.of, assumptions), *self._renaming())
        roles = tuple(frozenset(str(each.value) for each in role) for role in self._grouped())
        return Neutrality(tuple(dict.fromkeys(assumed)), claim, roles, others, deciding, lines)

    def _preconditions(self) -> list[tuple[Condition, Term]]:
        """What must hold however an execution goes on: guards, and requires outside branches, conjunct by conjunct."""
        reached = (line for line in self._program.requires if line.path is self._terms.true)
        return [(line, part) for line in (*self._program.guards, *reached) for part in self._conjuncts(line.term)]

    def _conjuncts(self, term: Term) -> list[Term]:
        stack, found = [term], []
        while stack:
            node = stack.pop()
            if node.op is Op.AND:
                stack.extend(reversed(node.args))
            elif node.op is Op.NOT and node.args[0].op is Op.OR:
                stack.extend(self._terms.not_(part) for part in reversed(node.args[0].args))
            else:
                found.append(node)
        return found

    def _roots(self) -> list[Term]:
        program = self._program
        lines = [term for line in (*program.guards, *program.requires) for term in (line.path, line.term)]
        return [*lines, *(cell.after for cell in program.cells), *self._hypotheses]

    def _only_restricts(self, conjunct: Term) -> bool:
        """Whether a condition asks nothing of anybody whom no literal names, or is a list of who may take part at all.

        Only plain comparisons of a name with a literal count: a chosen identity may equal that of somebody unnamed.
        """
        nodes = list(in_order(conjunct))
        named = {node: self._terms.false for node in nodes if node in self._deciding}
        if not named or any(arg.op not in (Op.VAR, Op.CONST) for node in named for arg in node.args):
            return False
        unnamed = Rebuilding(self._terms, named).of(conjunct)
        if unnamed is self._terms.true:
            return True
        return unnamed is self._terms.false and not any(
            node.op is Op.VAR and node.sort is not Sort.IDENTITY for node in nodes
        )

    def _other(self, variable: Variable) -> Variable:
        name = _OTHER + variable.name
        return replace(variable, name=name, term=self._terms.var(name, Sort.IDENTITY))

    def _grouped(self) -> list[list[Term]]:
        """The identities role by role."""
        roles: dict[frozenset[str], list[Term]] = {}
        for each in self._identities:
            roles.setdefault(self._role_of[each.term], []).append(each.term)
        return list(roles.values())

    def _renaming(self) -> Iterator[Term]:
        """A bijection there is exactly where the same identities are equal in both runs."""
        terms, pairs = self._terms, self._pairs
        for role in self._grouped():
            for one, two in combinations(role, 2):
                yield terms.eq(terms.eq(one, two), terms.eq(pairs[one], pairs[two]))

    def _alike(self, preconditions: Sequence[Term], second: Rebuilding) -> Term:
        terms = self._terms
        inside = [line for line in self._program.requires if line.path is not terms.true]
        admitted = terms.and_(*preconditions, *(terms.implies(line.path, line.term) for line in inside))
        changed = (self._renamed(cell, second.of(cell.after)) for cell in self._program.cells)
        return terms.and_(terms.eq(admitted, second.of(admitted)), terms.implies(admitted, terms.and_(*changed)))

    def _renamed(self, cell: Cell, other: Term) -> Term:
        """That the second run leaves the same in a cell, or what the renaming makes of it."""
        terms, role = self._terms, self._role_of.get(cell.before)
        moved = (
            terms.and_(terms.eq(cell.after, one), terms.eq(other, two))
            for one, two in self._pairs.items()
            if self._role_of[one] == role
        )
        return terms.or_(terms.eq(cell.after, other), *moved)

    def _lines(self, restricting: Collection[Term]) -> tuple[Line, ...]:
        """The lines with literals that may decide: conditions, and stores by their value or by where they stand."""
        program, terms = self._program, self._terms
        roots = [*self._roots(), *(term for store in program.stores for term in (store.path, store.value))]
        preconditions = self._preconditions()
        naming = _above([*roots, *(part for _, part in preconditions)], self._deciding)
        found: list[Condition | Store] = [
            line for line, part in preconditions if part in naming and part not in restricting
        ]
        branching = (line for line in program.requires if line.path is not terms.true)
        found += [line for line in branching if line.term in naming or line.path in naming]
        found += [store for store in program.stores if store.value in naming or store.path in naming]
        return tuple(dict.fromkeys(map(self._line, found)))

    def _line(self, line: Condition | Store) -> Line:
        """The line as it may be told: what a secret line of `verify` defines is a store, and as secret."""
        secret = (post.span for post in self._program.posts if post.secret)
        is_secret = isinstance(line, Condition) and line.secret
        return Line(line.text, line.span, is_secret or any(one.start <= line.span.start < one.end for one in secret))


def _above(roots: Sequence[Term], marked: Collection[Term]) -> set[Term]:
    """The marked nodes and every node below the roots in which one of them stands."""
    found: set[Term] = set()
    for node in in_order(*roots):
        if node in marked or any(arg in found for arg in node.args):
            found.add(node)
    return found


@dataclass(frozen=True, slots=True)
class _Met:
    """Variables whose identities meet in one node; `is_test` where that compares them with a literal."""

    node: Term
    names: frozenset[Term]
    is_test: bool


def _meetings(roots: Sequence[Term]) -> Iterator[_Met]:
    """Every comparison of identities below the roots, and every choice between some."""
    names: dict[Term, frozenset[Term]] = {}
    literal: set[Term] = set()
    for node in in_order(*roots):
        if node.sort is Sort.IDENTITY:
            below = node.args[1:]
            names[node] = frozenset((node,)) if node.op is Op.VAR else frozenset().union(*(names[arg] for arg in below))
            if node.op is Op.CONST or any(arg in literal for arg in below):
                literal.add(node)
            if below:
                yield _Met(node, names[node], is_test=False)
        elif node.op is Op.EQ and node.args[0].sort is Sort.IDENTITY:
            one, other = node.args
            yield _Met(node, names[one] | names[other], is_test=one in literal or other in literal)


def _roles(program: Program, met: Iterable[_Met]) -> dict[Term, frozenset[str]]:
    """The role of each identity that is renamed: the names of all types that may stand in for its own."""
    types = {each.term: _type_name(each.type) for each in program.variables if each.term.sort is Sort.IDENTITY}
    together = {frozenset(types[name] for name in each.names) for each in met}
    for cell in program.cells:
        if cell.after.sort is Sort.IDENTITY:
            held = (types[node] for node in in_order(cell.after) if node in types)
            together.add(frozenset((_type_name(cell.type), *held)))
    roles = [frozenset((name,)) for name in dict.fromkeys(types.values())]
    for one in together:
        joined = one.union(*(role for role in roles if role & one))
        roles = [role for role in roles if not role & one] + [joined]
    role_of = {name: role for role in roles for name in role if not role.isdisjoint(_acting(program))}
    return {term: role_of[name] for term, name in types.items() if role_of.get(name, {_TEXT}) != {_TEXT}}


def _acting(program: Program) -> frozenset[str]:
    """The types of identities that take part; what only cells hold, as the status of an order, is nobody."""
    cells = (Role.OLD_CELL, Role.NEW_CELL)
    return frozenset(_type_name(each.type) for each in program.variables if each.role not in cells)


def _type_name(type_: Type) -> str:
    """What types of one role are called alike: accounts of all assets, texts of all lengths."""
    return type_.name if isinstance(type_, Opaque) else type(type_).__name__
