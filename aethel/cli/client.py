"""`aethel client`: who may ask the mesh, with which roles, credentials and limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from aethel.cli import environment, terminal
from aethel.cli.exits import CommandError, ExitCode, usage
from aethel.clients.book import Book, BookError, Client, Limits, role_of
from aethel.clients.book_file import BookFile, change_book
from aethel.clients.tokens import Kept, new_token
from aethel.runtime.access import CLIENTS_FILE

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
File = Annotated[
    Path | None, typer.Option("--file", help=f"The file of clients; without it the one that {CLIENTS_FILE.name} names.")
]
Name = Annotated[str, typer.Argument(help="The client's name, which scopes its ids and names its rules.")]

_PLAIN = Limits()


def commands() -> typer.Typer:
    """The commands below `aethel client`."""
    made = typer.Typer(
        help="The clients of the mesh.", no_args_is_help=True, epilog="Example: aethel client add shop --role verify"
    )
    made.command(epilog="Example: aethel client add shop --role verify --role settle --requests-per-s 50")(add)
    made.command(epilog="Example: aethel client token shop")(token)
    made.command(epilog="Example: aethel client revoke shop")(revoke)
    made.command("list", epilog="Example: aethel client list --json")(list_clients)
    return made


def add(  # noqa: PLR0913  each is an option of the command
    name: Name,
    role: Annotated[list[str], typer.Option("--role", help="verify, settle, review, operate or state; repeatable.")],
    certificate: Annotated[
        list[str] | None,
        typer.Option(
            "--certificate", help="An identity of its certificate instead of a token: a URI, or dns: and a name."
        ),
    ] = None,
    requests_per_s: Annotated[int, typer.Option(help="Questions in a second.")] = _PLAIN.requests_per_s,
    concurrency: Annotated[int, typer.Option(help="Requests at a time.")] = _PLAIN.concurrency,
    solver_s_per_min: Annotated[int, typer.Option(help="Seconds of solver in a minute.")] = _PLAIN.solver_s_per_min,
    file: File = None,
    as_json: AsJson = False,
) -> int:
    """Add a client and print its token, once: only a hash of it is kept. A running mesh takes it from the next request.

    A name is given once: ids belong to names, so that who got the name of another would see what was asked under it.
    """
    shown, kept = (None, None) if certificate else new_token()
    try:
        limits = Limits(requests_per_s, concurrency, solver_s_per_min)
        client = Client(name, frozenset(map(role_of, role)), (kept,) if kept else (), tuple(certificate or ()), limits)
    except BookError as error:
        raise usage(str(error)) from error

    def change(book: Book) -> Book:
        if book.named(name) is not None:
            raise BookError(f"client `{terminal.printable(name)}` exists or existed, expected a name that is new")
        return book.with_client(client)

    _change(file, change)
    _show_token(client, shown, as_json=as_json)
    return ExitCode.FINE


def token(name: Name, file: File = None, as_json: AsJson = False) -> int:
    """Add a token to a client and print it, so that an old one can be revoked once the new one is in use."""
    shown, kept = new_token()
    book = _change(file, lambda book: book.with_client(_with_more(_known(book, name), kept)))
    _show_token(_known(book, name), shown, as_json=as_json)
    return ExitCode.FINE


def revoke(
    name: Name,
    token_id: Annotated[str | None, typer.Option("--token", help="Revoke the token of this id alone.")] = None,
    file: File = None,
    as_json: AsJson = False,
) -> int:
    """Take away a client's credentials, or one token; a running mesh refuses them from the next request on.

    What is being answered is still answered.
    """
    book = _change(file, lambda book: book.with_client(_without(_known(book, name), token_id)))
    if as_json:
        terminal.write_json(_row(_known(book, name)))
    else:
        what = "the client" if token_id is None else f"the token `{terminal.printable(token_id)}`"
        terminal.say(terminal.out(), f"{what} is revoked")
    return ExitCode.FINE


def list_clients(file: File = None, as_json: AsJson = False) -> int:
    """Print the clients with their roles, the ids of their tokens and their limits; no secret is known here."""
    try:
        clients = BookFile(_path(file)).current().clients
    except BookError as error:
        raise CommandError(ExitCode.FAILED, str(error)) from error
    if as_json:
        terminal.write_json({"clients": [_row(client) for client in clients]})
        return ExitCode.FINE
    heads = ("client", "roles", "credentials", "requests/s", "at a time", "solver s/min")
    terminal.out().print(terminal.table(heads, (_cells(client) for client in clients)))
    return ExitCode.FINE


def _change(file: Path | None, change: Callable[[Book], Book]) -> Book:
    """The new book; raises CommandError where it cannot be changed so, and leaves it as it is then."""
    try:
        return change_book(_path(file), change)
    except BookError as error:
        raise CommandError(ExitCode.FAILED, str(error)) from error


def _with_more(client: Client, kept: Kept) -> Client:
    if client.is_revoked:
        raise BookError(f"client `{terminal.printable(client.name)}` is revoked, expected one that is not")
    return replace(client, tokens=(*client.tokens, kept))


def _without(client: Client, token_id: str | None) -> Client:
    if token_id is None:
        return Client(client.name, client.roles, is_revoked=True)
    left = tuple(kept for kept in client.tokens if kept.id != token_id)
    if len(left) == len(client.tokens):
        raise BookError(
            f"token `{terminal.printable(token_id)}` is none of this client, expected an id that `list` shows"
        )
    return replace(client, tokens=left)


def _known(book: Book, name: str) -> Client:
    client = book.named(name)
    if client is None:
        raise BookError(f"client `{terminal.printable(name)}` is unknown, expected one that `aethel client list` shows")
    return client


def _path(file: Path | None) -> Path:
    found = file or environment.settings().access.clients_file
    if found is None:
        raise usage(f"{CLIENTS_FILE.name} is `none`, expected the file of clients, there or with --file")
    return found


def _show_token(client: Client, shown: str | None, *, as_json: bool) -> None:
    if as_json:
        terminal.write_json({**_row(client), "token": shown})
    elif shown is None:
        terminal.say(terminal.out(), "the client is known by its certificate")
    else:
        terminal.say(terminal.err(), "this token is shown once; whoever has it is the client:")
        terminal.say(terminal.out(), shown)


def _row(client: Client) -> dict[str, object]:
    return {
        "client": client.name,
        "roles": sorted(role.value for role in client.roles),
        "token_ids": [kept.id for kept in client.tokens],
        "certificates": list(client.certificates),
        "requests_per_s": client.limits.requests_per_s,
        "concurrency": client.limits.concurrency,
        "solver_s_per_min": client.limits.solver_s_per_min,
        "revoked": client.is_revoked,
    }


def _cells(client: Client) -> tuple[str, ...]:
    limits = client.limits
    credentials = (
        "revoked" if client.is_revoked else ", ".join((*(kept.id for kept in client.tokens), *client.certificates))
    )
    return (
        terminal.printable(client.name),
        ", ".join(sorted(role.value for role in client.roles)),
        credentials,
        str(limits.requests_per_s),
        str(limits.concurrency),
        str(limits.solver_s_per_min),
    )
