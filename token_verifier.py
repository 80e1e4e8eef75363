"""Checks the token of an approval, needing nothing but the standard library.

    python token_verifier.py TOKEN --keys JWKS --issuer NAME --audience NAME [--client NAME] [--id ID]
        [--intent FILE [--arg NAME=VALUE ...] [--account NAME=ID ...]] [--program DIGEST] [--content DIGEST] [--at TIME]

TOKEN is a file that holds the token, JWKS the published keys of the mesh (RFC 7517). A token is a JSON Web Token (RFC
7519, RFC 7515 in compact form) signed with Ed25519 (RFC 8032, RFC 8037). This file shows that the mesh made the token
(authenticity), that it is about this client, id, text and arguments, as far as they are named (binding), and that it is
not over by the clock of this machine, or at the TIME named, in seconds since 1970 (expiry). What was not named is said
not to have been compared. Exit code 0: accepted; 1: refused, with the reason; 2: wrong usage.

It cannot show that the token was not redeemed before: single use needs `Settle`, asked before the money moves.

Digests are SHA-256 in hexadecimal: `intent` over the bytes of the text, `arguments` and `accounts` over the JSON object
of names and texts with its keys sorted, without spaces and in ASCII.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

TYPE = "aethel-commit+jwt"
ALGORITHM = "EdDSA"
MAXIMUM_BYTES = 16_384
"""Bytes of a token; its one list is left out where it would be long."""
MAXIMUM_KEYS_BYTES = 65_536

HEADER = ("alg", "kid", "typ")
TEXTS = ("accounts", "arguments", "aud", "client", "content", "id", "intent", "iss", "jti", "program", "rules", "state")
NUMBERS = ("attempt", "exp", "expires_ms", "iat", "nbf")
CLAIMS = tuple(sorted((*TEXTS, *NUMBERS, "experts", "reserved", "reserved_digest")))


class Refused(Exception):
    """The token does not show what it has to; the message says why."""


@dataclass(frozen=True)
class Token:
    """A token taken apart; nothing of it is to be believed before `authenticate`."""

    kid: str
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes


@dataclass(frozen=True)
class Expected:
    """What a token must be about; None is not compared. With `intent`, the arguments and accounts are compared too."""

    issuer: str
    audience: str
    client: str | None = None
    id: str | None = None
    intent: bytes | None = None
    arguments: Mapping[str, str] = field(default_factory=dict)
    accounts: Mapping[str, str] = field(default_factory=dict)
    program: str | None = None
    content: str | None = None


def check(token: str, keys: bytes, expected: Expected, now_s: float) -> Mapping[str, Any]:
    """The claims of a token that is authentic, about what is expected, and not over; raises Refused."""
    taken = parse(token)
    authenticate(taken, trusted_keys(keys))
    compare(taken.claims, expected)
    check_time(taken.claims, now_s)
    return taken.claims


def parse(token: str) -> Token:
    """Take a token apart, in the one form that this mesh writes; raises Refused."""
    if len(token) > MAXIMUM_BYTES or not token.isascii():
        raise Refused(f"the token is no ASCII text of at most {MAXIMUM_BYTES} bytes")
    parts = token.split(".")
    if len(parts) != 3:
        raise Refused(f"the token has {len(parts)} parts, expected 3")
    header, claims, signature = (decoded(part) for part in parts)
    members = json_object(header, "the header")
    if members.get("alg") != ALGORITHM:
        raise Refused(f"the algorithm is not {ALGORITHM}")
    if members.get("typ") != TYPE:
        raise Refused(f"the type is not {TYPE}")
    if tuple(sorted(members)) != HEADER or not isinstance(members["kid"], str):
        raise Refused(f"the header must have exactly the texts {', '.join(HEADER)}")
    if len(signature) != 64:
        raise Refused("the signature does not have 64 bytes")
    signed = token.rpartition(".")[0].encode("ascii")
    return Token(members["kid"], well_formed(json_object(claims, "the body")), signed, signature)


def decoded(part: str) -> bytes:
    """The bytes of base64url without padding, written in the one way that there is (RFC 7515, section 2)."""
    try:
        data = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Refused("a part of the token is not base64url") from None
    if base64url(data) != part:
        raise Refused("a part of the token is not canonical base64url")
    return data


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def json_object(data: bytes, what: str) -> dict[str, Any]:
    """A JSON object that names nothing twice and holds no fractions; raises Refused."""
    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=single, parse_float=no_number, parse_constant=no_number
        )
    except (ValueError, RecursionError):
        raise Refused(f"{what} is no JSON") from None
    if not isinstance(value, dict):
        raise Refused(f"{what} is no JSON object")
    return value


def single(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Refused("a JSON object names a member twice")
    return members


def no_number(shown: str) -> None:
    raise Refused(f"`{shown[:40]}` is not a whole number")


def canonical(value: object) -> bytes:
    """Keys sorted, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def digest(value: object) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def well_formed(claims: dict[str, Any]) -> dict[str, Any]:
    if tuple(sorted(claims)) != CLAIMS:
        raise Refused("the body does not have exactly the claims of an approval")
    if not all(isinstance(claims[name], str) for name in (*TEXTS, "reserved_digest")):
        raise Refused("a claim of the body is no text")
    if not isinstance(claims["experts"], dict):
        raise Refused("the experts are no JSON object")
    if not all(type(claims[name]) is int and 0 <= claims[name] < 2**63 for name in NUMBERS):
        raise Refused("a claim of the body is no whole number")
    if claims["reserved"] is not None and digest(claims["reserved"]) != claims["reserved_digest"]:
        raise Refused("what is reserved does not have the digest that the body says")
    return claims


