"""Whether a certificate is about a text: its statements beside those derived from the text again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aethel.intent.obligations import Kind, Obligation, obligations
from aethel.intent.program import LANGUAGE_VERSION, IntentFile
from aethel.prover.certificate.document import LEAVES, Terms, described, statement

_COMMUTATIVE = frozenset({"+", "*", "==", "and", "or"})


@dataclass(frozen=True, slots=True)
class Compared:
    """`difference` is the first difference between a certificate and a text, for people; None where there is none.

    `missing` are the obligations of the text that the certificate does not hold.
    """

    difference: str | None
    missing: tuple[Obligation, ...] = ()


def compare(document: Mapping[str, Any], file: IntentFile) -> Compared:
    """Compare a document that the checker has accepted with the obligations of `file`.

    Terms count as equal whatever the order of operands that may be exchanged; assumptions whatever their order.
    """
    if document["language"] != LANGUAGE_VERSION:
        return Compared(f"the certificate is for language version {document['language']}, not {LANGUAGE_VERSION}")
    if document["digest"] != file.digest:
        return Compared("the certificate is for a text with another digest")
    names = {program.name: position for position, program in enumerate(file.programs)}
    shown: set[tuple[int, str]] = set()
    listed = obligations(file)
    for stated in document["programs"]:
        position = names.get(stated["name"])
        if position is None:
            return Compared(f"the text has no intent `{stated['name']}`")
        derived = [each for each in listed if each.program == position]
        difference = _program_difference(stated, file, position, derived)
        if difference is not None:
            return Compared(f"intent `{stated['name']}`: {difference}")
        shown |= {(position, each["id"]) for each in stated["obligations"]}
    return Compared(None, tuple(each for each in listed if (each.program, each.id) not in shown))


def _program_difference(
    stated: Mapping[str, Any], file: IntentFile, position: int, derived: Sequence[Obligation]
) -> str | None:
    program = file.programs[position]
    for name, value in described(program).items():
        if stated[name] != value:
            return f"the {name} of the text differ from those of the certificate"
    written = Terms(program)
    by_id = {each.id: each for each in derived}
    theirs = _fingerprints(stated["terms"])
    for each in stated["obligations"]:
        if each["id"] not in by_id:
            under = " under these rules" if each["kind"] == Kind.ISSUED.value else ""
            return f"the text has no obligation `{each['id']}`{under}"
    owns = [statement(by_id[each["id"]], written) for each in stated["obligations"]]
    ours = _fingerprints(written.rows)
    for each, own in zip(stated["obligations"], owns, strict=True):
        if _stated(each, theirs) != _stated(own, ours):
            return f"obligation `{each['id']}` of the text states something else"
    return None


def _stated(obligation: Mapping[str, Any], prints: Sequence[str]) -> tuple[object, ...]:
    assumed = sorted({prints[term] for term in obligation["assume"]})
    return obligation["kind"], assumed, prints[obligation["claim"]]


def _fingerprints(rows: Sequence[Sequence[Any]]) -> list[str]:
    """What equal terms have in common, whatever their order in the list."""
    prints: list[str] = []
    for op, *args in rows:
        parts = args if op in LEAVES else [prints[arg] for arg in args]
        ordered = sorted(parts) if op in _COMMUTATIVE else parts
        prints.append(hashlib.sha256(json.dumps([op, *ordered]).encode()).hexdigest())
    return prints
