"""The formats that can be read, by the names that people type."""

from __future__ import annotations

from enum import Enum
from typing import assert_never

from aethel.adapters.adapted import Adapted
from aethel.adapters.ap2 import read_ap2
from aethel.adapters.pacs008 import read_pacs008
from aethel.adapters.pain001 import read_pain001
from aethel.adapters.postings import read_postings
from aethel.adapters.tigerbeetle import read_tigerbeetle
from aethel.adapters.x402 import read_x402
from aethel.wire.exact_json import RowError


class Format(Enum):
    """A format of payments or postings that others define."""

    POSTINGS = "postings"
    PAIN_001 = "pain.001"
    PACS_008 = "pacs.008"
    TIGERBEETLE = "tigerbeetle"
    AP2 = "ap2"
    X402 = "x402"


def read_format(form: Format, content: bytes) -> tuple[Adapted, ...]:
    """A row for each transaction of a file, in file order; one row with the error where the file as a whole is none."""
    try:
        return _read(form, content)
    except RowError as error:
        return (Adapted(error),)


def _read(form: Format, content: bytes) -> tuple[Adapted, ...]:
    match form:
        case Format.POSTINGS:
            return read_postings(content)
        case Format.PAIN_001:
            return read_pain001(content)
        case Format.PACS_008:
            return read_pacs008(content)
        case Format.TIGERBEETLE:
            return read_tigerbeetle(content)
        case Format.AP2:
            return read_ap2(content)
        case Format.X402:
            return read_x402(content)
    assert_never(form)
