"""`aethel client` and `aethel certs`: what they write is what the mesh reads, and a secret is shown once."""

from dataclasses import replace
from pathlib import Path

import pytest

from aethel.cli.exits import ExitCode
from aethel.clients.book_file import BookFile
from aethel.clients.tokens import token_shown
from aethel.runtime.caller import Role
from tests.cli.command import Command


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "own" / "clients.json"


@pytest.fixture
def clients(aethel: Command, book: Path) -> Command:
    """The command with a file of clients."""
    return replace(aethel, settings={**aethel.settings, "AETHEL_CLIENTS_FILE": str(book)})


def tokens(book: Path) -> list[str]:
    """The ids of the tokens of the client `shop`."""
    client = BookFile(book).current().named("shop")
    assert client is not None
    return [kept.id for kept in client.tokens]


def test_an_added_client_has_its_roles_and_limits_and_the_token_that_was_shown(clients: Command, book: Path) -> None:
    done = clients("client", "add", "shop", "--role", "verify", "--role", "settle", "--requests-per-s", "7")
    shown = token_shown(f"Bearer {done.out.strip()}")
    client = BookFile(book).current().named("shop")
    assert done.code == ExitCode.FINE
    assert shown is not None
    assert client is not None
    assert client.roles == {Role.VERIFY, Role.SETTLE}
    assert client.limits.requests_per_s == 7
    assert client.tokens[0].fits(shown)
    assert shown.secret not in book.read_text()
    assert shown.secret not in clients("client", "list").out


def test_a_client_of_a_certificate_needs_no_token(clients: Command) -> None:
    done = clients("client", "add", "bank", "--role", "verify", "--certificate", "spiffe://bank/pay", "--json")
    assert (done.json["token"], done.json["token_ids"]) == (None, [])
    assert done.json["certificates"] == ["spiffe://bank/pay"]


def test_a_token_is_replaced_by_another_one_without_a_gap(clients: Command, book: Path) -> None:
    clients("client", "add", "shop", "--role", "verify")
    (first,) = tokens(book)
    clients("client", "token", "shop")
    kept, added = tokens(book)
    assert kept == first
    assert clients("client", "revoke", "shop", "--token", first).code == ExitCode.FINE
    assert tokens(book) == [added]


def test_a_revoked_client_has_no_credentials_and_its_name_is_never_given_again(clients: Command) -> None:
    clients("client", "add", "shop", "--role", "verify")
    assert clients("client", "revoke", "shop").code == ExitCode.FINE
    listed = clients("client", "list", "--json").out
    assert '"token_ids": []' in listed
    assert '"revoked": true' in listed
    again = clients("client", "add", "shop", "--role", "verify")
    assert again.code == ExitCode.FAILED
    assert "exists or existed" in again.err
    assert "is revoked" in clients("client", "token", "shop").err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("add", "a", "--role", "root"), "role `root`, expected one of"),
        (("add", "a", "--role", "verify", "--concurrency", "0"), "`concurrency` is `0`"),
        (("add", "a", "--role", "verify", "--certificate", "bank"), "certificate `bank`, expected a URI"),
        (("revoke", "nobody"), "client `nobody` is unknown"),
        (("token", "nobody"), "client `nobody` is unknown"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    clients: Command, book: Path, arguments: tuple[str, ...], expected: str
) -> None:
    done = clients("client", *arguments)
    assert done.code in {ExitCode.USAGE, ExitCode.FAILED}
    assert expected in done.err
    assert not book.exists()


def test_without_a_file_the_setting_is_named(aethel: Command) -> None:
    done = aethel("client", "list")
    assert done.code == ExitCode.USAGE
    assert "AETHEL_CLIENTS_FILE" in done.err


@pytest.mark.full
def test_development_certificates_let_a_client_into_a_mesh_and_nobody_without_one(aethel: Command) -> None:
    up = aethel.program("up", "--detach", "--tls", "--free-ports", "--json")
    try:
        assert up.code == ExitCode.FINE, up.err
        folder = aethel.state_dir / "tls"
        shown = {
            "AETHEL_TLS_CA": str(folder / "ca.pem"),
            "AETHEL_TLS_CERT": str(folder / "client.pem"),
            "AETHEL_TLS_KEY": str(folder / "client.key"),
        }
        known = replace(aethel, settings={**aethel.settings, **shown})
        assert known("verify", "examples/payment.ae", "--arg", "amount=10").code == ExitCode.FINE
        assert known("health").code == ExitCode.FINE
        assert aethel("health").code == ExitCode.UNREACHABLE
    finally:
        aethel("down")


def test_development_certificates_are_told_as_settings(aethel: Command, tmp_path: Path) -> None:
    done = aethel("certs", "dev", "--folder", str(tmp_path / "certs"))
    assert done.out.splitlines()[0] == f"export AETHEL_TLS_CA={tmp_path / 'certs' / 'ca.pem'}"
    assert (tmp_path / "certs" / "client.key").stat().st_mode & 0o077 == 0
