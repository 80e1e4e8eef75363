"""Texts that are nothing but one part of a query, and expressions that begin with a word: by their tokens."""

from __future__ import annotations

from aethel.security.query_statements import is_call
from aethel.security.query_tokens import Kind, Tokens
from aethel.security.sink_names import sink_names

COMPARISONS = frozenset({"=", "==", "===", "!=", "!==", "<>", "<", ">", "<=", ">=", "<=>", "!<", "!>"})
ENDS = (Kind.END, Kind.TAIL, Kind.SEMICOLON)
TERMS = 40
"""Tokens in which a `case` must have its parts, and terms of an order that are looked at."""


def is_whole(tokens: Tokens) -> bool:
    """Whether the text is nothing but what a database has and no person writes.

    A variable of the server, its catalogue, a call of a function of SQL with values, `||` and a value, or a value or an
    order before a comment that hides the rest of the query.
    """
    first, second, third = tokens[0], tokens[1], tokens[2]
    if first.kind is Kind.VARIABLE:
        return first.text.startswith("@@") and second.kind in ENDS
    if first.text == "||":
        return second.kind in (Kind.NUMBER, Kind.STRING, Kind.OPEN_STRING) and third.kind in ENDS
    if first.kind is Kind.NUMBER or first.text in ("asc", "desc"):
        tail = third if second.kind is Kind.SEMICOLON else second
        # `5#` may be a number of something.
        return tail.kind is Kind.TAIL and tail.text.strip() == "" and (tail is third or tail.end - tail.start > 1)
    if first.text == "from" or second.kind in ENDS:
        name = second if first.text == "from" else first
        catalogue = sink_names()["query.catalogue"]
        return name.text in catalogue or name.text.partition(".")[0] in catalogue
    known = is_call(tokens, 0) and first.text in sink_names()["query.functions"]
    return known and third.kind in (Kind.NUMBER, Kind.STRING, Kind.VARIABLE, Kind.OPEN)


def is_case(tokens: Tokens, index: int) -> bool:
    """Whether `case when`, with a comparison, `then`, and `else` or `end` after it, begins at a token."""
    if tokens[index + 1].text != "when":
        return False
    parts = (COMPARISONS, ("then",), ("else", "end"))
    found = 0
    for place in range(index + 2, index + 2 + TERMS):
        found += tokens[place].text in parts[found]
        if found == len(parts):
            return True
    return False
