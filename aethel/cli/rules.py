"""The rules that stand in for those of a mesh where the experts run in this process."""

from __future__ import annotations

from pathlib import Path

from aethel.cli.exits import usage
from aethel.cli.terminal import printable
from aethel.cli.texts import unreadable
from aethel.rules import MAX_RULES_BYTES, NO_RULES, Rules, RulesError, read_rules


def default_rules(file: str | Path | None) -> Rules:
    """The rules in a file for whoever is no client of its own, none for None; raises `CommandError`."""
    if file is None:
        return NO_RULES
    try:
        with Path(file).open("rb") as stream:
            content = stream.read(MAX_RULES_BYTES + 1)
    except (OSError, ValueError) as error:
        raise unreadable(str(file), error) from error
    try:
        return read_rules(content).default
    except RulesError as error:
        raise usage(f"rules in `{printable(str(file))}`: {error}") from error
