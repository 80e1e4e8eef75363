"""Whether who takes part decides what happens: two runs of one intent, told apart by a renaming of identities only.

Both runs have the same numbers and truth values. The identities of one are those of the other under a bijection, one of
accounts and one of all other identities, which is all that equalities among them can show; literals are not renamed. An
intent without identity literals cannot tell the two runs apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from aethel.intent.interpreter import run
from aethel.intent.program import Condition, Program, Store, Variable
from aethel.intent.reading import Reading
from aethel.intent.rebuilding import Rebuilding
from aethel.intent.replay import one_unit
from aethel.intent.terms import Op, Sort, Term, Value, in_order
from aethel.intent.types import Account, Text
from aethel.verdict import Span

_OTHER = "other "
"""Stands before the name of an identity in the second run; no name of a program begins with it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the intent that names an identity by a literal; a `secret` one may be told by its place alone."""

    text: str
    span: Span
    secret: bool


@dataclass(frozen=True, slots=True)
class Neutrality:
    """That both runs are admitted alike and change every cell alike: `claim` wherever all `assumptions` hold.

    `variables` are those of the program and the identities of the second run. `deciding` are the lines whose literals
    may tell the runs apart; where there are none, the claim is `true`. `restricting` are the guard lines whose literals
    only say for whom the intent is, or is not, at all: assumed of both runs, and worth advice.
    """

    assumptions: tuple[Term, ...]
    claim: Term
    variables: tuple[Variable, ...]
    deciding: tuple[Line, ...]
    restricting: tuple[Line, ...]


def neutrality(program: Program, hypotheses: Sequence[Term], *, texts: bool = False) -> Neutrality:
    """The two runs of a program, each of which satisfies the `hypotheses`.

    A `Text` says something more often than it names somebody: unless `texts`, a comparison of texts with a literal
    comes out alike in both runs. Linear in the distinct nodes of the program and quadratic in its identities.
    """
    return _TwoRuns(program, hypotheses, texts=texts).stated()


def second_run(values: Mapping[str, Value]) -> dict[str, Value]:
    """The second run's value for each variable of the program, from the values of both runs."""
    return {name: values.get(_OTHER + name, value) for name, value in first_run(values).items()}


def first_run(values: Mapping[str, Value]) -> dict[str, Value]:
    """The first run's value for each variable of the program, from the values of both runs."""
    return {name: value for name, value in values.items() if not name.startswith(_OTHER)}


def runs_differ(reading: Reading, position: int, values: Mapping[str, Value]) -> bool:
    """Whether the reference interpreter tells the two runs apart, of which one is a renaming of the other.

    `values` has those of both runs; whether each satisfies the hypotheses of the language is not looked at.
    """
    assert reading.file is not None
    program, analysed = reading.file.programs[position], reading.analysed[position]
    both = (first_run(values), second_run(values))
    if not _is_renaming(program, *both):
        return False
    first, second = (run(analysed, dict(program.scales), *one_unit(program, each)) for each in both)
    if first.admitted != second.admitted:
        return True
    changed = (cell.name for cell in program.cells if cell.before.sort is not Sort.IDENTITY)
    return first.admitted and any(first.after[name] != second.after[name] for name in changed)


def _is_renaming(program: Program, first: Mapping[str, Value], second: Mapping[str, Value]) -> bool:
    """Whether bijections of accounts and of other identities make the one of the other, all else being the same."""
    pairs: dict[bool, set[tuple[Value, Value]]] = {True: set(), False: set()}
    for variable in program.variables:
        one, other = first[variable.name], second[variable.name]
        if variable.term.sort is Sort.IDENTITY:
            pairs[isinstance(variable.type, Account)].add((one, other))
        elif one != other:
            return False
    return all(
        len({one for one, _ in found}) == len(found) == len({other for _, other in found}) for found in pairs.values()
    )


