"""The formatter: a text in the one house style, with the same syntax tree, the same spellings and every comment."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass

from aethel.intent import syntax
from aethel.intent.formatting_blocks import WIDTH, BlockPrinter
from aethel.intent.formatting_layout import render
from aethel.intent.formatting_tokens import Tokens
from aethel.intent.lexer import Lexed, lex
from aethel.intent.limits import DEFAULT_LIMITS, Limits
from aethel.intent.parser import parse
from aethel.intent.source import IntentError, Source, decode
from aethel.verdict import Finding

_PLACES = frozenset({"start", "end"})


@dataclass(frozen=True, slots=True)
class Formatted:
    """A text in the house style. `text` is None exactly when `findings` say why there is none.

    `source` is the decoded text as it was, empty where it could not be decoded.
    """

    source: str
    text: str | None
    findings: tuple[Finding, ...] = ()


def format_text(text: bytes, limits: Limits = DEFAULT_LIMITS) -> Formatted:
    """The text in the house style; never raises on any bytes.

    The result has the same syntax tree, places aside, hence the same digest; it holds every comment, in their order;
    and formatting it again changes nothing. A text that does not parse has no result, nor has one whose result would be
    over the limits: its finding is about the whole.
    """
    source = Source("")
    try:
        source = decode(text, limits.text_bytes)
        lexed = lex(source, limits)
        tree = parse(source, lexed, limits)
        house = print_tree(source, lexed, tree)
        _check_law(source, lexed, tree, house, limits)
    except IntentError as error:
        return Formatted(source.text, None, (error.finding,))
    return Formatted(source.text, house)


def print_tree(source: Source, lexed: Lexed, tree: syntax.File) -> str:
    """The text in the house style, from what it was parsed to."""
    return render(BlockPrinter(Tokens(source, lexed)).file(tree), WIDTH)


def _check_law(source: Source, lexed: Lexed, tree: syntax.File, printed: str, limits: Limits) -> None:
    """Raise IntentError where the printed text is over the limits, or is not what it must be."""
    try:
        again = decode(printed.encode(), limits.text_bytes)
        printed_tokens = lex(again, limits)
        parsed = parse(again, printed_tokens, limits)
    except IntentError as error:
        message = f"the formatted text is refused: {error.finding.message}"
        raise source.error(error.finding.code, message, 0, 0) from error
    if not same_tree(tree, parsed) or comments(source, lexed) != comments(again, printed_tokens):
        raise source.error("FORMAT", "the formatted text would say something else, expected a report of this", 0, 0)


def comments(source: Source, lexed: Lexed) -> tuple[str, ...]:
    """The comments of a text in their order, without the white space at their ends."""
    return tuple(source.text[start:end].rstrip(" \t\r") for start, end in lexed.comments)


def same_tree(first: object, second: object) -> bool:
    """Whether two syntax trees are equal but for the places of their nodes."""
    if isinstance(first, tuple):
        return (
            isinstance(second, tuple)
            and len(first) == len(second)
            and all(same_tree(one, other) for one, other in zip(first, second, strict=True))
        )
    if not is_dataclass(first):
        return first == second
    return type(first) is type(second) and all(
        same_tree(getattr(first, field.name), getattr(second, field.name))
        for field in fields(first)
        if field.name not in _PLACES
    )
