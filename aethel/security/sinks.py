"""Where a text may go, by the type of its field, and which type a field has."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import assert_never

from aethel.rules import Rules
from aethel.text_types import TextType


class Sink(Enum):
    """A machine that reads a text as part of something of its own."""

    QUERY = "a database or a document store"
    SHELL = "a command line"
    PATH = "a path of a file"
    FETCH = "an address that is fetched"
    PAGE = "a page, a document or a directory"
    TEMPLATE = "a template or a format"
    RECORD = "a log, a mail, a header or a sheet"
    MODEL = "a language model"


EVERY_SINK = frozenset(Sink) - {Sink.FETCH}
"""Where a text of which nothing is known may go; only a field that is an address is fetched."""


def sinks_of(type_: TextType) -> frozenset[Sink]:
    """The sinks that a text of a type may reach.

    What people write for people is stored, searched, printed, mailed, shown and exported: it may reach everything. A
    text of a technical type reaches what it is meant for, and the records that are kept of it.
    """
    match type_:
        case TextType.NAME | TextType.REFERENCE | TextType.FREE_TEXT:
            return EVERY_SINK
        case TextType.URL:
            return EVERY_SINK - {Sink.MODEL} | {Sink.FETCH}
        case TextType.PATH:
            return frozenset({Sink.PATH, Sink.SHELL, Sink.RECORD})
        case TextType.SHELL:
            return frozenset({Sink.SHELL, Sink.RECORD})
        case TextType.SQL:
            return frozenset({Sink.QUERY, Sink.RECORD})
        case TextType.MARKUP:
            return frozenset({Sink.PAGE, Sink.RECORD})
        case TextType.TEMPLATE:
            return frozenset({Sink.TEMPLATE, Sink.PAGE, Sink.RECORD})
        case _:
            assert_never(type_)


_BY_PLACE: Mapping[str, TextType] = {
    "payee": TextType.NAME,
    "account": TextType.NAME,
    "commodity": TextType.NAME,
    "date": TextType.REFERENCE,
    "code": TextType.REFERENCE,
}
"""The types of the fields that transactions have."""


def type_of(field_name: str, rules: Rules) -> TextType | None:
    """The type of a field by the name a message gives it: what the rules declare, else what its place is for.

    `field_name` holds the path of the field in backticks, such as `` `postings[0].account` `` or ``argument `memo` ``.
    A parameter is FREE_TEXT; None is a field of which nothing is known, so that it may reach every sink.
    """
    path = field_name.partition("`")[2].rpartition("`")[0]
    name = path.rpartition(".")[2]
    declared = rules.texts.get(path) or rules.texts.get(name)
    if declared is not None:
        return declared
    if field_name.startswith(("argument ", "input ")):
        return TextType.FREE_TEXT
    return TextType.NAME if field_name.startswith("account ") else _BY_PLACE.get(name)
