"""The entry point of the `aethel` command: subcommands, and how each of them ends."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import metadata

import typer

from aethel.cli import certify, terminal
from aethel.cli.check import check
from aethel.cli.config import show
from aethel.cli.demo import demo
from aethel.cli.down import down
from aethel.cli.exits import CommandError, ExitCode
from aethel.cli.explain import explain
from aethel.cli.fmt import fmt
from aethel.cli.health import health
from aethel.cli.limits import limits
from aethel.cli.prepare import prepare
from aethel.cli.smt import smt
from aethel.cli.up import up
from aethel.cli.verify import verify
from aethel.cli.version import version


def _example(*commands: str) -> str:
    return "Example: " + " · ".join(commands)


def _app() -> typer.Typer:
    made = typer.Typer(
        name="aethel",
        help=metadata("aethel")["Summary"] + ".",
        epilog=_example("aethel up --detach", "aethel verify examples/payment.ae", "aethel down"),
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
    )
    config = typer.Typer(
        help="The settings of the processes.", no_args_is_help=True, epilog=_example("aethel config show")
    )
    made.command(epilog=_example("aethel up --detach"))(up)
    made.command(epilog=_example("aethel down"))(down)
    made.command(epilog=_example("aethel health"))(health)
    made.command(
        epilog=_example(
            "aethel verify examples/payment.ae --arg amount=10",
            "aethel verify --batch rows.jsonl --out verdicts.jsonl --local",
        )
    )(verify)
    made.command(epilog=_example("aethel check examples/payment.ae"))(check)
    made.command(epilog=_example("aethel prepare examples/payment.ae --output payment.cert"))(prepare)
    made.command(epilog=_example("aethel explain examples/overdraft.ae"))(explain)
    made.command(epilog=_example("aethel fmt examples/payment.ae", "aethel fmt --check --diff examples/*.ae"))(fmt)
    config.command(epilog=_example("aethel config show --process z3"))(show)
    made.add_typer(config, name="config")
    made.add_typer(certify.commands(), name="certify")
    export = typer.Typer(
        help="An intent in the languages of other tools.",
        no_args_is_help=True,
        epilog=_example("aethel export smt examples/payment.ae"),
    )
    export.command(epilog=_example("aethel export smt examples/payment.ae -o questions"))(smt)
    made.add_typer(export, name="export")
    made.command(epilog=_example("aethel limits"))(limits)
    made.command(epilog=_example("aethel demo"))(demo)
    made.command(epilog=_example("aethel version --json"))(version)
    return made


app = _app()


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; returns its exit code, the reason written to standard error where there is one."""
    try:
        code = app(args=arguments, prog_name="aethel", standalone_mode=False)
    except CommandError as error:
        terminal.say(terminal.err(), f"aethel: {error.sentence}")
        return error.code
    except typer.TyperException as error:
        terminal.say(terminal.err(), f"aethel: {_sentence(error)}; try `aethel --help`")
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
