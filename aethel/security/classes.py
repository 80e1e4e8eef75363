"""The classes of what the Sentinel looks for, their weakness ids, and the tally of what was found in each."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from aethel.verdict import Disposition, Evidence, Finding, ObligationResult, Outcome, Span


class SecurityClass(Enum):
    """The class ids, which are also the ids of the Sentinel's obligations, in order of precedence."""

    CANONICAL_TEXT = "S01"
    BIDI_CONTROLS = "S02"
    INVISIBLE = "S03"
    HOMOGLYPHS = "S04"
    WIDTH = "S05"
    PRECISION = "S06"
    LOOPS = "S07"
    RESOURCES = "S08"
    SQL = "S09"
    BREAKOUT = "S10"
    TEMPLATES = "S11"
    PROMPT = "S12"
    ENCODINGS = "S13"
    DEAD_GUARDS = "S14"
    CONTRADICTION = "S15"
    IDENTITY_BACKDOOR = "S16"
    EFFECT_ORDER = "S17"
    LEG_ORDER = "S18"
    REPLAY = "S19"
    ARBITRARY_SOURCE = "S20"
    IGNORED_RESULT = "S21"
    HIDDEN_PRIVILEGE = "S22"
    ORACLE = "S23"
    PARAMETER_CONFUSION = "S24"


class Weakness:
    """CWE ids (version 4.18) of what these classes find."""

    PATH_TRAVERSAL = 22
    """Improper Limitation of a Pathname to a Restricted Directory."""
    COMMAND_INJECTION = 78
    """Improper Neutralization of Special Elements used in an OS Command."""
    SCRIPT_INJECTION = 79
    """Improper Neutralization of Input During Web Page Generation."""
    SQL_INJECTION = 89
    """Improper Neutralization of Special Elements used in an SQL Command."""
    LDAP_INJECTION = 90
    """Improper Neutralization of Special Elements used in an LDAP Query."""
    LINE_INJECTION = 93
    """Improper Neutralization of CRLF Sequences."""
    SERVER_SIDE_INCLUDE = 97
    """Improper Neutralization of Server-Side Includes Within a Web Page."""
    LOG_INJECTION = 117
    """Improper Output Neutralization for Logs."""
    FORMAT_STRING = 134
    """Use of Externally-Controlled Format String."""
    CONTROL_SEQUENCES = 150
    """Improper Neutralization of Escape, Meta, or Control Sequences."""
    NULL_BYTE = 158
    """Improper Neutralization of Null Byte or NUL Character."""
    UNICODE_ENCODING = 176
    """Improper Handling of Unicode Encoding."""
    DOUBLE_DECODING = 174
    """Double Decoding of the Same Data."""
    INTEGER_OVERFLOW = 190
    """Integer Overflow or Wraparound."""
    INTEGER_UNDERFLOW = 191
    """Integer Underflow (Wrap or Wraparound)."""
    EXTRA_PARAMETERS = 235
    """Improper Handling of Extra Parameters."""
    UNCHECKED_RESULT = 252
    """Unchecked Return Value."""
    PRIVILEGES = 269
    """Improper Privilege Management."""
    REPLAY = 294
    """Authentication Bypass by Capture-replay."""
    UNVERIFIED_DATA = 345
    """Insufficient Verification of Data Authenticity."""
    DIVISION_BY_ZERO = 369
    """Divide By Zero."""
    EMBEDDED_MALICE = 506
    """Embedded Malicious Code."""
    DEAD_CODE = 561
    """Dead Code."""
    ALWAYS_FALSE = 570
    """Expression is Always False."""
    ALWAYS_TRUE = 571
    """Expression is Always True."""
    XML_ENTITY = 611
    """Improper Restriction of XML External Entity Reference."""
    USER_CONTROLLED_KEY = 639
    """Authorization Bypass Through User-Controlled Key."""
    XPATH_INJECTION = 643
    """Improper Neutralization of Data within XPath Expressions."""
    CALCULATION = 682
    """Incorrect Calculation."""
    UNLIMITED_RESOURCES = 770
    """Allocation of Resources Without Limits or Throttling."""
    EXCESSIVE_ITERATION = 834
    """Excessive Iteration."""
    WORKFLOW = 841
    """Improper Enforcement of Behavioral Workflow."""
    EXPRESSION_LANGUAGE = 917
    """Improper Neutralization of Special Elements used in an Expression Language Statement."""
    SERVER_SIDE_REQUEST = 918
    """Server-Side Request Forgery."""
    QUERY_LOGIC = 943
    """Improper Neutralization of Special Elements in Data Query Logic."""
    VISUAL_DISTINCTION = 1007
    """Insufficient Visual Distinction of Homoglyphs Presented to User: what is shown is not what is compared."""
    FORMULA = 1236
    """Improper Neutralization of Formula Elements in a CSV File."""
    TEMPLATE_ENGINE = 1336
    """Improper Neutralization of Special Elements Used in a Template Engine."""
    INSUFFICIENT_PRECISION = 1339
    """Insufficient Precision or Accuracy of a Real Number."""
    PROMPT = 1427
    """Improper Neutralization of Input Used for LLM Prompting."""


