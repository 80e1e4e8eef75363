"""Reading a text: from bytes to programs, or to the finding that says why not; never an exception."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from aethel.assets import ISO_4217_DECIMALS, Registry
from aethel.intent import syntax
from aethel.intent.advice import advice
from aethel.intent.canonical import digest_of_file
from aethel.intent.checking import Typed
from aethel.intent.cost import cost_of, first_loop
from aethel.intent.definitions import Definition, define
from aethel.intent.frame import mentioned
from aethel.intent.lexer import Lexed, lex
from aethel.intent.limits import DEFAULT_LIMITS, Limits
from aethel.intent.lowering import Scales
from aethel.intent.parser import parse
from aethel.intent.program import IntentFile, Program
from aethel.intent.source import IntentError, Source, decode, quoted
from aethel.intent.state import keep_secret, refuse_disagreement, secret_cells
from aethel.intent.transition import analyse, given_decimals, lower
from aethel.verdict import Finding


@dataclass(frozen=True, slots=True)
class Analysed:
    """One intent after names and types: what the reference interpreter runs."""

    intent: syntax.Intent
    typed: Typed
    definitions: tuple[Definition, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of a text. `file` is None exactly when `findings` holds a rejection.

    `source` is the decoded text, empty where it could not be decoded; `comments` are pairs of offsets in it;
    `analysed` holds each intent with its names and types, in the order of the programs; `assets` is the registry under
    which it was read.
    """

    text: bytes
    source: str
    syntax: syntax.File | None
    file: IntentFile | None
    findings: tuple[Finding, ...]
    analysed: tuple[Analysed, ...] = ()
    comments: tuple[tuple[int, int], ...] = ()
    assets: Registry = field(default_factory=lambda: ISO_4217_DECIMALS)

    @property
    def rejected(self) -> bool:
        return self.file is None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a text is read for, beside itself."""

    given: Mapping[str, str]
    balances: frozenset[str]
    limits: Limits
    assets: Registry


def read(
    text: bytes,
    given: Mapping[str, str] | None = None,
    balances: frozenset[str] = frozenset(),
    limits: Limits = DEFAULT_LIMITS,
    assets: Registry = ISO_4217_DECIMALS,
) -> Reading:
    """Read a text for the values given with it; `balances` are the given names that are balances, hence money."""
    asked = _Asked(given or {}, balances, limits, assets)
    source: Source | None = None
    lexed: Lexed | None = None
    tree: syntax.File | None = None
    try:
        source = decode(text, limits.text_bytes)
        lexed = lex(source, limits)
        tree = parse(source, lexed, limits)
        _refuse_repeated_names(source, tree)
        _refuse_cost(source, tree, limits)
        return _lowered(text, source, lexed, tree, asked)
    except IntentError as error:
        comments = lexed.comments if lexed is not None else ()
        decoded = source.text if source is not None else ""
        return Reading(text, decoded, tree, None, (error.finding,), (), comments, assets)


def _lowered(text: bytes, source: Source, lexed: Lexed, tree: syntax.File, asked: _Asked) -> Reading:
    analysed: list[Analysed] = []
    for intent in tree.intents():
        typed = analyse(intent, source, asked.given, asked.balances, asked.assets)
        definitions = define(typed.scope)
        analysed.append(Analysed(intent, typed, definitions))
    refuse_disagreement([found.typed.scope for found in analysed])
    programs = _programs(analysed, asked)
    batches: list[tuple[str, int, int]] = []
    position = 0
    for item in tree.items:
        count = len(item.intents) if isinstance(item, syntax.Batch) else 1
        if isinstance(item, syntax.Batch):
            batches.append((item.name, position, count))
        position += count
    file = IntentFile(
        programs=tuple(programs),
        batches=tuple(batches),
        digest=digest_of_file(tuple(programs), batches),
        advice=advice(source, [found.typed.scope for found in analysed]),
    )
    return Reading(text, source.text, tree, file, (), tuple(analysed), lexed.comments, asked.assets)


def _programs(analysed: list[Analysed], asked: _Asked) -> list[Program]:
    """The programs of one file, which count each asset in one smallest unit.

    Decimals of assets that are not registered are as many as any literal or given value needs, so lowering is
    repeated until they are settled (at most once more, since literals do not change).
    """
    needed: dict[str, int] = {}
    for found in analysed:
        for asset, decimals in given_decimals(found.typed.scope, asked.given).items():
            needed[asset] = max(needed.get(asset, 0), decimals)
    while True:
        scales = Scales(needed, asked.assets)
        programs: list[Program] = []
        secret: set[str] = set()
        for found in analysed:
            keep_secret(found.typed.scope, secret)
            lowered = lower(found.typed, found.definitions, scales, asked.limits)
            programs.append(replace(lowered, writable=mentioned(found.typed.scope)))
            secret |= secret_cells(programs[-1])
        if scales.settled:
            return programs
        needed = scales.needed


def _refuse_repeated_names(source: Source, tree: syntax.File) -> None:
    seen: set[str] = set()
    for intent in tree.intents():
        if intent.name in seen:
            message = f"intent {quoted(intent.name)} is declared twice, expected one intent of a name"
            raise source.error("NAME", message, intent.start, intent.end)
        seen.add(intent.name)


def _refuse_cost(source: Source, tree: syntax.File, limits: Limits) -> None:
    """Refuse what unrolled loops would make too much work, before any of it is done."""
    visited = 0
    for intent in tree.intents():
        cost = cost_of(intent)
        visited += cost.nodes
        too_much = cost.statements > limits.evaluated_statements
        if too_much or visited > limits.evaluated_nodes:
            limit = limits.evaluated_statements if too_much else limits.evaluated_nodes
            what = "statements" if too_much else "syntax nodes"
            loop = first_loop(intent) or intent
            message = f"too many {what} when loops are unrolled, expected at most {limit}"
            raise source.error("TOO_LARGE", message, loop.start, loop.end)
