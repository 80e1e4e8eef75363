"""The stand-alone verifier believes only what the mesh signed, for whom it signed it, about what, and until when."""

import hashlib
import hmac
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import token_verifier
from aethel.store.footprint import Owner
from aethel.token.claims import Names
from aethel.token.folder import KeyFolder
from aethel.token.ring import jwks
from tests.token.tokens import ABOUT, DURING_S, EXPIRES_MS, TEXT, claims, signing_folder, token
from tests.tools import REPOSITORY
from token_verifier import Expected, Refused, base64url, canonical, check, digest, parse, trusted_keys

VERIFIER = REPOSITORY / "token_verifier.py"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> KeyFolder:
    return signing_folder(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def good(folder: KeyFolder) -> str:
    return token(folder)


@pytest.fixture(scope="module")
def keys(folder: KeyFolder) -> bytes:
    return json.dumps(jwks(folder.ring())).encode()


def refusal(text: str, keys: bytes, expected: Expected = ABOUT, now_s: int = DURING_S) -> str:
    with pytest.raises(Refused) as caught:
        check(text, keys, expected, now_s)
    return str(caught.value)


def signed(folder: KeyFolder, header: bytes, body: bytes) -> str:
    """Any header and body, signed by the key of the mesh."""
    signer = folder.signer()
    assert signer is not None
    text = f"{base64url(header)}.{base64url(body)}"
    return f"{text}.{base64url(signer.sign(text.encode()))}"


def header(folder: KeyFolder, **changed: object) -> bytes:
    kid = folder.ring().keys[0].kid
    return canonical({"alg": "EdDSA", "kid": kid, "typ": token_verifier.TYPE, **changed})


def test_a_token_of_the_mesh_is_accepted(good: str, keys: bytes) -> None:
    assert check(good, keys, ABOUT, DURING_S)["id"] == "t1"


def test_no_byte_of_a_token_can_be_changed(good: str, folder: KeyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    # The library stands in for the curve here, which has tests of its own: all that is left is what comes before it.
    kid = folder.ring().keys[0].kid
    monkeypatch.setattr(token_verifier, "is_signature", lambda _, text, made: folder.verifies(kid, text, made))
    published = json.dumps(jwks(folder.ring())).encode()
    data = good.encode()
    for position in range(len(data)):
        forged = data[:position] + bytes([data[position] ^ 1 << position % 8]) + data[position + 1 :]
        refusal(forged.decode("latin-1"), published)


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "RS256", "ES256", "Ed25519", "", None])
def test_no_other_algorithm_is_believed(folder: KeyFolder, keys: bytes, algorithm: object) -> None:
    forged = signed(folder, header(folder, alg=algorithm), canonical(claims()))
    assert "algorithm" in refusal(forged, keys)


def test_a_token_without_a_signature_is_refused(folder: KeyFolder, keys: bytes) -> None:
    unsigned = f"{base64url(header(folder, alg='none'))}.{base64url(canonical(claims()))}."
    assert "algorithm" in refusal(unsigned, keys)
    assert "64 bytes" in refusal(unsigned.replace(unsigned.split(".", maxsplit=1)[0], base64url(header(folder))), keys)


def test_the_public_key_is_no_shared_secret(folder: KeyFolder, keys: bytes) -> None:
    text = f"{base64url(header(folder, alg='HS256'))}.{base64url(canonical(claims()))}"
    made = hmac.new(folder.ring().keys[0].public, text.encode(), hashlib.sha512).digest()
    assert "algorithm" in refusal(f"{text}.{base64url(made)}", keys)


@pytest.mark.parametrize(
    "more", [{"crit": ["exp"]}, {"jwk": {}}, {"jku": "https://keys.example"}, {"x5c": []}, {"b64": False}]
)
def test_a_header_may_say_nothing_more(folder: KeyFolder, keys: bytes, more: dict[str, object]) -> None:
    assert "header" in refusal(signed(folder, header(folder, **more), canonical(claims())), keys)


def test_another_type_of_token_is_refused(folder: KeyFolder, keys: bytes) -> None:
    assert "type" in refusal(signed(folder, header(folder, typ="JWT"), canonical(claims())), keys)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body.replace(b'"attempt":1', b'"attempt":1,"attempt":1'),
        lambda body: body.replace(b'"attempt":1', b'"attempt":1.0'),
        lambda body: body.replace(b'"attempt":1', b'"attempt":true'),
        lambda body: body.replace(b'"attempt":1', b'"attempt":-1'),
        lambda body: body.replace(b'"attempt":1', b'"attempt":NaN'),
        lambda body: body.replace(b'"attempt":1', b'"attempt":1,"admin":1'),
        lambda body: body.replace(b'"attempt":1,', b""),
        lambda body: body.replace(b'"reserved":[]', b'"reserved":[1]'),
        lambda body: b"[" * 5_000,
        lambda body: b"[]",
    ],
)
def test_a_body_of_another_form_is_refused_even_when_signed(
    folder: KeyFolder, keys: bytes, spoil: Callable[[bytes], bytes]
) -> None:
    body = canonical(claims())
    assert spoil(body) != body
    refusal(signed(folder, header(folder), spoil(body)), keys)