SHOWN_PER_CLASS = 16
"""Findings of one class and disposition that are listed one by one; a person reads no more, and a verdict stays small
whatever the text. All are counted."""

ENOUGH = 256
"""Rejecting findings after which no further character is looked at: a hostile text is refused within its deadline."""


@dataclass(slots=True)
class Tally:
    """What one verdict found so far. `work` counts the characters and nodes that were looked at one by one."""

    findings: list[Finding] = field(default_factory=list)
    counts: dict[tuple[SecurityClass, Disposition], int] = field(default_factory=dict)
    results: dict[SecurityClass, ObligationResult] = field(default_factory=dict)
    work: int = 0

    def note(self, class_: SecurityClass, disposition: Disposition) -> bool:
        """Count one finding; True while findings of its class and disposition are still listed."""
        count = self.counts.get((class_, disposition), 0) + 1
        self.counts[class_, disposition] = count
        return count <= SHOWN_PER_CLASS

    def add(self, class_: SecurityClass, finding: Finding) -> None:
        """Count one finding, and list it while its kind is still listed."""
        if self.note(class_, finding.disposition):
            self.findings.append(finding)

    def absorb(self, other: Tally) -> None:
        """Add what another tally found, as if it had been found here; the other stays as it is."""
        listed = dict(self.counts)
        for finding in other.findings:
            kind = SecurityClass(finding.code), finding.disposition
            listed[kind] = listed.get(kind, 0) + 1
            if listed[kind] <= SHOWN_PER_CLASS:
                self.findings.append(finding)
        for kind, count in other.counts.items():
            self.counts[kind] = self.counts.get(kind, 0) + count
        self.results |= other.results
        self.work += other.work

    def rejects(self, class_: SecurityClass) -> int:
        return self.counts.get((class_, Disposition.REJECT), 0)

    def has_enough(self) -> bool:
        """Whether so much was found that looking further would change nothing."""
        return sum(count for (_, kind), count in self.counts.items() if kind is Disposition.REJECT) >= ENOUGH

    def settle(self, class_: SecurityClass, detail: str, span: Span | None = None, *, nothing: bool = False) -> None:
        """State the outcome of a class that was decided: REFUTED with a rejecting finding, else PROVED or `nothing`."""
        rejected = self.rejects(class_)
        flagged = self.counts.get((class_, Disposition.ADVISE), 0)
        if rejected:
            detail = f"{rejected} of {rejected + flagged} findings reject: {detail}"
        elif flagged:
            detail = f"{flagged} flagged, none rejects: {detail}"
        outcome = Outcome.REFUTED if rejected else Outcome.NOTHING_TO_CHECK if nothing else Outcome.PROVED
        self.results[class_] = ObligationResult(class_.value, outcome, Evidence.EVALUATED, detail, span)

    def leave(self, class_: SecurityClass, outcome: Outcome, detail: str) -> None:
        """State that a class could not be decided, unless what was found already refutes it."""
        if self.rejects(class_):
            self.settle(class_, detail)
        else:
            self.results[class_] = ObligationResult(class_.value, outcome, Evidence.NONE, detail)
