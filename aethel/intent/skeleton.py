"""Skeletons: a text with its number literals lifted to parameters, proved once for all texts that differ in these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from aethel.intent import syntax
from aethel.intent.canonical import digest_of_file
from aethel.intent.lexer import Kind, lex
from aethel.intent.limits import DEFAULT_LIMITS, Limits
from aethel.intent.lowering import Scales
from aethel.intent.program import IntentFile
from aethel.intent.reading import Analysed, Reading, read
from aethel.intent.scope import Time
from aethel.intent.skeleton_key import Key, key_of
from aethel.intent.skeleton_literals import literal_name
from aethel.intent.skeleton_lowering import Lifted, LiftedTransition, expressions_of
from aethel.intent.source import IntentError, Source
from aethel.intent.state import keep_secret, secret_cells
from aethel.intent.terms import Term, TooLarge, Value
from aethel.intent.traversal import names_in, walk

MAXIMUM_LITERALS = 128
"""Number literals of a text that is lifted; what has more is no template."""

MAXIMUM_TEXT_BYTES = 16 * 1024
"""Bytes of a text that is lifted, since its pattern takes about a microsecond for each to compile."""

MAXIMUM_TERMS = 20_000
"""Terms and operands of a lifted program: lifting is a convenience and must stay cheap beside reading."""


@dataclass(frozen=True, slots=True)
class Literal:
    """One lifted literal: its variable, and its value in the text the skeleton was made of, in its last decimal."""

    name: str
    decimals: int
    value: int


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A text over its lifted literals.

    `file` is lowered with a variable for each literal, so that its obligations are claims about all literals; they are
    told apart by their places, two equal literals are two variables. A literal lies in the range of its variable, and
    `conditions` holds per program what else the literals must fulfil; where they do not, the text must be read.
    `reading` is that of the text the skeleton was made of.
    """

    file: IntentFile
    key: Key
    literals: tuple[Literal, ...]
    conditions: tuple[tuple[Term, ...], ...]
    reading: Reading

    @property
    def digest(self) -> str:
        """Hexadecimal SHA-256 of the lifted file. No text has the same one, since no text can name a literal."""
        return self.file.digest

    def values(self, literals: Sequence[int]) -> dict[str, Value]:
        """The literals of a text by the names of their variables."""
        return {literal.name: value for literal, value in zip(self.literals, literals, strict=True)}

    def text(self, values: Mapping[str, Value]) -> bytes:
        """The text in which the literals have these values, which are whole and not negative."""
        return self.key.text([_whole(values[literal.name]) for literal in self.literals])


def _whole(value: Value) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"a literal of {value}, expected a whole number that is not negative")
    return value


@dataclass(frozen=True, slots=True)
class _Place:
    """A number literal of the tree, with the bytes of its token."""

    node: syntax.Number
    span: tuple[int, int]


_ROUNDS = 4
"""Times a text is lowered to find out which literals can be lifted: each round fixes what the last one showed."""


def lift(reading: Reading, limits: Limits = DEFAULT_LIMITS) -> Skeleton | None:
    """The skeleton of a text that was read without given values; None where it has no literal that can be lifted.

    Lifted are literals whose lifting keeps the program linear. Percentages, factors, divisors, bounds of loops, sizes,
    settings, and the literals of equations that compete to define one name stay part of the key.
    """
    if reading.file is None or len(reading.text) > MAXIMUM_TEXT_BYTES:
        return None
    places = _places(reading, limits)
    if len(places) > MAXIMUM_LITERALS:
        return None
    competing = _competing(reading)
    chosen = [place for place in places if id(place.node) not in competing]
    small = replace(limits, terms=min(limits.terms, MAXIMUM_TERMS))
    try:
        for _ in range(_ROUNDS):
            if not chosen:
                return None
            numbers = {id(place.node): index for index, place in enumerate(chosen, 1)}
            lifted = _lowered(reading, numbers, small)
            fixed = frozenset(index for each in lifted for index in each.fixed)
            if not fixed:
                return _skeleton(reading, chosen, lifted)
            chosen = [place for index, place in enumerate(chosen, 1) if index not in fixed]
    except (IntentError, TooLarge):
        return None
    return None


