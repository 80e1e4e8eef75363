"""Findings as a log of the Static Analysis Results Interchange Format (SARIF 2.1.0, OASIS standard)."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import PurePath
from urllib.parse import quote

from aethel.cli.scanning import Scanned
from aethel.cli.texts import STDIN
from aethel.security.catalogue import CATALOGUE, Entry
from aethel.verdict import Disposition, Finding, Impact, Span

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_CWE_VERSION = "4.18"

_SEVERITY = {Impact.LOW: "2.0", Impact.MEDIUM: "5.0", Impact.HIGH: "8.0", Impact.CRITICAL: "9.5"}
"""Scores within the bands of CVSS (section 5), by which readers of SARIF sort security results."""


def log(scanned: Sequence[Scanned], expert_version: str) -> dict[str, object]:
    """One log with one run about all files; `expert_version` is the digest of the expert that looked."""
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver(expert_version)},
                "taxonomies": [_taxonomy()],
                "columnKind": "unicodeCodePoints",
                "artifacts": [{"location": {"uri": _uri(one.file)}} for one in scanned],
                "invocations": [_invocation(scanned)],
                "results": [_result(one, index, found) for index, one in enumerate(scanned) for found in one.findings],
            }
        ],
    }


def _driver(expert_version: str) -> dict[str, object]:
    return {
        "name": "aethel",
        "semanticVersion": version("aethel"),
        "properties": {"expertVersion": expert_version},
        "supportedTaxonomies": [{"name": "CWE", "index": 0}],
        "rules": [_rule(each) for each in CATALOGUE],
    }


def _rule(each: Entry) -> dict[str, object]:
    return {
        "id": each.class_.value,
        "name": "".join(word.capitalize() for word in each.title.split()),
        "shortDescription": {"text": each.title},
        "fullDescription": {"text": each.how},
        "defaultConfiguration": {"level": _level(each.disposition)},
        "relationships": [
            {"target": {"id": str(cwe), "toolComponent": {"name": "CWE", "index": 0}}, "kinds": ["relevant"]}
            for cwe in each.cwe
        ],
        "properties": {
            "tags": ["security"],
            "precision": "very-high" if each.ground.value == "decided" else "high",
            "security-severity": _SEVERITY[each.impact],
        },
    }


def _taxonomy() -> dict[str, object]:
    known = sorted({cwe for each in CATALOGUE for cwe in each.cwe})
    return {
        "name": "CWE",
        "version": _CWE_VERSION,
        "organization": "MITRE",
        "informationUri": "https://cwe.mitre.org/",
        "isComprehensive": False,
        "taxa": [{"id": str(cwe), "helpUri": f"https://cwe.mitre.org/data/definitions/{cwe}.html"} for cwe in known],
    }


def _invocation(scanned: Sequence[Scanned]) -> dict[str, object]:
    reasons = [(index, reason) for index, one in enumerate(scanned) for reason in one.undecided]
    return {
        "executionSuccessful": True,
        "toolExecutionNotifications": [
            {
                "level": "warning",
                "message": {"text": reason},
                "locations": [{"physicalLocation": {"artifactLocation": _artifact(scanned[index], index)}}],
            }
            for index, reason in reasons
        ],
    }


def _result(one: Scanned, index: int, found: Finding) -> dict[str, object]:
    place: dict[str, object] = {"artifactLocation": _artifact(one, index)}
    if found.span is not None:
        place["region"] = _region(one.source, found.span)
    result: dict[str, object] = {
        "ruleId": found.code,
        "ruleIndex": [each.class_.value for each in CATALOGUE].index(found.code),
        "level": _level(found.disposition),
        "message": {"text": _whole(f"{found.message}; {found.advice}" if found.advice else found.message)},
        "locations": [{"physicalLocation": place}],
        "properties": {
            "confidence": float(found.confidence),
            "impact": None if found.impact is None else found.impact.name,
        },
    }
    if found.cwe is not None:
        result["taxa"] = [{"id": str(found.cwe), "toolComponent": {"name": "CWE", "index": 0}}]
    return result


def _region(source: str, span: Span) -> dict[str, object]:
    """The place of a span: lines and columns counted from 1, the end column behind the last character."""
    inside = source[span.start : span.end]
    breaks = inside.count("\n")
    end_column = span.column + len(inside) if not breaks else len(inside) - inside.rfind("\n")
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.line + breaks,
        "endColumn": end_column,
    }


def _artifact(one: Scanned, index: int) -> dict[str, object]:
    return {"uri": _uri(one.file), "index": index}


def _uri(file: str) -> str:
    """A relative reference, or a `file` URI for an absolute path; standard input has a name of its own."""
    if file == STDIN:
        return "stdin"
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _level(disposition: Disposition) -> str:
    return "error" if disposition is Disposition.REJECT else "note"


def _whole(text: str) -> str:
    """Text that JSON can carry: bytes that are no UTF-8 are written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
