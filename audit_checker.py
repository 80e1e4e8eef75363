"""Checks that a record is in an audit log, with nothing but the standard library.

    python audit_checker.py PROOF [ROOT]

PROOF is what `aethel audit prove` wrote: a record, the way from it to the root over its batch (RFC 9162), and that
root's row. ROOT is the hash of that row in hexadecimal, as somebody kept it apart from the log (`aethel audit roots`).
Exit code 0: the record is in the log that the root belongs to; 1: it is not; 2: there is nothing to check. Without ROOT
the row's own hash is printed, and all that is shown is that the record belongs to the row.

Every hash is SHA-256. A record's is over `aethel audit record 1`, writer, sequence, previous, at_ms, kind, client, id,
outcome and digest; a row's over `aethel audit root 1`, writer, batch, first, size, tree, head, number and seen: each
field behind its length in eight bytes, numbers as decimal text, hashes as bytes. `digest` is SHA-256 over the payload.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

FORMAT = "aethel-audit-proof/1"
MAXIMUM_BYTES = 64 * 1024 * 1024
_RECORD = ("writer", "sequence", "previous", "at_ms", "kind", "client", "id", "outcome", "digest")
_ROOT = ("writer", "batch", "first", "size", "tree", "head", "number", "seen")
_HASHES = frozenset({"previous", "digest", "tree", "head", "seen"})
_NUMBERS = frozenset({"sequence", "at_ms", "batch", "first", "size", "number"})


class Refused(Exception):
    """The proof shows nothing; the text says why."""


def check(data: bytes, root: str = "") -> str:
    """The hash of the root row that a record is proved to be under, in hexadecimal.

    It must be `root` unless that is empty. Raises Refused.
    """
    proof = _parsed(data)
    record, row = _part(proof, "record"), _part(proof, "root")
    leaf, row_hash = _hash("aethel audit record 1", record, _RECORD), _hash("aethel audit root 1", row, _ROOT)
    if record["writer"] != row["writer"]:
        raise Refused("the record and the root are of two writers")
    if proof.get("payload") is not None:
        _check_payload(proof["payload"], record["digest"])
    path = proof.get("path")
    if not isinstance(path, list):
        raise Refused("`path` is no list of hashes")
    index, size = record["sequence"] - row["first"], row["size"]
    found = _climbed(leaf, index, size, [_bytes("path", one) for one in path])
    if found != _bytes("tree", row["tree"]):
        raise Refused("the path does not lead to the root")
    if root and root.lower() != row_hash.hex():
        raise Refused(f"the root is `{row_hash.hex()}`, expected `{root[:64].lower()}`")
    return row_hash.hex()


def _parsed(data: bytes) -> dict[str, Any]:
    if len(data) > MAXIMUM_BYTES:
        raise Refused(f"the proof has more than {MAXIMUM_BYTES} bytes")
    try:
        proof = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Refused("the proof is no JSON") from error
    if not isinstance(proof, dict) or proof.get("format") != FORMAT:
        raise Refused(f"the proof does not say that it is `{FORMAT}`")
    return proof


def _part(proof: dict[str, Any], name: str) -> dict[str, Any]:
    part = proof.get(name)
    if not isinstance(part, dict):
        raise Refused(f"`{name}` is no object")
    return part


def _check_payload(payload: object, digest: str) -> None:
    try:
        content = base64.b64decode(payload if isinstance(payload, str) else "", validate=True)
    except ValueError as error:
        raise Refused("`payload` is no base64") from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise Refused("the payload is not the one that was recorded")


def _hash(tag: str, part: dict[str, Any], names: tuple[str, ...]) -> bytes:
    fields = [tag.encode(), *(_field(name, part.get(name)) for name in names)]
    return hashlib.sha256(b"".join(len(one).to_bytes(8, "big") + one for one in fields)).digest()


def _field(name: str, value: object) -> bytes:
    if name in _HASHES:
        return _bytes(name, value)
    if name in _NUMBERS:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Refused(f"`{name}` is no whole number")
        return str(value).encode()
    if not isinstance(value, str):
        raise Refused(f"`{name}` is no text")
    return value.encode("utf-8", "surrogatepass")


def _bytes(name: str, value: object) -> bytes:
    if not isinstance(value, str) or not set(value) <= set("0123456789abcdef") or len(value) not in (0, 64):
        raise Refused(f"`{name}` is no hash, expected 64 hexadecimal digits")
    return bytes.fromhex(value)


def _climbed(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root over leaf `index` of `size` (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        raise Refused("the record is not among those of the root")
    node, last, rest = hashlib.sha256(b"\0" + leaf).digest(), size - 1, iter(path)
    for beside in rest:
        if last == 0:
            raise Refused("the path is too long")
        while not index & 1 and index == last and last:
            index, last = index >> 1, last >> 1
        left, right = (beside, node) if index & 1 else (node, beside)
        node = hashlib.sha256(b"\1" + left + right).digest()
        index, last = index >> 1, last >> 1
    if last:
        raise Refused("the path is too short")
    return node


def main(arguments: list[str]) -> int:
    """The program."""
    if len(arguments) not in (1, 2):
        sys.stderr.write("expected a proof, and the root it has to be under\n")
        return 2
    try:
        with Path(arguments[0]).open("rb") as stream:
            root = check(stream.read(MAXIMUM_BYTES + 1), "".join(arguments[1:]))
    except (OSError, Refused) as error:
        sys.stderr.write(f"refused: {error}\n")
        return 1
    sys.stdout.write(f"the record is under the root {root}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
