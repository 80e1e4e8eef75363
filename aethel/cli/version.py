"""`aethel version`: what is installed here."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from typing import Annotated

import typer

from aethel.cli import terminal
from aethel.cli.exits import ExitCode
from aethel.intent.program import LANGUAGE_VERSION


def version(as_json: Annotated[bool, typer.Option("--json", help="Print the versions as JSON.")] = False) -> int:
    """Print the versions of the program, the intent language, Python and the solver."""
    versions = {
        "aethel": version_of("aethel"),
        "language": LANGUAGE_VERSION,
        "python": platform.python_version(),
        "z3": _solver(),
    }
    if as_json:
        terminal.write_json(versions)
        return ExitCode.FINE
    for name, value in versions.items():
        terminal.say(terminal.out(), f"{name} {value or 'is not installed'}")
    return ExitCode.FINE


def _solver() -> str | None:
    try:
        return version_of("z3-solver")
    except PackageNotFoundError:
        return None
