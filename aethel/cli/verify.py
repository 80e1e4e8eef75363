"""`aethel verify`: whether an intent, or each of many, may execute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from aethel.adapters.formats import Format
from aethel.cli import answer_view, environment, terminal
from aethel.cli.asked import question
from aethel.cli.batch import Batch, verify_rows
from aethel.cli.exits import exit_of, usage
from aethel.cli.mesh_address import mesh_address
from aethel.cli.verify_from import foreign
from aethel.cli.verify_one import ask_here, ask_mesh, watch_mesh
from aethel.request import Scope
from aethel.wire.rows import result_to_row


def verify(  # noqa: PLR0913  one parameter for each option
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help="Text of an intent; `-` reads standard input.")
    ] = None,
    arg: Annotated[
        list[str] | None, typer.Option("--arg", metavar="NAME=VALUE", help="Value of a parameter; may be repeated.")
    ] = None,
    context: Annotated[
        str | None,
        typer.Option(
            "--context", metavar="FILE", help="JSON with `balances`, `inputs`, `accounts`, `proofs`, `roots`."
        ),
    ] = None,
    transaction_id: Annotated[
        str | None, typer.Option("--id", metavar="TX", help="Identifier of the transaction; by default a new one.")
    ] = None,
    batch: Annotated[
        str | None, typer.Option("--batch", metavar="FILE", help="Verify every row of a JSON Lines file, or of `-`.")
    ] = None,
    form: Annotated[
        Format | None, typer.Option("--from", help="FILE holds payments or postings in a format of others.")
    ] = None,
    out: Annotated[
        str | None,
        typer.Option("--out", metavar="FILE", help="Where the answers to --batch or --from go; by default `-`."),
    ] = None,
    local: Annotated[
        bool, typer.Option("--local", help="Run the experts in this process instead of asking a mesh.")
    ] = False,
    mesh: Annotated[
        str | None,
        typer.Option("--mesh", metavar="HOST:PORT", help="The orchestrator; by default the one of this machine."),
    ] = None,
    rules: Annotated[
        str | None,
        typer.Option("--rules", metavar="FILE", help="With --local, TOML with what may be issued and written."),
    ] = None,
    scope: Annotated[
        Scope, typer.Option("--scope", help="What an approval must cover: the given values, or all values too.")
    ] = Scope.GIVEN,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Show each step of the mesh as it comes.")] = False,
) -> int:
    """Ask whether an intent may execute, and show what each expert says, the outcome and its evidence.

    Without --arg and --context the question is about all values. A context is
    {"balances": {"payer_balance": 100}, "inputs": {"btc_price": "45000.00"}, "accounts": {"payer": "id"}}.

    With --batch each row is an object with `id` and either `intent` (text) or `transaction` (structured), and
    optionally `args` and `context`; each answer is a row in the same order, `error` standing where a row is no request.

    With --from each transaction of FILE is answered in file order: one line each, or one JSON object with --json or
    --out. What a format says that no check covers is named, and never approved.

    Exit code 0: approved; 1: rejected; 2: uncertain, a person decides; 64: wrong usage; 69: no mesh answers. A batch
    or file ends with that of its worst row, where an `error` counts like a rejection.
    """
    settings = environment.settings()
    if watch and (local or batch is not None or form is not None):
        raise usage("--watch is given with --local, --batch or --from, expected one question to a mesh")
    if local and mesh is not None:
        raise usage("--local and --mesh are both given, expected at most one")
    if rules is not None:
        if not local:
            raise usage("--rules is given without --local, expected both; a mesh has rules of its own")
        settings = replace(settings, rules_file=Path(rules))
    address = None if local else mesh_address(mesh, settings)
    of_one_text = (("--arg", arg), ("--context", context), ("--id", transaction_id))
    if form is not None:
        if file is None:
            raise usage("--from is given without a file, expected both")
        _refuse_with("--from", (("--batch", batch), *of_one_text))
        return verify_rows(foreign(form, file, out, address, settings, as_json=as_json))
    if batch is not None:
        _refuse_with("--batch", ((f"`{file}`", file), *of_one_text))
        return verify_rows(Batch(batch, "-" if out is None else out, address, settings, as_json=as_json))
    if file is None:
        raise usage("nothing to verify, expected a file, `-` or --batch")
    if out is not None:
        alone = "--out is given without --batch or --from, expected one of them"
        raise usage(f"{alone}; use --json and redirect the output of one question")
    asked = replace(question(file, arg or (), context, transaction_id), scope=scope)
    with_lights = terminal.out().is_terminal and not as_json
    if address is None:
        result = ask_here(asked, settings, with_lights=with_lights)
    elif watch:
        result = watch_mesh(asked, address, settings, with_lights=with_lights)
    else:
        result = ask_mesh(asked, address, settings, with_lights=with_lights)
    if as_json:
        terminal.write_json(result_to_row(result))
    else:
        source = (asked.intent_text or b"").decode("utf-8", "replace")
        answer_view.show(terminal.out(), result, source)
    return exit_of(result.consensus)


def _refuse_with(option: str, others: Sequence[tuple[str, object]]) -> None:
    given = [name for name, value in others if value]
    if given:
        raise usage(f"{given[0]} and {option} are both given, expected at most one; rows carry their own")
