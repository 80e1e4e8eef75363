"""G01: an id is written as its scheme says, is none of the reserved ones, and is the only one of its batch."""

from __future__ import annotations

from typing import assert_never

from aethel.ledger.amounts import Refused, scan_whole
from aethel.ledger.checked import Checked
from aethel.ledger.declared import Declared
from aethel.ledger.notes import Notes
from aethel.ledger.wording import counted, quoted
from aethel.terms import IdScheme

_MAX35_CHARS = 35
_UUID_GROUPS = (8, 4, 4, 4, 12)
_HEX_DIGITS = frozenset("0123456789abcdef")


def identity(declared: Declared) -> Checked | None:
    """G01: the stated id has the form of its scheme, is not reserved, and no other of the batch is the same."""
    given = declared.terms.identity
    if given is None:
        return None
    notes = Notes("G01")
    own = canonical_id(given.id, given.scheme)
    if own is None:
        notes.found(f"the id {quoted(given.id)} {id_fault(given.id, given.scheme)}")
    for number, sibling in enumerate(given.siblings, 1):
        other = canonical_id(sibling, given.scheme)
        if other is None:
            notes.found(f"sibling {number} of the id: {quoted(sibling)} {id_fault(sibling, given.scheme)}")
        elif other == own:
            notes.found(f"the id {quoted(given.id)} is that of sibling {number} of its batch too, expected another")
    others = counted(len(given.siblings), "other", "others")
    return notes.concluded(f"the id is a {given.scheme.value} and differs from {others} of its batch")


def canonical_id(text: str, scheme: IdScheme) -> str | None:
    """The one spelling of an id; None where it is none."""
    if id_fault(text, scheme):
        return None
    return text.lower() if scheme is IdScheme.UUID else text


def id_fault(text: str, scheme: IdScheme) -> str:
    """Why a text is no id of its scheme, to follow it in a sentence; empty where it is one.

    0 and the greatest number are reserved as in TigerBeetle, and the nil and max UUIDs by RFC 9562 (5.9 and 5.10).
    """
    match scheme:
        case IdScheme.U64:
            return _number_fault(text, 64)
        case IdScheme.U128:
            return _number_fault(text, 128)
        case IdScheme.UUID:
            return _uuid_fault(text)
        case IdScheme.MAX35_TEXT:
            return _text_fault(text)
        case _:
            assert_never(scheme)


def reserved_number(number: int, bits: int) -> str:
    """Why a number is no id of so many bits; empty where it is one."""
    if 0 < number < (1 << bits) - 1:
        return ""
    if number == 0:
        return f"is reserved, expected 1 to 2^{bits} - 2"
    if number == 2**bits - 1:
        return f"is 2^{bits} - 1, which is reserved, expected 1 to 2^{bits} - 2"
    return f"is wider than {bits} bits, expected 1 to 2^{bits} - 2"


def _number_fault(text: str, bits: int) -> str:
    found = scan_whole(text)
    if isinstance(found, Refused):
        return f"is no whole number, expected 1 to 2^{bits} - 2"
    return reserved_number(found, bits)


def _uuid_fault(text: str) -> str:
    groups = text.lower().split("-", len(_UUID_GROUPS))
    if tuple(map(len, groups)) != _UUID_GROUPS or not _HEX_DIGITS.issuperset("".join(groups)):
        return "is no UUID, expected 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12"
    if set("".join(groups)) in ({"0"}, {"f"}):
        return "is reserved, expected neither the nil nor the max UUID"
    return ""


def _text_fault(text: str) -> str:
    if not 1 <= len(text) <= _MAX35_CHARS:
        return f"has {len(text)} characters, expected 1 to {_MAX35_CHARS}"
    if not text.isprintable() or text != text.strip():
        return "holds white space at an end or a character that is not printable"
    return ""
