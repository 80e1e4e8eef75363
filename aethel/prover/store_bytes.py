"""Proofs as canonical bytes, and back: only what carries a certificate that checks, or a MAC of ours, is a proof."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from aethel.prover.store import Proof, Proved
from aethel.verdict import Evidence

_MAGIC = b"aethel proof 1\n"
_UNSIGNED = b"-" * 64
_EVIDENCE = {grade.name: grade for grade in Evidence if grade >= Evidence.SINGLE_SOLVER}

KEY_BYTES = 32
"""The least length of a key of the MAC: that of its hash (RFC 2104)."""

MAXIMUM_BYTES = 64 * 2**20
"""Bytes of one proof that are read at all."""


class Refused(ValueError):
    """Bytes that are no proof, or that nothing vouches for; the message says which."""


def dumped(proof: Proof, key: bytes | None = None) -> bytes:
    """The canonical bytes of a proof: equal proofs give equal bytes. With a key they carry a MAC (HMAC-SHA256)."""
    written = {
        "certificate": proof.certificate.hex(),
        "digest": proof.digest,
        "proved": [[each.key, each.evidence.name, each.work] for each in proof.proved],
        "version": proof.version,
    }
    body = json.dumps(written, sort_keys=True, separators=(",", ":")).encode()
    return _MAGIC + (_UNSIGNED if key is None else _mac(key, body)) + b"\n" + body


def loaded(data: bytes, key: bytes | None, certified: Callable[[Proof], bool]) -> Proof:
    """The proof that bytes hold; raises Refused.

    A certificate is always checked again, by `certified`, which says whether it proves every entry of the proof. Where
    there is none, or an entry does not claim to be certified, only a MAC made with `key` vouches for the proof.
    """
    if len(data) > MAXIMUM_BYTES:
        raise Refused(f"{len(data)} bytes, the limit is {MAXIMUM_BYTES}")
    head, body = data[: len(_MAGIC) + 65], data[len(_MAGIC) + 65 :]
    if not head.startswith(_MAGIC) or not head.endswith(b"\n"):
        raise Refused("not a proof of this format")
    proof = _parsed(body)
    mac = head[len(_MAGIC) : -1]
    signed = mac != _UNSIGNED
    if signed and (key is None or not hmac.compare_digest(mac, _mac(key, body))):
        raise Refused("the MAC is not one of this key")
    if dumped(proof)[len(head) :] != body:
        raise Refused("not the canonical bytes of a proof")
    by_certificate = proof.certificate != b"" and all(each.evidence is Evidence.CERTIFIED for each in proof.proved)
    if not (signed or by_certificate):
        raise Refused("neither a MAC nor a certificate of every obligation vouches for it")
    if proof.certificate and not certified(proof):
        raise Refused("the certificate does not check")
    return proof


def _mac(key: bytes, body: bytes) -> bytes:
    if len(key) < KEY_BYTES:
        raise ValueError(f"a key of {len(key)} bytes, expected at least {KEY_BYTES}")
    return hmac.new(key, _MAGIC + body, hashlib.sha256).hexdigest().encode()


def _parsed(body: bytes) -> Proof:
    try:
        written: Any = json.loads(body)
        proved = tuple(_entry(*each) for each in written["proved"])
        proof = Proof(
            _text(written["digest"]), _text(written["version"]), proved, bytes.fromhex(_text(written["certificate"]))
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused(f"not a proof: {type(error).__name__}") from None
    keys = [each.key for each in proved]
    if not keys or keys != sorted(set(keys)):
        raise Refused("obligations are missing, repeated or out of order")
    return proof


def _entry(key: object, evidence: object, work: object) -> Proved:
    if type(work) is not int or work < 0:
        raise TypeError("work is a count")
    return Proved(_text(key), _EVIDENCE[_text(evidence)], work)


def _text(value: object) -> str:
    if type(value) is not str:
        raise TypeError("a text is expected")
    return value
