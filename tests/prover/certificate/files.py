"""Certificate files for tests: made from texts, opened, changed, and written again with a checksum that fits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from aethel.intent.obligations import Obligation, obligations
from aethel.intent.program import IntentFile
from aethel.intent.reading import read
from aethel.prover.certificate.certify import Beyond, Certificate, certify
from aethel.prover.certificate.document import canonical, document
from aethel.rules import rules_of_table
from tests.tools import REPOSITORY

CORPUS = REPOSITORY / "tests" / "corpus"

SPECIAL = (
    # Parity needs a cut, or no end of splits: x is unbounded.
    "intent parity(x: Int, a: Int, b: Int) { guard { x == 2 * a; x == 2 * b + 1; } verify { a == 0; } }",
    # No whole x and y: rational ones there are.
    "intent coins(x: Int, y: Int) { guard { x >= 0; y >= 0; 3 * x + 5 * y == 7; } verify { x == 7; } }",
    "intent halves(n: Int) { guard { n > 0; } verify { div_half_even(n, 2) * 2 - n <= 1; } }",
    "intent choice(n: Int, big: Bool) { guard { n > 3; } verify { (if big then n + 1 else n - 1) >= 3; } }",
    "intent rates(r: Decimal, s: Decimal) { guard { r < s; s < 0.5; } verify { r + s < 1; } }",
    "intent names(a: Hash, b: Hash, c: Hash) { guard { a == b; b != c; } verify { a != c; } }",
)
"""Texts whose proofs need what those of plain transfers do not."""

VARIED = (
    "batch_of_four_accounts",
    "branches",
    "conditional_expression",
    "declarative",
    "half_split_keeps",
    "keywords_as_names",
    "literals_of_a_choice_count_for_the_scale",
    "loop",
    "named_roundings",
    "negative_floor",
    "nominal_money",
    "text_literal",
)
"""Approvals of the corpus that differ in what they use. Named here, so that a new one does not change every sample."""


def file_of(text: str | bytes) -> IntentFile:
    """The programs of a text that is an intent."""
    reading = read(text if isinstance(text, bytes) else text.encode())
    assert reading.file is not None, reading.findings
    return reading.file


def results(file: IntentFile) -> list[tuple[Obligation, Certificate | Beyond]]:
    """Every obligation with what becomes of it."""
    return [(each, certify(file.programs[each.program], each)) for each in obligations(file)]


def certified(text: str | bytes) -> bytes:
    """The certificate file of all that can be certified of a text; empty where nothing can."""
    file = file_of(text)
    made = [result for _, result in results(file) if isinstance(result, Certificate)]
    return document(file, made) if made else b""


def opened(data: bytes) -> dict[str, Any]:
    """The document in a file."""
    value = json.loads(data)
    assert isinstance(value, dict)
    return value


def signed(value: dict[str, Any]) -> bytes:
    """The file of a document, whose checksum is made to fit."""
    rest = {name: part for name, part in value.items() if name != "checksum"}
    return canonical({**rest, "checksum": hashlib.sha256(canonical(rest)).hexdigest()})


def approvals() -> Iterator[IntentFile]:
    """What the texts of the corpus mean that are approved, each under the rules of its own."""
    for path in sorted(CORPUS.glob("*.ae")):
        wanted = json.loads(path.with_suffix(".expected.json").read_text())
        if wanted["consensus"] == "APPROVED":
            rules = rules_of_table(wanted.get("rules", {}), "rules", wanted.get("assets"))
            file = read(path.read_bytes(), assets=rules.registry).file
            assert file is not None, path.name
            yield replace(file, rules=rules)


@cache
def single_files() -> tuple[bytes, ...]:
    """Files of one obligation each, from SPECIAL and VARIED, those whose proof is not trivial."""
    files: list[bytes] = []
    texts = [*(text.encode() for text in SPECIAL), *((CORPUS / f"{name}.ae").read_bytes() for name in VARIED)]
    for text in texts:
        file = file_of(text)
        for _, result in results(file):
            if isinstance(result, Certificate):
                data = document(file, [result])
                (obligation,) = opened(data)["programs"][0]["obligations"]
                if obligation.get("proof", [["values"]])[0][0] != "clash":
                    files.append(data)
    return tuple(files)
