"""`aethel keys`: the keys that sign tokens, announced before they sign and published until nothing of them is open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from aethel.cli import environment, terminal
from aethel.cli.exits import CommandError, ExitCode, usage
from aethel.token.place import keys_folder
from aethel.token.ring import Key, KeyRefused, KeysUnusable, jwks

if TYPE_CHECKING:
    from aethel.token.folder import KeyFolder

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def commands() -> typer.Typer:
    """The commands below `aethel keys`."""
    made = typer.Typer(
        help="The keys that sign tokens, in AETHEL_KEYS_DIR.", no_args_is_help=True, epilog="Example: aethel keys list"
    )
    made.command(epilog="Example: aethel keys create")(create)
    made.command(epilog="Example: aethel keys rotate")(rotate)
    made.command("list", epilog="Example: aethel keys list --json")(listed)
    made.command(epilog="Example: aethel keys retire 2nX7…")(retire)
    made.command("jwks", epilog="Example: aethel keys jwks > jwks.json")(published)
    return made


def create(as_json: AsJson = False) -> int:
    """Make a key and announce it: it is published at once, and signs after `aethel keys rotate`.

    The private key is a file of its own with mode 0600, which never leaves the folder.
    """
    with _folder() as folder:
        key = folder.create()
    _say(key, as_json=as_json)
    return ExitCode.FINE


def rotate(
    now: Annotated[
        bool, typer.Option("--now", help="Do not wait until the key was published for ten minutes.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Let the announced key sign, and retire the one that signed: its tokens stay good, its private key is deleted.

    Running replicas notice with their next token. Exit code 1: no key was announced at least ten minutes ago.
    """
    with _folder() as folder:
        key = folder.rotate(published_s=0) if now else folder.rotate()
    _say(key, as_json=as_json)
    return ExitCode.FINE


def listed(as_json: AsJson = False) -> int:
    """Print every published key with its state. Exit code 1: none signs, so that approvals have no token."""
    with _folder() as folder:
        ring = folder.ring()
    if as_json:
        terminal.write_json({"keys": [_row(key) for key in ring.keys]})
    else:
        rows = [(key.kid, key.state.value, str(_row(key)["since"])) for key in ring.keys]
        terminal.out().print(terminal.table(("key", "state", "since"), rows))
    return ExitCode.FAILED if ring.signing is None else ExitCode.FINE


def retire(
    kid: Annotated[str, typer.Argument(metavar="KEY", help="The name of a key.")],
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Publish it no longer: every token it signed is refused from now on.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Retire a key that was announced and shall never sign, or take a stolen one back.

    The key that signs is retired by `aethel keys rotate`; withdrawn, it leaves approvals without a token until another
    one signs. Exit code 1: there is no such key, or it signs.
    """
    with _folder() as folder:
        folder.withdraw(kid) if withdraw else folder.retire(kid)
        key = folder.ring().key(kid)
    if key is not None:
        _say(key, as_json=as_json)
    elif as_json:
        terminal.write_json({"kid": kid, "state": "withdrawn"})
    else:
        terminal.say(terminal.out(), f"key {kid} is withdrawn")
    return ExitCode.FINE


def published(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, as without it.")] = False,  # noqa: ARG001
) -> int:
    """Print the published keys as a JSON Web Key Set (RFC 7517), as verifiers read it."""
    with _folder() as folder:
        terminal.write_json(jwks(folder.ring()))
    return ExitCode.FINE


@contextmanager
def _folder() -> Iterator[KeyFolder]:
    """The folder that the settings name; raises CommandError for whatever goes wrong with it."""
    settings = environment.settings()
    try:
        from aethel.token.folder import KeyFolder  # noqa: PLC0415  signing needs a library that is optional
    except ModuleNotFoundError as error:
        raise usage("no library for signatures is installed, expected the extra `aethel[mesh]`") from error
    folder = KeyFolder(keys_folder(settings))
    try:
        yield folder
    except (KeyRefused, KeysUnusable) as error:
        raise CommandError(ExitCode.FAILED, str(error)) from error
    except OSError as error:
        what = (error.strerror or str(error)).lower()
        raise CommandError(ExitCode.FAILED, f"cannot write to `{folder.path}`: {what}") from error


def _row(key: Key) -> dict[str, object]:
    since = datetime.fromtimestamp(key.since_ms // 1000, tz=UTC)
    return {"kid": key.kid, "state": key.state.value, "since": since.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _say(key: Key, *, as_json: bool) -> None:
    if as_json:
        terminal.write_json(_row(key))
        return
    said = {"announced": "is announced", "signing": "signs", "retired": "is retired"}[key.state.value]
    terminal.say(terminal.out(), f"key {key.kid} {said}")
