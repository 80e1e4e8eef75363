"""Whether a spreadsheet would compute a text instead of showing it: the start of a cell, read as a formula."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from aethel.security.breakout import Breakout
from aethel.security.classes import SecurityClass, Weakness
from aethel.security.sink_names import sink_names

_CELL = re.compile(r"(?:\A[\s\ufeff\"']*|\"[,;\t] ?\"?|[\r\n]\"?)(?=[=+\-@])")
_SIGNS = re.compile(r"[=+\-@]+")
_TOKEN = re.compile(
    r"[ \t]*(?:(?P<call>[A-Za-z_][\w.]{0,63}\()|(?P<cell>\$?[A-Z]{1,3}\$?\d{1,7}(?![\w(]))"
    r"|(?P<number>\d+(?:\.\d+)?(?:E[+-]?\d+)?%?(?![\w]))|(?P<text>\"[^\"]{0,400}\")"
    r"|(?P<operator>[-+*/^&=<>:,;!])|(?P<open>\()|(?P<close>\)))"
)
_EXCHANGE = re.compile(r"[^\r\n|!]{0,120}[\w)]\|[^\r\n!]{0,240}![\w$]")
_TOKENS = 128


def breakouts(text: str) -> Iterator[Breakout]:
    """The first cell of the text that is a formula: a call, a computation, or a dynamic data exchange."""
    for cell in _cells(text):
        signs = _SIGNS.match(text, cell.end())
        if signs is None:
            continue
        end = _formula_end(text, signs)
        if end:
            yield Breakout(
                SecurityClass.BREAKOUT,
                signs.start(),
                end,
                "is computed by a spreadsheet as a formula",
                "start the value with another character, or prefix it with an apostrophe where it is exported",
                Weakness.FORMULA,
                Decimal("0.95"),
            )
            return


def _cells(text: str) -> Iterator[re.Match[str]]:
    """Every start of a cell; of a text of one line without quotation marks there is but one, its own start."""
    if '"' in text or "\r" in text or "\n" in text:
        yield from _CELL.finditer(text)
    elif (first := _CELL.match(text)) is not None:
        yield first


def _formula_end(text: str, signs: re.Match[str]) -> int:
    """End of the formula behind the signs, or 0: `+49 30`, `-5.00` and `=_=` are none."""
    exchange = _EXCHANGE.match(text, signs.end()) if "|" in text else None
    if exchange is not None:
        return exchange.end()
    equals = "=" in signs.group()
    depth = operands = operators = 0
    previous = ""
    at = signs.end()
    for _ in range(_TOKENS):
        token = _TOKEN.match(text, at)
        if token is None or token.end() == at:
            break
        kind = token.lastgroup or ""
        if kind == "call":
            name = token.group().strip()[:-1].lower()
            if name in sink_names()["formula.functions"] and (equals or _is_capital(token.group())):
                return token.end()
        if kind in ("call", "cell", "number", "text", "open") and previous in ("cell", "number", "text", "close"):
            return 0
        depth += {"call": 1, "open": 1, "close": -1}.get(kind, 0)
        operands += kind in ("call", "cell", "number", "text")
        operators += kind in ("operator", "call")
        previous = kind
        at = token.end()
    complete = depth == 0 and previous in ("cell", "number", "text", "close") and _ends_cell(text, at)
    return at if equals and complete and operands and (operators or previous == "cell") else 0


def _is_capital(call: str) -> bool:
    return call.strip()[:-1].isupper()


def _ends_cell(text: str, at: int) -> bool:
    rest = text[at : at + 1]
    return rest == "" or rest in '\r\n\t"'
