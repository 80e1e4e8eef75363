"""Reads one command as a shell would: words without their quotes, redirections, and the operator that ends it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class Dialect(Enum):
    """Whose quoting rules hold: POSIX.1-2017 XCU 2.2, or those of cmd.exe."""

    POSIX = "a POSIX shell"
    CMD = "cmd.exe"


@dataclass(frozen=True, slots=True)
class Command:
    """One simple command. `quoted`: a word has quotes; `terminator`: the operator behind it, "" for the end."""

    words: tuple[str, ...]
    redirects: tuple[str, ...]
    quoted: bool
    terminator: str
    end: int


_LONGEST = 1024
"""Characters of one command that are read: what makes a command of it stands in its first words."""

_SHARED = r"(?P<blank>[^\S\n]+)|(?P<end>\|\||&&|\|&|[;&|\n()`]|\$\(\(?)|(?P<redirection>[<>][<>&|-]*)"
_TOKENS = {
    Dialect.POSIX: re.compile(
        r"(?P<plain>[^\s'\"\\`$|&;<>()]+)|" + _SHARED + r"|(?P<field>\$\{?IFS\}?(?:\$9)?)"
        r"|(?P<quoted>'[^']*'|\"[^\"]*\")|\\(?P<escaped>.)|(?P<other>.)",
        re.DOTALL,
    ),
    Dialect.CMD: re.compile(
        r"(?P<plain>[^\s\"^|&;<>()`$]+)|" + _SHARED + r"|(?P<quoted>\"[^\"]*\")|\^(?P<escaped>.)|(?P<other>.)",
        re.DOTALL,
    ),
}


def read_command(text: str, at: int, dialect: Dialect) -> Command:
    """The command that starts at `at` outside quotes; looks at 1024 characters at most.

    A quote that never closes is dropped, since whatever follows the text may close it.
    """
    words: list[str] = []
    redirects: list[str] = []
    word: list[str] = []
    target = words
    quoted = False
    terminator = ""
    pattern = _TOKENS[dialect]
    stop = min(len(text), at + _LONGEST)
    while at < stop:
        token = pattern.match(text, at, stop)
        if token is None:
            break
        kind = token.lastgroup
        at = token.end()
        match kind:
            case "plain" | "escaped":
                word.append(token.group(kind))
            case "quoted":
                word.append(token.group()[1:-1])
                quoted = True
            case "other":
                # An unclosed quote is no part of the word; a `$` is.
                if token.group() not in "'\"":
                    word.append(token.group())
            case _:
                if word:
                    target.append("".join(word))
                    word = []
                    target = words
                if kind == "redirection":
                    target = redirects
                elif kind == "end":
                    terminator = token.group()
                    break
    if word:
        target.append("".join(word))
    return Command(tuple(words), tuple(redirects), quoted, terminator, at)
