"""S09 to S13 on text fields: every check of a sink that a text may reach, on the text and on what it decodes to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from aethel.intent.source import Source
from aethel.request import Question
from aethel.rules import Rules
from aethel.security import code, directory, formula, lines, markup, nosql, path, shell, sql, templates, url
from aethel.security.breakout import Breakout
from aethel.security.classes import SecurityClass, Tally, Weakness
from aethel.security.decoding import Decoded, View, decode
from aethel.security.entropy import looks_encoded
from aethel.security.fields import Field
from aethel.security.regions import Place, Region, regions
from aethel.security.sinks import EVERY_SINK, Sink, sinks_of, type_of
from aethel.text_types import TextType
from aethel.verdict import Disposition, Finding, Outcome, Span

REJECTING_CONFIDENCE = Decimal("0.7")
"""From this confidence on a breakout rejects; below, it is flagged."""

_ADVISORY = frozenset({SecurityClass.PROMPT, SecurityClass.ENCODINGS})
"""Classes that never reject alone."""


@dataclass(frozen=True, slots=True)
class Check:
    """What looks for the breakouts of one class into one sink; `run` is pure and linear in its text.

    A check that is `hidden` is only for what an encoding hides.
    """

    sink: Sink
    class_: SecurityClass
    run: Callable[[str], Iterator[Breakout]]
    hidden: bool = False


CHECKS: tuple[Check, ...] = (
    Check(Sink.QUERY, SecurityClass.SQL, sql.breakouts),
    Check(Sink.QUERY, SecurityClass.SQL, nosql.breakouts),
    Check(Sink.SHELL, SecurityClass.BREAKOUT, shell.breakouts),
    Check(Sink.SHELL, SecurityClass.BREAKOUT, code.breakouts),
    Check(Sink.PATH, SecurityClass.BREAKOUT, path.breakouts),
    Check(Sink.FETCH, SecurityClass.BREAKOUT, url.breakouts),
    Check(Sink.PAGE, SecurityClass.BREAKOUT, markup.breakouts),
    Check(Sink.PAGE, SecurityClass.BREAKOUT, directory.breakouts),
    Check(Sink.RECORD, SecurityClass.BREAKOUT, lines.breakouts),
    Check(Sink.RECORD, SecurityClass.BREAKOUT, lines.encoded_breakouts, hidden=True),
    Check(Sink.RECORD, SecurityClass.BREAKOUT, formula.breakouts),
    Check(Sink.TEMPLATE, SecurityClass.TEMPLATES, templates.breakouts),
)

_DECIDED = tuple(dict.fromkeys(check.class_ for check in CHECKS))


@dataclass(frozen=True, slots=True)
class TypedText:
    """A text with its type, None where nothing is known of it, and the name that a message gives it.

    A text of the intent has its `region` and the `source` that region is of, any other one its `field`.
    """

    type: TextType | None
    text: str
    name: str = ""
    region: Region | None = None
    source: Source | None = None
    field: Field | None = None

    @property
    def sinks(self) -> frozenset[Sink]:
        return EVERY_SINK if self.type is None else sinks_of(self.type)

    def place(self, start: int, end: int) -> tuple[str, Span | None]:
        """Where characters `start` to `end` stand, as a message begins, and the span where it is intent text."""
        if self.region is not None and self.source is not None:
            last = max(start, end - 1)
            span = self.source.span(self.region.extent(start)[0], self.region.extent(last)[1])
            return f"{span}: the string", span
        at = None if self.field is None else self.field.span(start, end)
        return f"{self.name} at characters {start + 1} to {end}", at


def texts_of(question: Question, fields: Iterable[Field]) -> Iterator[TypedText]:
    """The texts written by people among the fields: names and memos."""
    for field in fields:
        if field.place is Place.NAME:
            yield TypedText(type_of(field.name, question.rules), field.text, field.name, field=field)


def literals_of(source: Source, rules: Rules) -> Iterator[TypedText]:
    """The string literals of an intent."""
    if '"' not in source.text:
        return
    for region in regions(source.text):
        if region.place is Place.STRING and region.text:
            yield TypedText(rules.texts.get("string", TextType.FREE_TEXT), region.text, "", region, source)


def judge_texts(texts: Iterable[TypedText], tally: Tally) -> bool:
    """Add what the checks find in the texts; False where so much was found that not all was looked at.

    Of one class, one text gives one finding, the one of the greatest confidence. No character of a text is shown.
    """
    for text in texts:
        if tally.has_enough():
            return False
        for finding, class_ in _findings(text, tally):
            tally.add(class_, finding)
    return True


def settle_texts(tally: Tally, *, complete: bool) -> None:
    """State the outcomes of S09 to S13, once all texts were judged."""
    for class_ in (*_DECIDED, SecurityClass.ENCODINGS):
        if not complete and class_ is not SecurityClass.ENCODINGS:
            tally.leave(class_, Outcome.BUDGET, "not all was looked at")
        else:
            tally.settle(class_, _OUTCOMES[class_][tally.rejects(class_) > 0])


_OUTCOMES = {
    SecurityClass.SQL: ("no text changes a query", "a text changes a query"),
    SecurityClass.BREAKOUT: ("no text leaves its place", "a text leaves its place"),
    SecurityClass.TEMPLATES: ("no text is a template", "a text is a template"),
    SecurityClass.PROMPT: ("no text instructs a model", "a text instructs a model"),
    SecurityClass.ENCODINGS: ("encodings were undone and judged", ""),
}


def _findings(text: TypedText, tally: Tally) -> Iterator[tuple[Finding, SecurityClass]]:
    decoded = decode(text.text)
    best: dict[SecurityClass, tuple[Decimal, Breakout, View | None]] = {}
    sinks = text.sinks
    for view in (None, *decoded.views):
        seen = text.text if view is None else view.text
        tally.work += len(seen)
        for check in CHECKS:
            if check.sink not in sinks or (check.hidden and (view is None or "percent" not in view.chain)):
                continue
            for breakout in check.run(seen):
                confidence = risen(breakout.confidence, 0 if view is None else len(view.chain))
                if breakout.class_ not in best or confidence > best[breakout.class_][0]:
                    best[breakout.class_] = confidence, breakout, view
    for class_, (confidence, breakout, view) in best.items():
        yield _finding(text, confidence, breakout, view), class_
    encoded = _encoded(text, decoded)
    if encoded is not None:
        yield encoded, SecurityClass.ENCODINGS


def risen(confidence: Decimal, depth: int) -> Decimal:
    """Confidence in a breakout behind so many encodings: each halves the doubt, since nobody encodes a name."""
    return Decimal(1) - (Decimal(1) - confidence) / Decimal(2**depth)


def _finding(text: TypedText, confidence: Decimal, breakout: Breakout, view: View | None) -> Finding:
    start, end = (breakout.start, breakout.end) if view is None else view.extent(breakout.start, breakout.end)
    named, span = text.place(start, end)
    undone = "" if view is None else f", once {' in '.join(reversed(view.chain))} is undone"
    rejects = confidence >= REJECTING_CONFIDENCE and breakout.class_ not in _ADVISORY
    return Finding(
        code=breakout.class_.value,
        message=f"{named} {breakout.what}{undone}",
        disposition=Disposition.REJECT if rejects else Disposition.ADVISE,
        span=span,
        cwe=breakout.cwe,
        confidence=confidence,
        advice=breakout.advice,
    )


def _encoded(text: TypedText, decoded: Decoded) -> Finding | None:
    """S13: a text that is encoded, or that looks as if it were; what it decodes to is judged by the other classes."""
    chains = [view.chain for view in decoded.views if HIDING.intersection(view.chain)]
    if not decoded.complete:
        message, cwe = "is encoded more deeply than is looked at", Weakness.DOUBLE_DECODING
    elif chains:
        longest = max(chains, key=len)
        message, cwe = f"is encoded: {' in '.join(reversed(longest))}", Weakness.DOUBLE_DECODING
    elif looks_encoded(text.text):
        message, cwe = "holds a run that looks encoded, not written", Weakness.UNICODE_ENCODING
    else:
        return None
    named, span = text.place(0, len(text.text))
    return Finding(
        code=SecurityClass.ENCODINGS.value,
        message=f"{named} {message}",
        disposition=Disposition.ADVISE,
        span=span,
        cwe=cwe,
        confidence=Decimal("0.5"),
        advice="write the text as it is to be read",
    )


HIDING = frozenset({"percent", "escapes", "entities", "base64", "hexadecimal", "UTF-7"})
"""Encodings that hide what is meant from a reader; a wide letter or a curved quotation mark does not."""
