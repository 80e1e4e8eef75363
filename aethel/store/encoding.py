"""How names become keys: unambiguous, printable by every database, and short enough for an index."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import cast

KEY_BYTES = 500
"""A longer key is replaced by its digest: an index entry of PostgreSQL holds 2 704 bytes, a third of a page."""

NAMES_KEPT = 256
"""Names of clients and ids whose text is kept: more than one group of commits has."""

_ANY = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_ASCII = json.JSONEncoder(separators=(",", ":"))


def encoded(value: object) -> str:
    """JSON text without a NUL, which PostgreSQL refuses in text, and without lone surrogates, which UTF-8 lacks."""
    text = _ANY.encode(value)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return _ASCII.encode(value)
    return text


def key_of(names: tuple[str, ...]) -> str:
    """One key for a list of names; two lists share one only if SHA-256 collides."""
    key = encoded(names)
    if len(key.encode()) <= KEY_BYTES:
        return key
    return f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def texts_of(text: str) -> dict[str, str]:
    """The mapping of texts that `encoded` wrote."""
    return cast("dict[str, str]", json.loads(text)) if text != "{}" else {}


@lru_cache(NAMES_KEPT)
def encoded_name(name: str) -> str:
    """One name as `encoded` writes it; a commit writes the same ones into many rows."""
    return encoded(name)


def name_of(text: str) -> str:
    """The one name that `encoded` wrote."""
    return cast("str", json.loads(text))


def digest_of(parts: Mapping[str, object]) -> str:
    """SHA-256 in hexadecimal over named parts, whatever their order."""
    return hashlib.sha256(encoded(dict(sorted(parts.items()))).encode()).hexdigest()
