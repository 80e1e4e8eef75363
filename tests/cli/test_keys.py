"""`aethel keys` and what is done with tokens where no mesh is up."""

import json
from pathlib import Path

import pytest

from aethel.cli.main import run
from tests.cli.command import Command, Done
from tests.token.tokens import claims, signing_folder, token


def state_of(done: Done) -> list[str]:
    rows = done.json["keys"]
    assert isinstance(rows, list)
    return [row["state"] for row in rows]


def test_a_key_is_announced_then_signs_then_is_retired(aethel: Command) -> None:
    assert aethel("keys", "list").code == 1
    first = aethel("keys", "create", "--json").json
    assert (first["state"], aethel("keys", "rotate").code) == ("announced", 1)
    assert aethel("keys", "rotate", "--now", "--json").json["kid"] == first["kid"]
    aethel("keys", "create")
    assert aethel("keys", "rotate", "--now").code == 0
    listed = aethel("keys", "list", "--json")
    assert (listed.code, state_of(listed)) == (0, ["retired", "signing"])


def test_the_published_keys_bear_no_private_one(aethel: Command) -> None:
    aethel("keys", "create")
    (key,) = json.loads(aethel("keys", "jwks").out)["keys"]
    assert set(key) == {"kty", "crv", "alg", "use", "kid", "x"}


def test_the_key_that_signs_is_only_taken_back_on_demand(aethel: Command) -> None:
    signing_folder(aethel.state_dir / "keys")
    (key,) = json.loads(aethel("keys", "jwks").out)["keys"]
    assert aethel("keys", "retire", key["kid"]).code == 1
    assert aethel("keys", "retire", key["kid"], "--withdraw", "--json").json["state"] == "withdrawn"
    assert aethel("keys", "list").code == 1


def test_keys_are_where_the_setting_says(aethel: Command, tmp_path: Path) -> None:
    elsewhere = Command(aethel.state_dir, {"AETHEL_KEYS_DIR": str(tmp_path / "mounted")})
    assert elsewhere("keys", "create").code == 0
    assert (tmp_path / "mounted" / "keys.json").exists()
    assert not (aethel.state_dir / "keys").exists()


def test_keys_that_cannot_be_used_are_said_to_be(aethel: Command) -> None:
    (aethel.state_dir / "keys").mkdir(parents=True)
    (aethel.state_dir / "keys" / "keys.json").write_text("{}")
    done = aethel("keys", "list")
    assert (done.code, "format" in done.err) == (1, True)


@pytest.mark.parametrize("content", [b"", b"{}", b'{"token": ""}', b'{"token": 1}', b"{", b"x" * 20_000])
def test_what_bears_no_token_is_wrong_usage(aethel: Command, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "answer").write_bytes(content)
    for command in (("settle",), ("release",), ("token", "verify")):
        assert aethel(*command, tmp_path / "answer").code == 64


def test_a_token_is_checked_with_the_keys_of_this_machine(aethel: Command, tmp_path: Path) -> None:
    folder = signing_folder(aethel.state_dir / "keys")
    valid = {**claims(), "iss": "aethel", "aud": "aethel", "nbf": 0, "exp": 2**40}
    (tmp_path / "token").write_text(token(folder, valid))
    assert aethel("token", "verify", tmp_path / "token").code == 0
    assert (
        aethel("token", "verify", tmp_path / "token", "--client", "shop", "--id", "t1", "--json").json["holds"] is True
    )
    refused = aethel("token", "verify", tmp_path / "token", "--client", "thief", "--json")
    assert (refused.code, refused.json) == (1, {"holds": False, "reason": "the token is for another client"})


def test_nobody_settles_where_no_mesh_is(aethel: Command, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a.b.c")
    assert aethel("settle", tmp_path / "token", "--mesh", "127.0.0.1:1").code == 69


def test_the_names_of_the_commands_are_known() -> None:
    assert run(["keys"]) == run(["token"]) == 64
