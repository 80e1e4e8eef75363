"""One text in many layouts: the same tokens with other white space, line ends and comments between them."""

from __future__ import annotations

from random import Random

from aethel.intent.lexer import Kind, Lexed, Token, lex
from aethel.intent.limits import DEFAULT_LIMITS
from aethel.intent.source import Source

_SPACES = ("", "", " ", "  ", "\t", "\n", "\n\n", "\r\n", "\n\n\n    ")
_COMMENTS = ("# c%d", "// c%d ", "#c%d\t", '# "c%d" { ; //', "# c%d — über 100%%", "//c%d\r")


def lexed(text: str) -> Lexed:
    """The tokens and comments of a text."""
    return lex(Source(text), DEFAULT_LIMITS)


def spelled(text: str) -> list[str]:
    """Every token of a text as it is spelled there."""
    return [text[token.start : token.end] for token in lexed(text).tokens]


def laid_out(text: str, random: Random) -> str:
    """The same tokens, with white space and comments as chance will; comments are numbered in their order."""
    tokens = lexed(text).tokens
    comments = random.choice((0.0, 0.02, 0.3))
    parts: list[str] = []
    count = 0
    for position, token in enumerate(tokens):
        before = tokens[position - 1] if position else None
        gap = random.choice(_SPACES)
        if random.random() < comments:
            gap += f"{random.choice(_COMMENTS) % count}\n" + random.choice(_SPACES)
            count += 1
        parts += [_safe(gap, before, token), text[token.start : token.end]]
    return "".join(parts)


def _safe(gap: str, before: Token | None, token: Token) -> str:
    """A gap that leaves the tokens around it what they are, and a percentage a percentage."""
    words = (Kind.NAME, Kind.NUMBER)
    if before is None:
        return gap
    if token.text == "%" and before.kind is Kind.NUMBER:
        return "" if before.end == token.start else gap or " "
    if before.text == "/" and gap.startswith("/"):
        return " " + gap
    return gap or (" " if before.kind in words and token.kind in words else "")
