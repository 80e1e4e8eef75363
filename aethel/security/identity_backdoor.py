"""S16: literals of the text that decide what happens: for whom, at what time, or at what amount a guard is relaxed or
value goes elsewhere.

Read off the terms of the program, in which bindings are substituted, nested branches are one path, and `min`, `max` and
choices are one form, so that it makes no difference how an author spells the test. Of identities the definition is the
prover's (`identity_neutral`): who is compared with a literal, unless what is compared only says something (`Text`) or
is held by cells alone (the status of an order). Of numbers, an equality with a literal is magic and an ordering is a
tier, see `literal_tests`; zero stands for none, and is not magic. What arithmetic alone decides, such as the product of
two conditions as numbers, is left to the prover.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Flag, auto

from aethel.intent.program import Cell, Condition, Program, Role, Store
from aethel.intent.rebuilding import Rebuilding
from aethel.intent.terms import Op, Sort, Term, in_order
from aethel.intent.types import Money, Opaque, Type
from aethel.security.classes import SecurityClass, Tally, Weakness
from aethel.security.judged import Judged, Suspicion
from aethel.security.literal_tests import LiteralTests
from aethel.verdict import Disposition, Span


class _Kind(Flag):
    """What a literal test tells apart; the first two reject, the others are worth attention."""

    IDENTITY = auto()
    NUMBER = auto()
    TEXT = auto()
    TIME = auto()


_NOTHING = _Kind(0)
_MAGIC = _Kind.IDENTITY | _Kind.NUMBER
_TEXT = "Text"


def identity_backdoor(judged: Judged, tally: Tally) -> Iterator[Suspicion]:
    """Every guard, demand and cell that a literal decides (REJECT), and what only restricts or is a date (ADVISE).

    Each cell is told once, by the first statement that a literal decides. Linear in the nodes of the program.
    """
    found = _Decisions(judged)
    tally.work += found.work
    yield from found.suspicions()


class _Decisions:
    """The literal tests of one program, and what lies above them."""

    def __init__(self, judged: Judged) -> None:
        self._judged = judged
        self._program = judged.program
        self._terms = judged.program.terms
        self._literals = LiteralTests(self._program)
        reached = (line for line in self._program.requires if self._is_always(line))
        preconditions = (*self._program.guards, *reached)
        self._conjuncts = [(line, part) for line in preconditions for part in self._parts(line.term)]
        roots = [part for _, part in self._conjuncts]
        roots += [term for line in self._program.requires for term in (line.path, line.term)]
        roots += [term for store in self._program.stores for term in (store.path, store.value)]
        roots += [cell.after for cell in self._program.cells]
        self._nodes = list(in_order(*roots))
        self._tests = self._literal_tests()
        self._chosen: set[Term] = set()
        self._others: set[Term] = set()
        self._above = self._propagated() if self._tests else {}
        replaced = {node: self._terms.const(node.op is Op.OR) for node in self._tests if node.sort is Sort.BOOL}
        self._without = Rebuilding(self._terms, replaced)
        self.work = self._literals.work + sum(1 + len(node.args) for node in self._nodes)

    def suspicions(self) -> Iterator[Suspicion]:
        if not self._tests:
            return
        yield from self._of_preconditions()
        for line in self._program.requires:
            if not self._is_always(line) and (kind := self._kind(line.term) | self._kind(line.path)):
                yield self._told(kind, line.span, self._judged.told(line), "decides what is demanded")
        for cell in self._program.cells:
            yield from self._of_cell(cell)

    def _of_preconditions(self) -> Iterator[Suspicion]:
        seen: set[tuple[Span, bool]] = set()
        for line, part in self._conjuncts:
            kind = self._kind(part)
            restricts = bool(kind) and self._only_restricts(part)
            if not kind or (restricts and not kind & _MAGIC) or (line.span, restricts) in seen:
                continue
            seen.add((line.span, restricts))
            told = self._judged.told(line)
            if restricts:
                what = f"{told} names by a literal for what the intent is, or is not, at all"
                yield self._suspicion(Disposition.ADVISE, line.span, what, "make it a parameter that the client gives")
            else:
                yield self._told(kind, line.span, told, "relaxes a guard")

    def _of_cell(self, cell: Cell) -> Iterator[Suspicion]:
        kind = self._kind(cell.after)
        if not isinstance(cell.type, Money):
            # A number that decides what a counter becomes moves nothing; whom a cell names does.
            kind &= _Kind.IDENTITY
        if not kind:
            return
        store = next((each for each in self._program.stores if each.cell == cell.name and self._decided(each)), None)
        span = store.span if store is not None else cell.span
        told = self._judged.told(store) if store is not None else f"`{cell.label}`"
        becomes = "what a secret cell becomes" if cell.secret else f"what `{cell.label}` becomes"
        yield self._told(kind, span, told, f"decides {becomes}")

    def _decided(self, store: Store) -> bool:
        return bool(self._kind(store.path) | self._kind(store.value))

    def _told(self, kind: _Kind, span: Span, told: str, does: str) -> Suspicion:
        if kind & _Kind.IDENTITY:
            what = "an identity that the text names"
        elif kind & _Kind.NUMBER:
            what = "one value that the text names"
        elif kind & _Kind.TEXT:
            what = "words that the text names"
        else:
            what = "a date that the text names"
        disposition = Disposition.REJECT if kind & _MAGIC else Disposition.ADVISE
        return self._suspicion(disposition, span, f"{what} {does}: {told}", "treat all alike, or order by size")

    def _suspicion(self, disposition: Disposition, span: Span, what: str, advice: str) -> Suspicion:
        class_ = SecurityClass.IDENTITY_BACKDOOR
        return Suspicion(class_, disposition, span, what, advice, Weakness.EMBEDDED_MALICE)

    def _is_always(self, line: Condition) -> bool:
        return line.path is self._terms.true

    def _kind(self, term: Term) -> _Kind:
        return self._above.get(term, _NOTHING)

    def _propagated(self) -> dict[Term, _Kind]:
        """What stands above the tests; notes as well what stands above a test of a choice, and above other numbers."""
        above: dict[Term, _Kind] = {}
        for node in self._nodes:
            kind = test = self._tests.get(node, _NOTHING)
            for arg in node.args:
                kind |= above.get(arg, _NOTHING)
                if arg in self._chosen:
                    self._chosen.add(node)
                if arg in self._others and not test:
                    self._others.add(node)
            if kind:
                above[node] = kind
            if test and _is_chosen(node):
                self._chosen.add(node)
            if node.op is Op.VAR and node.sort is not Sort.IDENTITY:
                self._others.add(node)
        return above

    def _literal_tests(self) -> dict[Term, _Kind]:
        found: dict[Term, _Kind] = {}
        for node in self._nodes:
            if self._literals.singles_out(node):
                found[node] = _Kind.NUMBER
            elif self._literals.compares_time(node):
                found[node] = _Kind.TIME
        if self._terms.names_identities:
            found |= _identity_tests(self._program, self._nodes)
        return found

    def _only_restricts(self, conjunct: Term) -> bool:
        """Whether a condition asks nothing of what no literal names, or is a list of what is admitted at all."""
        if conjunct in self._chosen:
            return False
        rest = self._without.of(conjunct)
        return rest is self._terms.true or (rest is self._terms.false and conjunct not in self._others)

    def _parts(self, term: Term) -> list[Term]:
        """The conjuncts of a condition; both ends of a narrow interval are one."""
        stack, found = [term], []
        while stack:
            node = stack.pop()
            if node.op is Op.AND and not self._literals.singles_out(node):
                stack.extend(reversed(node.args))
            elif node.op is Op.NOT and node.args[0].op is Op.OR:
                stack.extend(self._terms.not_(part) for part in reversed(node.args[0].args))
            else:
                found.append(node)
        return found


def _is_chosen(node: Term) -> bool:
    """Whether a choice is tested: it may be somebody, or something, that no literal names."""
    is_identity = node.op is Op.EQ and node.args[0].sort is Sort.IDENTITY
    return node.op is Op.ITE or (is_identity and any(arg.op not in (Op.VAR, Op.CONST) for arg in node.args))


def _identity_tests(program: Program, nodes: Iterable[Term]) -> dict[Term, _Kind]:
    """Every comparison of somebody, or of a text, with a literal."""
    types = {each.term: _type_name(each.type) for each in program.variables if each.term.sort is Sort.IDENTITY}
    leaves: dict[Term, frozenset[str]] = {}
    literal: set[Term] = set()
    met: set[frozenset[str]] = set()
    tests: dict[Term, frozenset[str]] = {}
    for node in nodes:
        if node.sort is Sort.IDENTITY:
            below = node.args[1:]
            own = frozenset((types[node],)) if node in types else frozenset[str]()
            leaves[node] = own.union(*(leaves[arg] for arg in below))
            if node.op is Op.CONST or any(arg in literal for arg in below):
                literal.add(node)
            met.add(leaves[node])
        elif node.op is Op.EQ and node.args[0].sort is Sort.IDENTITY:
            one, other = node.args
            together = leaves[one] | leaves[other]
            met.add(together)
            if one in literal or other in literal:
                tests[node] = together
    for cell in program.cells:
        if cell.after.sort is Sort.IDENTITY:
            met.add(leaves[cell.after] | {_type_name(cell.type)})
    acting = _acting(program, met)
    kinds = {node: _Kind.IDENTITY if names & acting else _Kind.TEXT for node, names in tests.items()}
    return {node: kind for node, kind in kinds.items() if kind is _Kind.IDENTITY or _TEXT in tests[node]}


def _acting(program: Program, met: Iterable[frozenset[str]]) -> frozenset[str]:
    """The types of those who take part: what cells alone hold is nobody, a text that meets nobody says something."""
    cells = (Role.OLD_CELL, Role.NEW_CELL)
    identities = [each for each in program.variables if each.term.sort is Sort.IDENTITY]
    taking_part = {_type_name(each.type) for each in identities if each.role not in cells}
    groups = [frozenset((_type_name(each.type),)) for each in identities]
    for one in met:
        joined = one.union(*(group for group in groups if group & one))
        groups = [group for group in groups if not group & one] + [joined]
    return frozenset[str]().union(*(group for group in groups if group & taking_part and group != {_TEXT}))


def _type_name(type_: Type) -> str:
    """What types of one role are called alike: accounts of all assets, texts of all lengths."""
    return type_.name if isinstance(type_, Opaque) else type(type_).__name__