def trusted_keys(document: bytes) -> dict[str, bytes]:
    """Every Ed25519 key of a JWKS by its id; keys of other kinds are left out (RFC 7517, section 5); raises Refused."""
    if len(document) > MAXIMUM_KEYS_BYTES:
        raise Refused(f"the keys have more than {MAXIMUM_KEYS_BYTES} bytes")
    listed = json_object(document, "the key file").get("keys")
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise Refused("the key file has no list of keys")
    found: dict[str, bytes] = {}
    for one in listed:
        if (one.get("kty"), one.get("crv"), one.get("alg"), one.get("use")) != ("OKP", "Ed25519", ALGORITHM, "sig"):
            continue
        if "d" in one:
            raise Refused("the key file holds a private key")
        if not isinstance(one.get("x"), str) or one.get("kid") != thumbprint(one["x"]) or one["kid"] in found:
            raise Refused("a key does not bear its own id (RFC 7638), or is there twice")
        found[one["kid"]] = decoded(one["x"])
    return found


def thumbprint(x: str) -> str:
    """The id of a key: its thumbprint by RFC 7638."""
    return base64url(hashlib.sha256(canonical({"crv": "Ed25519", "kty": "OKP", "x": x})).digest())


def authenticate(token: Token, keys: Mapping[str, bytes]) -> None:
    """Show that the holder of one of these keys made the token; raises Refused."""
    key = keys.get(token.kid)
    if key is None:
        raise Refused("the key that the token names is not among those published")
    if not is_signature(key, token.signed, token.signature):
        raise Refused("the signature is wrong")


def compare(claims: Mapping[str, Any], expected: Expected) -> None:
    """Show that the token is about what is expected; raises Refused."""
    wanted = {"iss": expected.issuer, "aud": expected.audience, "client": expected.client, "id": expected.id}
    wanted |= {"program": expected.program, "content": expected.content}
    if expected.intent is not None:
        wanted["intent"] = hashlib.sha256(expected.intent).hexdigest()
        wanted["arguments"] = digest(dict(expected.arguments))
        wanted["accounts"] = digest(dict(expected.accounts))
    for name, value in wanted.items():
        if value is not None and claims[name] != value:
            raise Refused(f"the token is for another {NAMES.get(name, name)}")


NAMES = {"iss": "issuer", "aud": "audience", "intent": "text", "arguments": "list of arguments"}
NAMES["accounts"] = "list of accounts"


def check_time(claims: Mapping[str, Any], now_s: float) -> None:
    """Show that the token has begun and is not over; raises Refused."""
    if now_s < claims["nbf"]:
        raise Refused("the token is not valid yet")
    if now_s >= claims["exp"]:
        raise Refused("the token has expired")


