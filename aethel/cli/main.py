"""The entry point of the `aethel` command: subcommands, and how each of them ends."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Iterable, Sequence
from importlib import import_module
from importlib.metadata import metadata

import typer
from typer.main import get_group

from aethel.cli import terminal
from aethel.cli.exits import CommandError, ExitCode
from aethel.runtime.settings import SettingsError

_EXAMPLES: dict[str, tuple[str, ...]] = {
    "up": ("aethel up --detach",),
    "down": ("aethel down",),
    "health": ("aethel health",),
    "verify": (
        "aethel verify examples/payment.ae --arg amount=10",
        "aethel verify --batch rows.jsonl --out verdicts.jsonl --local",
    ),
    "check": ("aethel check examples/payment.ae",),
    "prepare": ("aethel prepare examples/payment.ae --output payment.cert",),
    "explain": ("aethel explain examples/overdraft.ae",),
    "scan": (
        "aethel scan examples/payment.ae",
        "aethel scan --sarif examples/payment.ae",
        "aethel scan --text --type Name payees.txt",
    ),
    "fmt": ("aethel fmt examples/payment.ae", "aethel fmt --check --diff examples/*.ae"),
    "limits": ("aethel limits",),
    "demo": ("aethel demo",),
    "mcp": ("aethel mcp --mesh 127.0.0.1:50050",),
    "settle": ("aethel settle answer.json --retry-key 5f1c2a",),
    "release": ("aethel release answer.json",),
    "result": ("aethel result tx-1 --json",),
    "replay": ("aethel replay pay-1", "aethel replay --all --against 127.0.0.1:50050"),
    "version": ("aethel version --json",),
}
"""The commands in the order of the help, with examples. Each is the function of its name in the module of its name."""

_GROUPS = ("config", "certify", "export", "store", "keys", "token", "audit", "client", "certs")
"""The commands that have commands below them: each is made by the function `commands` in the module of its name."""


def _app(names: Iterable[str], about: str | None = None) -> typer.Typer:
    """The program with the commands named; their modules are imported, and those of no others."""
    made = typer.Typer(
        name="aethel",
        help=about,
        epilog=_example("aethel up --detach", "aethel verify examples/payment.ae", "aethel down"),
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
    )
    for name in names:
        module = import_module(f"aethel.cli.{name}")
        if name in _GROUPS:
            made.add_typer(module.commands(), name=name)
        else:
            made.command(epilog=_example(*_EXAMPLES[name]))(getattr(module, name))
    return made


def _app_for(arguments: Sequence[str]) -> typer.Typer:
    """The program with the command that is named first; with all where none is, since it is then about them all."""
    every = (*_EXAMPLES, *_GROUPS)
    if arguments and arguments[0] in every:
        return _app(arguments[:1])
    return _app(every, metadata("aethel")["Summary"] + ".")


def _example(*commands: str) -> str:
    return "Example: " + " · ".join(commands)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; returns its exit code, the reason written to standard error where there is one."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        code = get_group(_app_for(given))(args=given, prog_name="aethel", standalone_mode=False)
    except CommandError as error:
        terminal.say(terminal.err(), f"aethel: {error.sentence}")
        return error.code
    except typer.TyperException as error:
        terminal.say(terminal.err(), f"aethel: {_sentence(error)}; try `aethel --help`")
        return ExitCode.USAGE
    except SettingsError as error:
        terminal.say(terminal.err(), f"aethel: {error}")
        return ExitCode.USAGE
    except BrokenPipeError:
        # Whoever read the output has gone; the interpreter would complain when it flushes what is left.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.FAULT
    except Exception:  # noqa: BLE001  exit code 1 would say that an intent was rejected
        traceback.print_exc()
        return ExitCode.FAULT
    if code == ExitCode.INTERRUPTED:
        terminal.say(terminal.err(), "aethel: interrupted")
    return ExitCode.FINE if code is None else int(code)


def _sentence(error: typer.TyperException) -> str:
    text = error.format_message().rstrip(".")
    return f"{text[:1].lower()}{text[1:]}"


def main() -> None:
    """The program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run())
