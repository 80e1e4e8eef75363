"""The canonical form of a program and its digest: names, layout and the order of conditions do not count."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from aethel.intent.neutrality import original
from aethel.intent.program import LANGUAGE_VERSION, Condition, Program, Variable
from aethel.intent.state import shared_cell
from aethel.intent.terms import Op, Term, Value, in_order

_COMMUTATIVE = frozenset({Op.EQ, Op.AND, Op.OR, Op.ADD, Op.MUL})


def digest_of(program: Program) -> Program:
    """The program with its digest: hexadecimal SHA-256 over the canonical form, the language version included.

    Parameters stand by position and cells by the position of their account; free names, types, scales, modifiers
    and settings are part of the form. Spans, source text, bindings, fresh names and the intent's name are not.
    """
    form = _Canonical(program)
    return replace(program, digest=form.digest())


def digest_of_file(programs: tuple[Program, ...], batches: Iterable[tuple[str, int, int]]) -> str:
    """The digest of several programs in order, and of the state they share. One program alone has its own digest."""
    digests = [program.digest for program in programs]
    if len(digests) == 1:
        return digests[0]
    grouping = ",".join(f"{first}+{count}" for _, first, count in batches)
    framed = _framed("file", LANGUAGE_VERSION, grouping, *digests, *_section("state", _links(programs)))
    return hashlib.sha256(framed).hexdigest()


def _links(programs: tuple[Program, ...]) -> list[str]:
    """Which accounts and cells of later intents are those of earlier ones, each by the first place where it stands."""
    first: dict[str, str] = {}
    links: list[str] = []
    for index, program in enumerate(programs):
        positions = {parameter.name: f"p{place}" for place, parameter in enumerate(program.parameters)}
        names = {name: f"account {name}" for name in program.accounts}
        for variable in program.variables:
            name = variable.name.rpartition(" ")[2]
            shared = shared_cell(program, name)
            if shared is not None:
                names[name] = f"cell {shared}"
        for name, shared in names.items():
            owner, dot, cell_field = name.partition(".")
            place = f"{index}.{positions.get(owner, f'free:{owner}')}{dot}{cell_field}"
            links.append(f"{place}={first.setdefault(shared, place)}")
    return sorted(links)


def digests_of_terms(program: Program, terms: Iterable[Term], others: Iterable[Variable] = ()) -> tuple[str, ...]:
    """Each term of a program by a digest in which names and the order of commutative operands do not count.

    `others` are the variables of a second run that the terms use too.
    """
    form = _Canonical(program)
    form.names |= {each.name: f"other {form.names[original(each.name)]}" for each in others}
    return tuple(form.term(term) for term in terms)


class _Canonical:
    def __init__(self, program: Program) -> None:
        self.program = program
        positions = {parameter.name: f"p{index}" for index, parameter in enumerate(program.parameters)}
        cells = {cell.name: cell for cell in program.cells}
        self.names: dict[str, str] = {}
        self.cells: dict[str, str] = {}
        for name, cell in cells.items():
            owner = cell.account or cell.name
            place = positions.get(owner, f"free:{owner}")
            self.cells[name] = f"{place}.{cell.field}" if cell.account else place
        for variable in program.variables:
            self.names[variable.name] = self._name(variable, positions)
        self.known: dict[int, str] = {}

    def _name(self, variable: Variable, positions: dict[str, str]) -> str:
        time, _, cell = variable.name.rpartition(" ")
        if time:
            return f"{time} {self.cells[cell]}"
        return positions.get(variable.name, f"free:{variable.name}")

    def digest(self) -> str:
        program = self.program
        variables = sorted(
            _joined(self.names[found.name], found.role.value, found.type, found.scale, found.secret)
            for found in program.variables
        )
        parameters = [_joined(found.type, found.secret, found.external) for found in program.parameters]
        cells = sorted(
            _joined(self.cells[cell.name], cell.type, cell.scale, cell.written, self.term(cell.after))
            for cell in program.cells
        )
        stores = [
            _joined(self.cells[store.cell], self.term(store.path), self.term(store.value)) for store in program.stores
        ]
        if not program.has_effect:
            stores.sort()
        return hashlib.sha256(
            _framed(
                "program",
                LANGUAGE_VERSION,
                *_section("parameters", parameters),
                *_section("variables", variables),
                *_section("guards", sorted(set(self._conditions(program.guards)))),
                *_section("requires", sorted(set(self._conditions(program.requires)))),
                *_section("posts", sorted(set(self._conditions(program.posts)))),
                *_section("cells", cells),
                *_section("stores", stores),
                *_section("divisors", sorted(set(self._divisors()))),
                *_section("constants", [str(len(program.constants))]),
                *_section("transfers", [_joined(self.term(t.path), self.term(t.amount)) for t in program.transfers]),
                *_section("issues", [_joined(i.asset, self.term(i.path), self.term(i.delta)) for i in program.issues]),
                *_section("scales", [_joined(asset, decimals) for asset, decimals in program.scales]),
                *_section("settings", sorted(_joined(name, value) for name, value in program.settings)),
                str(program.has_effect),
            )
        ).hexdigest()

    def _divisors(self) -> Iterator[str]:
        """Each divisor with the guards it stands in."""
        for divisor in self.program.divisors:
            guards = sorted(self.term(self.program.guards[index].term) for index in divisor.guards)
            yield _joined(*map(self.term, (divisor.path, divisor.term, divisor.reached)), *guards)

    def _conditions(self, conditions: tuple[Condition, ...]) -> list[str]:
        return [_joined(self.term(line.path), self.term(line.term), line.secret) for line in conditions]

    def term(self, root: Term) -> str:
        """A digest of one term, in which the operands of commutative operators have no order."""
        for node in in_order(root, done=self.known):
            parts = [self.known[arg.order] for arg in node.args]
            if node.op in _COMMUTATIVE:
                parts.sort()
            value = self.names[str(node.value)] if node.op is Op.VAR else _constant(node.value)
            framed = _framed(node.op.value, node.sort.value, value, *parts)
            self.known[node.order] = hashlib.sha256(framed).hexdigest()
        return self.known[root.order]


def _constant(value: Value | None) -> str:
    if value is None:
        return ""
    if isinstance(value, Fraction):
        return f"Fraction {value.numerator}/{value.denominator}"
    return f"{type(value).__name__} {value}"


def _section(name: str, lines: list[str]) -> tuple[str, ...]:
    return (name, str(len(lines)), *lines)


def _joined(*parts: object) -> str:
    return _framed(*(f"{type(part).__name__}:{part!r}" if not isinstance(part, str) else part for part in parts)).hex()


def _framed(*parts: str) -> bytes:
    """Parts with their lengths, so that no two lists of parts give the same bytes."""
    pieces: list[bytes] = []
    for part in parts:
        encoded = part.encode()
        length = len(encoded)
        pieces.append(_LENGTHS[length] if length < len(_LENGTHS) else length.to_bytes(8, "big"))
        pieces.append(encoded)
    return b"".join(pieces)


_LENGTHS = tuple(length.to_bytes(8, "big") for length in range(1024))
"""The first lengths as they are written, since nearly all parts are short."""