# Ed25519 as in RFC 8032, section 5.1; a point is (X, Y, Z, T) with x = X/Z, y = Y/Z and xy = T/Z.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE_D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]
NEUTRAL: Point = (0, 1, 1, 0)


def is_signature(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a key of prime order made this signature, in its one canonical form."""
    public = point(key) if len(key) == 32 else None
    if public is None or is_neutral(public) or not is_neutral(multiplied(ORDER, public)) or len(signature) != 64:
        return False
    scalar = int.from_bytes(signature[32:], "little")
    if scalar >= ORDER:
        return False
    hashed = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    x, y, z, t = multiplied(hashed, public)
    return written(added(multiplied(scalar, BASE), (-x % P, y, z, -t % P))) == signature[:32]


def point(data: bytes) -> Point | None:
    """The point that 32 bytes stand for, None where they are not the canonical form of any."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= P:
        return None
    above, below = (y * y - 1) % P, (CURVE_D * y * y + 1) % P
    x = above * pow(below, 3, P) * pow(above * pow(below, 7, P), (P - 5) // 8, P) % P
    if (below * x * x - above) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (below * x * x - above) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def written(one: Point) -> bytes:
    inverse = pow(one[2], -1, P)
    x, y = one[0] * inverse % P, one[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def added(left: Point, right: Point) -> Point:
    a = (left[1] - left[0]) * (right[1] - right[0]) % P
    b = (left[1] + left[0]) * (right[1] + right[0]) % P
    c = 2 * left[3] * right[3] * CURVE_D % P
    d = 2 * left[2] * right[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiplied(scalar: int, one: Point) -> Point:
    total = NEUTRAL
    while scalar:
        if scalar & 1:
            total = added(total, one)
        one = added(one, one)
        scalar >>= 1
    return total


def is_neutral(one: Point) -> bool:
    return one[0] % P == 0 and (one[1] - one[2]) % P == 0


BASE = cast("Point", point((4 * pow(5, -1, P) % P).to_bytes(32, "little")))


def pairs(given: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name or name in found:
            raise ValueError(f"`{text}` is no new `NAME=VALUE`")
        found[name] = value
    return found


def options() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="token_verifier.py", description="Checks the token of an approval.")
    made.add_argument("token", help="a file that holds the token")
    for name in ("keys", "issuer", "audience"):
        made.add_argument(f"--{name}", required=True)
    for name in ("client", "id", "intent", "program", "content"):
        made.add_argument(f"--{name}")
    made.add_argument("--arg", action="append", default=[], metavar="NAME=VALUE")
    made.add_argument("--account", action="append", default=[], metavar="NAME=ID")
    made.add_argument("--at", type=int, metavar="SECONDS", help="the time, in seconds since 1970; by default now")
    return made


def main(arguments: Sequence[str]) -> int:
    given = options().parse_args(arguments)
    try:
        token = Path(given.token).read_bytes()[: MAXIMUM_BYTES + 2].decode("ascii", "replace").strip()
        keys = Path(given.keys).read_bytes()
        intent = None if given.intent is None else Path(given.intent).read_bytes()
        if intent is None and (given.arg or given.account):
            raise ValueError("arguments and accounts are compared with an `--intent`")
        named = (pairs(given.arg), pairs(given.account))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"token_verifier.py: {error}\n")
        return 2
    expected = Expected(
        given.issuer, given.audience, given.client, given.id, intent, *named, given.program, given.content
    )
    try:
        claims = check(token, keys, expected, time.time() if given.at is None else given.at)
    except Refused as refused:
        sys.stdout.write(f"refused: {refused}\n")
        return 1
    sys.stdout.write(f"accepted: client {claims['client']!a}, id {claims['id']!a}, until {claims['exp']}\n")
    not_compared = [name for name in ("client", "id", "intent", "program", "content") if getattr(given, name) is None]
    if not_compared:
        sys.stdout.write(f"not compared, since nothing was named: {', '.join(not_compared)}\n")
    sys.stdout.write("single use is not shown by this: ask Settle before the money moves\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
