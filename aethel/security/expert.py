"""The Sentinel expert: judges the text of a question, what comes with it, and the work it may cause."""

from __future__ import annotations

from decimal import Decimal

from aethel.intent.instance import given_values
from aethel.intent.program import IntentFile
from aethel.intent.reading import Reading
from aethel.intent.readings import KEPT
from aethel.intent.source import Source
from aethel.request import Context, Question
from aethel.security import resources
from aethel.security.catalogue import graded
from aethel.security.characters import judge
from aethel.security.classes import SecurityClass, Tally
from aethel.security.fields import FieldSite, fields_of
from aethel.security.names import NameJudge
from aethel.security.parameters import judge_parameters
from aethel.security.program_analysis import judge_values, values_of
from aethel.security.prompt import judge_prompt_field, settle_prompt
from aethel.security.regions import Region
from aethel.security.rulepack import load_rules, package_digest
from aethel.security.text import judge_texts, settle_texts, texts_of
from aethel.security.text_judgement import TextJudge, TextJudgement
from aethel.verdict import (
    CONFIDENCE_BY_EVIDENCE,
    SENTINEL_EXPERT,
    Disposition,
    Evidence,
    ExpertVerdict,
    Outcome,
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


class SentinelExpert:
    """Decides every class of the Sentinel; deterministic, and threads may share it.

    What it found in a text is kept, which no verdict tells.
    """

    def __init__(self) -> None:
        self._rules = load_rules()
        self._names = NameJudge(self._rules)
        self._texts = TextJudge(self._rules, self._names)
        self._version = package_digest()

    @property
    def name(self) -> str:
        return SENTINEL_EXPERT

    @property
    def version(self) -> str:
        """Hexadecimal digest over the sources and the rule data of the package."""
        return self._version

    def forget(self) -> None:
        """Forget what was found in texts, so that each is judged anew."""
        self._texts.forget()

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
        key, reading = _reading(question, text)
        values = None if reading.file is None else values_of(question, reading)
        found = self._texts.judge(key, reading, source, question.rules, given=any(values or ()))
        tally.absorb(found.first)
        self._judge_fields(question, None if found.refused else reading.file, tally, found)
        resources.settle_text(found.measured, len(text), tally)
        if found.refused:
            return self._verdict(tally, "", "")
        settle_prompt(tally)
        if found.programs is not None:
            judge_values(reading, values, found.programs, tally)
        unread = reading.findings[0].message if reading.file is None and reading.findings else ""
        return self._verdict(tally, unread, "" if reading.file is None else reading.file.digest)

    def _judge_fields(
        self, question: Question, file: IntentFile | None, tally: Tally, text: TextJudgement | None = None
    ) -> None:
        """Judge whatever comes beside an intent text, and state the outcomes of the classes of characters and texts."""
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
        complete = judge_texts(texts_of(question, fields), tally)
        if text is not None:
            tally.absorb(text.last)
        settle_texts(tally, complete=complete and (text is None or text.complete))
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


def _reading(question: Question, text: bytes) -> tuple[bytes, Reading]:
    """The text read for the values given with it, as for an instance, without binding them; with the key of that."""
    balances = Question("", intent_text=text, context=Context(balances=question.context.balances))
    return KEPT.keyed(text, given_values(question), frozenset(given_values(balances)), question.rules.registry)
