"""The Sentinel expert: judges the text of a question, what comes with it, and the work it may cause."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from aethel.intent.instance import given_values
from aethel.intent.lexer import lex
from aethel.intent.limits import DEFAULT_LIMITS
from aethel.intent.parser import parse
from aethel.intent.program import IntentFile
from aethel.intent.reading import Reading, read
from aethel.intent.source import IntentError, Source, decode
from aethel.intent.syntax import File
from aethel.request import Context, Question
from aethel.security import resources
from aethel.security.catalogue import graded
from aethel.security.characters import code_point, is_plain, judge
from aethel.security.classes import SecurityClass, Tally
from aethel.security.fields import FieldSite, fields_of
from aethel.security.intents import judge_intents
from aethel.security.names import NameJudge
from aethel.security.parameters import judge_parameters
from aethel.security.program_analysis import judge_program
from aethel.security.prompt import judge_comments, judge_prompt_field, settle_prompt
from aethel.security.regions import Region, regions
from aethel.security.rulepack import load_rules, package_digest
from aethel.security.text import judge_texts, texts_of
from aethel.verdict import (
    CONFIDENCE_BY_EVIDENCE,
    SENTINEL_EXPERT,
    Disposition,
    Evidence,
    ExpertVerdict,
    Outcome,
    Span,
    Vote,
)

_CHARACTER_CLASSES = (SecurityClass.CANONICAL_TEXT, SecurityClass.BIDI_CONTROLS, SecurityClass.INVISIBLE)
_OTHER_CLASSES = (
    SecurityClass.HOMOGLYPHS,
    SecurityClass.LOOPS,
    SecurityClass.RESOURCES,
    SecurityClass.PARAMETER_CONFUSION,
)
_CLEAN = {
    SecurityClass.CANONICAL_TEXT: "canonical text throughout",
    SecurityClass.BIDI_CONTROLS: "no bidirectional control that misleads",
    SecurityClass.INVISIBLE: "no invisible character that misleads",
}
_FOUND = {
    SecurityClass.CANONICAL_TEXT: "the text is not canonical",
    SecurityClass.BIDI_CONTROLS: "bidirectional controls",
    SecurityClass.INVISIBLE: "invisible characters",
}


@dataclass(frozen=True, slots=True)
class _TextSite:
    """Names a character of the intent text by line and column."""

    source: Source

    def name(self, extent: tuple[int, int], character: str) -> tuple[str, Span | None]:
        span = self.source.span(*extent)
        if self.is_raw_byte(extent):
            return f"{span}: 0x{ord(character) - 0xDC00:02X}", span
        return f"{span}: {code_point(character)}", span

    def is_raw_byte(self, extent: tuple[int, int]) -> bool:
        return "\ud800" <= self.source.text[extent[0]] <= "\udfff"


class SentinelExpert:
    """Decides every class of the Sentinel; deterministic and stateless, so that threads may share it."""

    def __init__(self) -> None:
        self._rules = load_rules()
        self._names = NameJudge(self._rules)
        self._version = package_digest()

    @property
    def name(self) -> str:
        return SENTINEL_EXPERT

    @property
    def version(self) -> str:
        """Hexadecimal digest over the sources and the rule data of the package."""
        return self._version

    def verify(self, question: Question, deadline_ms: float) -> ExpertVerdict:
        """The verdict on one question; never raises, and abstains when no time is left."""
        if not deadline_ms > 0:
            return self._abstention("no time was left to judge the question")
        tally = Tally()
        if question.intent_text is None:
            self._judge_fields(question, None, tally)
            settle_prompt(tally)
            tally.settle(SecurityClass.LOOPS, "a transaction has no loops", nothing=True)
            tally.settle(SecurityClass.RESOURCES, "every list and field is within its limit")
            return self._verdict(tally, "", "")
        return self._verify_text(question, question.intent_text, tally)

    def _verify_text(self, question: Question, text: bytes, tally: Tally) -> ExpertVerdict:
        if not resources.judge_text_size(text, tally):
            for class_ in (*_CHARACTER_CLASSES, *_OTHER_CLASSES):
                tally.leave(class_, Outcome.BUDGET, "not looked at, since the text is too large")
            return self._verdict(tally, "", "")
        # Bytes that are not UTF-8 become lone surrogates, so that all of the text is judged and each byte has a place.
        source = Source(text.decode("utf-8", "surrogateescape"))
        site = _TextSite(source)
        for region in () if is_plain(source.text) else regions(source.text):
            judge(self._rules, region, site, tally)
        self._names.judge_text(source, site, question.rules, tally)
        tree = _tree(text) if b"for" in text else None
        if tree is not None and not resources.judge_syntax(tree, source, tally):
            # Lowering would unroll the loops, so the text is refused unlowered.
            self._judge_fields(question, None, tally, source)
            resources.settle_text(tree, source, len(text), tally)
            return self._verdict(tally, "", "")
        reading = _reading(question, text)
        resources.judge_reading(reading, tally)
        self._names.judge_reading(reading, source, tally)
        self._judge_fields(question, reading.file, tally, source)
        resources.settle_text(reading.syntax, source, len(text), tally)
        judge_comments(reading, source, tally)
        settle_prompt(tally)
        judge_intents(reading, source, question.rules, tally)
        judge_program(reading, question, tally)
        unread = reading.findings[0].message if reading.file is None and reading.findings else ""
        return self._verdict(tally, unread, "" if reading.file is None else reading.file.digest)

    def _judge_fields(
        self, question: Question, file: IntentFile | None, tally: Tally, source: Source | None = None
    ) -> None:
        """Judge whatever comes beside an intent text, and state the outcomes of the character classes."""
        refused = tally.rejects(SecurityClass.RESOURCES)
        fields = list(resources.affordable_fields(question, fields_of(question, file), tally))
        for field in fields:
            judge(self._rules, Region(field.place, field.text, 0), FieldSite(field), tally)
            judge_prompt_field(field, tally)
            self._names.judge_field(field, question.rules, tally)
        incomplete = tally.has_enough() or tally.rejects(SecurityClass.RESOURCES) > refused
        for class_ in _CHARACTER_CLASSES:
            if tally.rejects(class_):
                tally.settle(class_, _FOUND[class_])
            elif incomplete:
                tally.leave(class_, Outcome.BUDGET, "not all was looked at")
            else:
                tally.settle(class_, _CLEAN[class_])
        judge_texts(texts_of(question, fields, source), tally)
        self._names.settle(question, tally, incomplete=incomplete)
        judge_parameters(question, file, tally)

    def _verdict(self, tally: Tally, unread: str, digest: str) -> ExpertVerdict:
        order = [class_.value for class_ in SecurityClass]
        findings = tuple(sorted(graded(tally.findings), key=lambda finding: order.index(finding.code)))
        rejecting = [finding for finding in findings if finding.disposition is Disposition.REJECT]
        obligations = tuple(tally.results[class_] for class_ in SecurityClass if class_ in tally.results)
        trace = (
            ("rule pack", f"{self._rules.version}, Unicode {self._rules.unicode_version}"),
            ("characters and nodes looked at one by one", str(tally.work)),
        )
        decided = bool(rejecting) or not unread
        evidence = Evidence.EVALUATED if decided else Evidence.NONE
        if rejecting:
            vote, reason, code = Vote.REJECT, rejecting[0].message, rejecting[0].code
        elif unread:
            vote, reason, code = Vote.ABSTAIN, f"the text could not be read: {unread}", ""
        else:
            vote, reason, code = Vote.APPROVE, "nothing is hidden, and work is bounded", ""
        return ExpertVerdict(
            expert_name=SENTINEL_EXPERT,
            verdict=vote,
            confidence=CONFIDENCE_BY_EVIDENCE[evidence],
            evidence=evidence,
            reason=reason,
            code=code,
            obligations=obligations,
            findings=findings,
            proof_trace=trace,
            version=self._version,
            program_digest=digest,
        )

    def _abstention(self, reason: str) -> ExpertVerdict:
        return ExpertVerdict(
            expert_name=SENTINEL_EXPERT,
            verdict=Vote.ABSTAIN,
            confidence=Decimal(0),
            evidence=Evidence.NONE,
            reason=reason,
            version=self._version,
        )


def _reading(question: Question, text: bytes) -> Reading:
    """The text read for the values given with it, as for an instance, without binding them."""
    balances = Question("", intent_text=text, context=Context(balances=question.context.balances))
    return read(text, given_values(question), frozenset(given_values(balances)), assets=question.rules.registry)


def _tree(text: bytes) -> File | None:
    """The syntax tree, None where the text does not parse."""
    try:
        source = decode(text, DEFAULT_LIMITS.text_bytes)
        return parse(source, lex(source, DEFAULT_LIMITS), DEFAULT_LIMITS)
    except IntentError:
        return None