@pytest.mark.parametrize("spoil", [lambda text: text + "=", lambda text: text + ".", lambda text: text[:-1] + "+"])
def test_a_token_has_one_spelling(good: str, keys: bytes, spoil: Callable[[str], str]) -> None:
    refusal(spoil(good), keys)


def test_bits_that_base64_does_not_use_are_zero(good: str, keys: bytes) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet[alphabet.index(good[-1]) + 1]  # 64 bytes leave four bits of the last character unused
    assert "canonical" in refusal(good[:-1] + last, keys)


def test_a_key_that_nobody_published_is_not_believed(keys: bytes, tmp_path: Path) -> None:
    assert "published" in refusal(token(signing_folder(tmp_path / "other")), keys)


def test_a_key_under_the_name_of_another_is_refused(folder: KeyFolder, tmp_path: Path) -> None:
    mine, theirs = (jwks(one.ring())["keys"] for one in (folder, signing_folder(tmp_path / "other")))
    assert isinstance(mine, list)
    assert isinstance(theirs, list)
    with pytest.raises(Refused, match="own id"):
        trusted_keys(json.dumps({"keys": [theirs[0] | {"kid": mine[0]["kid"]}]}).encode())


def test_a_private_key_among_the_published_is_refused(folder: KeyFolder) -> None:
    published = jwks(folder.ring())["keys"]
    assert isinstance(published, list)
    with pytest.raises(Refused, match="private"):
        trusted_keys(json.dumps({"keys": [published[0] | {"d": "AAAA"}]}).encode())


def test_keys_of_other_kinds_are_left_out(folder: KeyFolder) -> None:
    published = jwks(folder.ring())["keys"]
    assert isinstance(published, list)
    found = trusted_keys(json.dumps({"keys": [{"kty": "RSA", "n": "AQAB"}, *published]}).encode())
    assert list(found) == [folder.ring().keys[0].kid]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"issuer": "other"}, "issuer"),
        ({"audience": "other"}, "audience"),
        ({"client": "thief"}, "client"),
        ({"id": "t2"}, "id"),
        ({"intent": TEXT + b" "}, "text"),
        ({"arguments": {"amount": "11"}}, "arguments"),
        ({"arguments": {}}, "arguments"),
        ({"accounts": {"payee": "DE03"}}, "accounts"),
        ({"program": "00" * 32}, "program"),
        ({"content": "00" * 32}, "content"),
    ],
)
def test_a_token_is_for_what_was_approved_alone(good: str, keys: bytes, changed: dict[str, object], said: str) -> None:
    assert said in refusal(good, keys, replace(ABOUT, **changed))  # type: ignore[arg-type]


def test_a_token_of_another_mesh_with_the_same_keys_is_refused(folder: KeyFolder, keys: bytes) -> None:
    assert "issuer" in refusal(token(folder, claims(names=Names("test", "rail"))), keys)
    assert "client" in refusal(token(folder, claims(Owner("other", "t1"))), keys)


def test_a_token_ends_with_its_reservation(good: str, keys: bytes) -> None:
    end_s = EXPIRES_MS // 1000
    assert check(good, keys, ABOUT, end_s - 0.001)["exp"] == end_s
    assert "expired" in refusal(good, keys, now_s=end_s)
    assert "not valid yet" in refusal(good, keys, now_s=end_s - 301)


def test_what_is_reserved_is_listed_while_it_is_short(folder: KeyFolder, keys: bytes) -> None:
    said = claims()
    long = [{"account": str(number)} for number in range(1_000)]
    without_list = token(folder, {**said, "reserved": None, "reserved_digest": digest(long)})
    assert check(without_list, keys, ABOUT, DURING_S)["reserved"] is None
    assert parse(without_list).claims["reserved_digest"] == digest(long)


def test_the_example_of_the_standard_has_its_name() -> None:
    """RFC 8037, appendix A.3."""
    x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    assert token_verifier.thumbprint(x) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def alone(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The verifier as a stranger runs it: without the package, without the folder it lies in."""
    line = [sys.executable, "-I", str(VERIFIER), *arguments]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, timeout=30, check=False)


def test_a_stranger_runs_it_as_one_file(good: str, keys: bytes, tmp_path: Path) -> None:
    for name, data in (("token", good.encode() + b"\n"), ("jwks", keys), ("pay.ae", TEXT)):
        (tmp_path / name).write_bytes(data)
    given = ["token", "--keys", "jwks", "--issuer", "mesh", "--audience", "rail", "--at", str(DURING_S)]
    about = ["--intent", "pay.ae", "--arg", "amount=10", "--account", "payee=DE02"]
    accepted = alone(tmp_path, *given, *about)
    assert accepted.returncode == 0, accepted.stdout + accepted.stderr
    assert "not compared, since nothing was named: client, id, program, content" in accepted.stdout
    assert "ask Settle" in accepted.stdout
    refused = alone(tmp_path, *given, *about[:2])
    assert (refused.returncode, refused.stdout) == (1, "refused: the token is for another list of arguments\n")
    assert alone(tmp_path, *given, *about[2:]).returncode == 2