def lift_text(text: bytes) -> Skeleton | None:
    """The skeleton of a text, None where it is refused or has no literal that can be lifted."""
    return lift(read(text))


def _skeleton(reading: Reading, chosen: Sequence[_Place], lifted: Sequence[Lifted]) -> Skeleton:
    assert reading.file is not None
    programs = tuple(
        replace(each.program, writable=plain.writable)
        for each, plain in zip(lifted, reading.file.programs, strict=True)
    )
    batches = reading.file.batches
    return Skeleton(
        file=IntentFile(programs, batches, digest_of_file(programs, batches)),
        key=key_of(reading.text, [place.span for place in chosen]),
        literals=tuple(
            Literal(literal_name(index), place.node.decimals, int(place.node.value * 10**place.node.decimals))
            for index, place in enumerate(chosen, 1)
        ),
        conditions=tuple(each.conditions for each in lifted),
        reading=reading,
    )


def _lowered(reading: Reading, numbers: Mapping[int, int], limits: Limits) -> list[Lifted]:
    """The lifted programs of one file, lowered until the decimals of its assets are settled."""
    needed: dict[str, int] = {}
    while True:
        scales = Scales(needed, reading.assets)
        found: list[Lifted] = []
        secret: set[str] = set()
        for each in reading.analysed:
            keep_secret(each.typed.scope, secret)
            found.append(LiftedTransition(each.typed, each.definitions, scales, limits, numbers).lifted())
            secret |= secret_cells(found[-1].program)
        if scales.settled:
            return found
        needed = scales.needed


def _places(reading: Reading, limits: Limits) -> list[_Place]:
    """The number literals that can be lifted, in the order of the text."""
    source = Source(reading.source)
    tokens = [token for token in lex(source, limits).tokens if token.kind is Kind.NUMBER]
    offsets = _byte_offsets(reading.source, [end for token in tokens for end in (token.start, token.end)])
    nodes = [
        node
        for found in reading.analysed
        for expression in expressions_of(found.intent)
        for node in walk(expression)
        if isinstance(node, syntax.Number) and not node.percent
    ]
    places: list[_Place] = []
    following = iter(tokens)
    token = next(following, None)
    for node in sorted(nodes, key=lambda node: node.start):
        while token is not None and token.start < node.start:
            token = next(following, None)
        assert token is not None and token.end <= node.end
        places.append(_Place(node, (offsets[token.start], offsets[token.end])))
    return places


def _byte_offsets(text: str, offsets: Sequence[int]) -> dict[int, int]:
    """Where ascending offsets in code points lie in the bytes of a text."""
    found: dict[int, int] = {}
    position = counted = 0
    for offset in offsets:
        counted += len(text[position:offset].encode())
        found[offset] = counted
        position = offset
    return found


def _competing(reading: Reading) -> frozenset[int]:
    """The nodes of equations that could define one name: which of them does depends on their literals."""
    return frozenset(id(node) for found in reading.analysed for node in _competing_in(found))


def _competing_in(found: Analysed) -> Iterator[syntax.Expression]:
    scope = found.typed.scope
    mentioning: dict[str, list[syntax.Compare]] = {}
    for line in found.intent.verify:
        equation = line.condition
        if isinstance(line, syntax.Check) and isinstance(equation, syntax.Compare) and equation.operator == "==":
            references = (scope.reference(name) for name in names_in(equation))
            after = {each.symbol.key for each in references if each.symbol and each.time is not Time.BEFORE}
            for key in after:
                mentioning.setdefault(key, []).append(equation)
    for definition in found.definitions:
        equations = mentioning.get(definition.symbol.key, [])
        if len(equations) > 1:
            for equation in equations:
                yield from walk(equation)
