"""The question that a command line asks: the text of a file, its arguments and what is known of the state."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace

from aethel.cli.exits import usage
from aethel.cli.terminal import printable
from aethel.cli.texts import STDIN, read_at_most, read_text
from aethel.request import Question
from aethel.wire.exact_json import RowError, read_json
from aethel.wire.rows import MAX_ROW_BYTES, question_from_row


def question(
    file: str, arguments: Sequence[str] = (), context: str | None = None, transaction_id: str | None = None
) -> Question:
    """The question that a file's text asks with `name=value` arguments and the state in a JSON file.

    Raises `CommandError` where a file cannot be read or an argument, the state or the identifier is no such thing.
    """
    if file == STDIN == context:
        raise usage("text and context are both `-`, expected one of them from standard input")
    text = read_text(file)
    row: dict[str, object] = {
        "id": f"cli-{secrets.token_hex(6)}" if transaction_id is None else transaction_id,
        "intent": "",
        "args": _arguments(arguments),
    }
    if context is not None:
        row["context"] = _context(context)
    try:
        return replace(question_from_row(row), intent_text=text)
    except RowError as error:
        raise usage(error.message) from error


def _arguments(given: Sequence[str]) -> Mapping[str, str]:
    arguments: dict[str, str] = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise usage(f"argument `{printable(text)}` has no name and value, expected `name=value`")
        if name in arguments:
            raise usage(f"argument `{printable(name)}` is given twice, expected it once")
        arguments[name] = value
    return arguments


def _context(file: str) -> object:
    text = read_at_most(file, MAX_ROW_BYTES)
    if len(text) > MAX_ROW_BYTES:
        raise usage(f"`{printable(file)}` has more than {MAX_ROW_BYTES} bytes, expected a context of at most that")
    try:
        return read_json(text)
    except RowError as error:
        raise usage(f"`{printable(file)}`: {error.message}") from error