class _TwoRuns:
    """One program twice, in the builder of its terms."""

    def __init__(self, program: Program, hypotheses: Sequence[Term], *, texts: bool) -> None:
        self._program = program
        self._terms = program.terms
        self._hypotheses = hypotheses
        self._cells = [cell for cell in program.cells if cell.before.sort is not Sort.IDENTITY]
        self._identities = [each for each in program.variables if each.term.sort is Sort.IDENTITY]
        spoken = {each.term for each in self._identities if isinstance(each.type, Text) and not texts}
        atoms = [(atom, names) for atom, names in _literal_comparisons(self._roots()) if names]
        self._deciding = {atom for atom, names in atoms if not names <= spoken}
        self._spoken = [atom for atom, _ in atoms if atom not in self._deciding]

    def stated(self) -> Neutrality:
        program, terms = self._program, self._terms
        conjuncts = self._preconditions()
        restricting = {part: line for line, part in conjuncts if self._only_restricts(part)}
        lines = tuple(dict.fromkeys(_line(line) for line in restricting.values()))
        assumptions = (*self._hypotheses, *restricting)
        if not self._deciding:
            return Neutrality(assumptions, terms.true, program.variables, (), lines)
        others = [self._other(each) for each in self._identities]
        pairs = {each.term: other.term for each, other in zip(self._identities, others, strict=True)}
        second = Rebuilding(terms, pairs)
        admitting = [part for _, part in conjuncts if part not in restricting]
        admitting += [terms.implies(line.path, line.term) for line in program.requires if line.path is not terms.true]
        return Neutrality(
            tuple(dict.fromkeys((*assumptions, *map(second.of, assumptions), *self._renaming(pairs, second)))),
            self._alike(admitting, second),
            (*program.variables, *others),
            self._lines(restricting),
            lines,
        )

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
        return [*lines, *(cell.after for cell in self._cells), *self._hypotheses]

    def _only_restricts(self, conjunct: Term) -> bool:
        """Whether a condition asks nothing, or the impossible, of everybody whom no literal names."""
        named = {node: self._terms.false for node in in_order(conjunct) if node in self._deciding}
        return bool(named) and Rebuilding(self._terms, named).of(conjunct).op is Op.CONST

    def _other(self, variable: Variable) -> Variable:
        name = _OTHER + variable.name
        return replace(variable, name=name, term=self._terms.var(name, Sort.IDENTITY))

    def _renaming(self, pairs: Mapping[Term, Term], second: Rebuilding) -> Iterator[Term]:
        """A bijection there is exactly where the same identities are equal in both runs; it keeps what texts say."""
        terms = self._terms
        for accounts in (True, False):
            group = [each.term for each in self._identities if isinstance(each.type, Account) == accounts]
            for one, two in combinations(group, 2):
                yield terms.eq(terms.eq(one, two), terms.eq(pairs[one], pairs[two]))
        for atom in self._spoken:
            yield terms.eq(atom, second.of(atom))

    def _alike(self, admitting: Sequence[Term], second: Rebuilding) -> Term:
        terms = self._terms
        admitted = terms.and_(*admitting)
        changed = (terms.eq(cell.after, second.of(cell.after)) for cell in self._cells)
        return terms.and_(terms.eq(admitted, second.of(admitted)), terms.implies(admitted, terms.and_(*changed)))

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
        return tuple(dict.fromkeys(map(_line, found)))


def _line(line: Condition | Store) -> Line:
    return Line(line.text, line.span, isinstance(line, Condition) and line.secret)


def _above(roots: Sequence[Term], marked: Collection[Term]) -> set[Term]:
    """The marked nodes and every node below the roots in which one of them stands."""
    found: set[Term] = set()
    for node in in_order(*roots):
        if node in marked or any(arg in found for arg in node.args):
            found.add(node)
    return found


def _literal_comparisons(roots: Sequence[Term]) -> Iterator[tuple[Term, frozenset[Term]]]:
    """Every comparison below the roots in which an identity literal may be met, with the variables it is met by."""
    names: dict[Term, frozenset[Term]] = {}
    literal: set[Term] = set()
    for node in in_order(*roots):
        if node.sort is Sort.IDENTITY:
            below = node.args[1:]
            names[node] = frozenset((node,)) if node.op is Op.VAR else frozenset().union(*(names[arg] for arg in below))
            if node.op is Op.CONST or any(arg in literal for arg in below):
                literal.add(node)
        elif node.op is Op.EQ and node.args[0].sort is Sort.IDENTITY and any(arg in literal for arg in node.args):
            yield node, names[node.args[0]] | names[node.args[1]]
