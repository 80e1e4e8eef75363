"""`aethel token`: whether a token is authentic, what it is about, and whether it is over."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

import token_verifier
from aethel.cli import environment, terminal
from aethel.cli.asked import question
from aethel.cli.exits import CommandError, ExitCode, usage
from aethel.cli.rules import default_rules
from aethel.cli.terminal import printable
from aethel.cli.texts import unreadable
from aethel.cli.token_file import read_token
from aethel.intent.reading import read
from aethel.token.place import keys_folder
from aethel.token.ring import KeysUnusable, jwks
from token_verifier import Expected, Refused


def commands() -> typer.Typer:
    """The commands below `aethel token`."""
    made = typer.Typer(
        help="Tokens of approvals.", no_args_is_help=True, epilog="Example: aethel token verify answer.json"
    )
    made.callback()(lambda: None)
    made.command(epilog="Example: aethel token verify answer.json --intent examples/payment.ae --arg amount=10")(verify)
    return made


def verify(  # noqa: PLR0913  one parameter for each option
    file: Annotated[str, typer.Argument(metavar="FILE", help="A token or an answer that bears it, or `-`.")],
    keys: Annotated[
        str | None,
        typer.Option("--keys", metavar="FILE", help="A JSON Web Key Set; by default the keys here."),
    ] = None,
    intent: Annotated[str | None, typer.Option("--intent", metavar="FILE", help="The text it has to be about.")] = None,
    arg: Annotated[
        list[str] | None, typer.Option("--arg", metavar="NAME=VALUE", help="With --intent, a value; may be repeated.")
    ] = None,
    account: Annotated[
        list[str] | None, typer.Option("--account", metavar="NAME=ID", help="With --intent, who an account is.")
    ] = None,
    rules: Annotated[
        str | None, typer.Option("--rules", metavar="FILE", help="With --intent, TOML file with the rules' assets.")
    ] = None,
    client: Annotated[str | None, typer.Option("--client", help="The client it has to be for.")] = None,
    transaction_id: Annotated[str | None, typer.Option("--id", metavar="TX", help="The id it has to be about.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Check a token as `token_verifier.py` does, but compare the program that a text means instead of its bytes.

    Exit code 0: authentic, about what was named, and not over by the clock of this machine; 1: refused. That it was not
    redeemed before only `aethel settle` can say.
    """
    if intent is None and (arg or account or rules):
        raise usage("--arg, --account and --rules are about a text, expected `--intent FILE` with them")
    settings = environment.settings()
    token = read_token(file)
    expected = Expected(settings.token_issuer, settings.token_audience, client, transaction_id)
    published = _published() if keys is None else _file(keys)
    try:
        if intent is not None:
            expected = _about(expected, intent, rules, (arg or [], account or []))
        claims = token_verifier.check(token, published, expected, time.time())
        if intent is not None:
            _compare_values(claims, expected)
    except Refused as refused:
        if not as_json:
            raise CommandError(ExitCode.FAILED, f"refused: {refused}") from refused
        terminal.write_json({"holds": False, "reason": str(refused)})
        return ExitCode.FAILED
    if as_json:
        terminal.write_json({"holds": True, "claims": dict(claims)})
        return ExitCode.FINE
    named = f"for client `{printable(claims['client'])}`, id `{printable(claims['id'])}`"
    terminal.say(terminal.out(), f"holds {named}, until {claims['exp']}")
    terminal.say(terminal.out(), "single use is not shown by this: ask `aethel settle` before the money moves")
    return ExitCode.FINE


def _about(expected: Expected, intent: str, rules: str | None, values: tuple[list[str], list[str]]) -> Expected:
    asked, named = (question(intent, given) for given in values)
    reading = read(asked.intent_text or b"", assets=default_rules(rules).registry)
    if reading.file is None:
        raise Refused(f"`{intent}` is no intent: {reading.findings[0].message}")
    about = (dict(asked.arguments), dict(named.arguments))
    return replace(expected, program=reading.file.digest, arguments=about[0], accounts=about[1])


def _compare_values(claims: Mapping[str, object], expected: Expected) -> None:
    for name, values in (("arguments", expected.arguments), ("accounts", expected.accounts)):
        if claims[name] != token_verifier.digest(dict(values)):
            raise Refused(f"the token is for another list of {name}")


def _published() -> bytes:
    try:
        from aethel.token.folder import KeyFolder  # noqa: PLC0415  signing needs a library that is optional
    except ModuleNotFoundError as error:
        raise usage(
            "no library for signatures is installed, expected `--keys FILE` or the extra `aethel[mesh]`"
        ) from error
    try:
        return json.dumps(jwks(KeyFolder(keys_folder(environment.settings())).ring())).encode()
    except KeysUnusable as error:
        raise CommandError(ExitCode.FAILED, str(error)) from error


def _file(name: str) -> bytes:
    try:
        with Path(name).open("rb") as stream:
            return stream.read(token_verifier.MAXIMUM_KEYS_BYTES + 1)
    except (OSError, ValueError) as error:
        raise unreadable(name, error) from error
