"""`aethel export`: intents in the languages of other tools."""

from __future__ import annotations

import typer

from aethel.cli.smt import smt


def commands() -> typer.Typer:
    """The commands below `aethel export`."""
    made = typer.Typer(
        help="An intent in the languages of other tools.",
        no_args_is_help=True,
        epilog="Example: aethel export smt examples/payment.ae",
    )
    made.command(epilog="Example: aethel export smt examples/payment.ae -o questions")(smt)
    return made
