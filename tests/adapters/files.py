"""The examples of the formats, changed in one place, and what the Guardian says of what is read from them."""

import copy
import json
from collections.abc import Callable

from aethel.adapters.adapted import Adapted
from aethel.adapters.formats import Format, read_format
from aethel.ledger.expert import GuardianExpert
from aethel.request import Question
from aethel.transaction import DoubleEntry, Unsupported
from aethel.verdict import Vote
from tests.tools import REPOSITORY

FILES = {
    Format.POSTINGS: "postings.json",
    Format.PAIN_001: "pain001.xml",
    Format.PACS_008: "pacs008.xml",
    Format.TIGERBEETLE: "tigerbeetle.json",
    Format.AP2: "ap2.json",
    Format.X402: "x402.json",
}

GUARDIAN = GuardianExpert()


def example(form: Format) -> str:
    """The example of a format."""
    return (REPOSITORY / "examples" / "formats" / FILES[form]).read_text(encoding="utf-8")


def changed(form: Format, *changes: tuple[str, str]) -> tuple[Adapted, ...]:
    """The rows of the example with texts replaced, each the first time it occurs; every one must occur."""
    text = example(form)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return read_format(form, text.encode())


def edited(form: Format, edit: Callable[[dict[str, dict[str, object]]], object]) -> tuple[Adapted, ...]:
    """The rows of a JSON example after `edit` of its value."""
    value = copy.deepcopy(json.loads(example(form)))
    edit(value)
    return read_format(form, json.dumps(value).encode())


def entry(row: Adapted) -> DoubleEntry:
    """The journal entry that a row asks about."""
    assert isinstance(row.subject, Question), row.subject
    assert isinstance(row.subject.transaction, DoubleEntry), row.subject.transaction
    return row.subject.transaction


def legs(row: Adapted) -> list[tuple[str, str, str]]:
    """Account, amount and commodity of each leg."""
    return [(leg.account, leg.amount, leg.commodity) for leg in entry(row).postings]


def said(row: Adapted) -> str:
    """What becomes of a row: the error, or the kind that nobody supports, or the Guardian's vote."""
    if not isinstance(row.subject, Question):
        return f"error: {row.subject.message}"
    if isinstance(row.subject.transaction, Unsupported):
        return f"not understood: {row.subject.transaction.kind}"
    return GUARDIAN.verify(row.subject, 1_000.0).verdict.value


APPROVED = Vote.APPROVE.value
REJECTED = Vote.REJECT.value


def outcome(*rows: Adapted) -> list[str]:
    """What becomes of each row."""
    return [said(row) for row in rows]
