"""How the command ends: its exit codes, and the one exception that ends it with a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import assert_never

from aethel.verdict import Consensus


class ExitCode(IntEnum):
    """Exit codes of every subcommand; the larger ones are those of sysexits.h."""

    FINE = 0
    FAILED = 1
    UNCERTAIN = 2
    USAGE = 64
    UNREACHABLE = 69
    FAULT = 70
    INTERRUPTED = 130


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """The exit code of several texts together: one that fails counts before one that is not decided."""
    found = set(codes)
    return next((code for code in (ExitCode.FAILED, ExitCode.UNCERTAIN) if code in found), ExitCode.FINE)


class CommandError(Exception):
    """The command cannot go on; `sentence` is for the person who typed it."""

    def __init__(self, code: ExitCode, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def usage(sentence: str) -> CommandError:
    """What was typed, or what a setting says, cannot be used."""
    return CommandError(ExitCode.USAGE, sentence)


def exit_of(consensus: Consensus) -> ExitCode:
    """The exit code that says what the mesh answered."""
    match consensus:
        case Consensus.APPROVED:
            return ExitCode.FINE
        case Consensus.REJECTED:
            return ExitCode.FAILED
        case Consensus.UNCERTAIN:
            return ExitCode.UNCERTAIN
    assert_never(consensus)
