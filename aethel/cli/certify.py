"""`aethel certify`: certificates, made and checked."""

from __future__ import annotations

import typer

from aethel.cli.certify_check import check
from aethel.cli.certify_make import make


def commands() -> typer.Typer:
    """The commands below `aethel certify`."""
    made = typer.Typer(
        help="Certificates: proofs of obligations that a stranger can check.",
        no_args_is_help=True,
        epilog="Example: aethel certify make examples/payment.ae -o payment.certificate",
    )
    made.command(epilog="Example: aethel certify make examples/payment.ae -o payment.certificate")(make)
    made.command(epilog="Example: aethel certify check payment.certificate --intent examples/payment.ae")(check)
    return made
