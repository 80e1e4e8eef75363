"""Puts a file to the Sentinel in this process: an intent as a whole, or texts line by line."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from aethel.cli.exits import CommandError, ExitCode
from aethel.cli.terminal import printable
from aethel.cli.texts import read_at_most, read_text
from aethel.request import Expert, Question
from aethel.rules import Rules
from aethel.text_types import TYPES_BY_NAME
from aethel.transaction import TextField
from aethel.verdict import Disposition, ExpertVerdict, Finding, Span, Vote

_FIELD = "text"
"""What a text on its own is called in messages and rules."""

DEADLINE_MS = 30_000.0
"""Time for one text, in milliseconds."""

MOST_BYTES = 16 * 1024 * 1024
"""Bytes of a file of texts: a hundred thousand names and memos, looked at within minutes."""

TEXT_TYPES = tuple(TYPES_BY_NAME)
"""What a line of text may be said to be."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """One file with what was found in it; spans are places of the file. `undecided` says why something is not."""

    file: str
    source: str
    findings: tuple[Finding, ...]
    undecided: tuple[str, ...] = ()

    @property
    def exit_code(self) -> ExitCode:
        if any(finding.disposition is Disposition.REJECT for finding in self.findings):
            return ExitCode.FAILED
        return ExitCode.UNCERTAIN if self.undecided else ExitCode.FINE

    def row(self) -> dict[str, object]:
        """The file as JSON values."""
        return {
            "file": self.file,
            "is_refused": self.exit_code is ExitCode.FAILED,
            "undecided": list(self.undecided),
            "findings": [_row(finding) for finding in self.findings],
        }


def scan_intent(file: str, expert: Expert, rules: Rules) -> Scanned:
    """The findings in the text of an intent; raises `CommandError` where it cannot be read at all."""
    text = read_text(file)
    verdict = expert.verify(Question("scan", intent_text=text, rules=rules), DEADLINE_MS)
    return Scanned(file, text.decode("utf-8", "surrogateescape"), verdict.findings, _undecided(verdict))


def scan_lines(file: str, type_: str, expert: Expert, rules: Rules) -> Scanned:
    """The findings in each line of a file, which is a text of the type; raises `CommandError` where it is too large.

    A line feed, or a carriage return with a line feed, ends a line and is no part of its text.
    """
    content = read_at_most(file, MOST_BYTES)
    if len(content) > MOST_BYTES:
        sentence = f"`{printable(file)}` has more than {MOST_BYTES} bytes, expected texts of fewer"
        raise CommandError(ExitCode.FAILED, sentence)
    source = content.decode("utf-8", "surrogateescape")
    findings: list[Finding] = []
    undecided: list[str] = []
    start = 0
    for number, line in enumerate(source.split("\n"), 1):
        text = line.removesuffix("\r")
        if text:
            verdict = expert.verify(question_of_text(text, type_, rules), DEADLINE_MS)
            whole = Span(start, start + len(text), number, 1)
            findings += (_placed(finding, whole) for finding in verdict.findings)
            undecided += (f"line {number}: {reason}" for reason in _undecided(verdict))
        start += len(line) + 1
    return Scanned(file, source, tuple(findings), tuple(undecided))


def question_of_text(text: str, type_: str, rules: Rules) -> Question:
    """The question whether a text may go where texts of its type go; the type is the operator's word here."""
    of_type = replace(rules, texts={**rules.texts, _FIELD: TYPES_BY_NAME[type_]})
    return Question("scan", transaction=TextField(text, type_), rules=of_type)


def _placed(finding: Finding, whole: Span) -> Finding:
    """A finding in one text with its place in the file; one without a place of its own is of the whole text."""
    at = whole
    if finding.span is not None:
        start = whole.start + finding.span.start
        at = Span(start, whole.start + finding.span.end, whole.line, whole.column + finding.span.start)
    return replace(finding, span=at, message=f"{at}: {_without_name(finding.message)}")


def _without_name(message: str) -> str:
    """What a message says of the text, without the position in it, which the span tells."""
    said = message.removeprefix(f"`{_FIELD}`")
    if said.startswith(", character "):
        return said.partition(": ")[2]
    return f"the text{said}"


def _undecided(verdict: ExpertVerdict) -> tuple[str, ...]:
    return (verdict.reason,) if verdict.verdict is Vote.ABSTAIN else ()


def _row(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "message": finding.message,
        "disposition": finding.disposition.value,
        "impact": None if finding.impact is None else finding.impact.name,
        "confidence": float(finding.confidence),
        "cwe": finding.cwe,
        "span": None if finding.span is None else asdict(finding.span),
        "intent": finding.intent,
        "advice": finding.advice,
    }
