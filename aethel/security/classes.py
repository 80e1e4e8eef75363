"""The classes that this Sentinel decides, their weakness ids, and the tally of what was found in each."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from aethel.verdict import Disposition, Evidence, Finding, ObligationResult, Outcome, Span


class SecurityClass(Enum):
    """The class ids, which are also the ids of the Sentinel's obligations, in order of precedence."""

    CANONICAL_TEXT = "S01"
    BIDI_CONTROLS = "S02"
    INVISIBLE = "S03"
    LOOPS = "S07"
    RESOURCES = "S08"


class Weakness:
    """CWE ids (version 4.18) of what these classes find."""

    UNICODE_ENCODING = 176
    """Improper Handling of Unicode Encoding."""
    CONTROL_SEQUENCES = 150
    """Improper Neutralization of Escape, Meta, or Control Sequences."""
    NULL_BYTE = 158
    """Improper Neutralization of Null Byte or NUL Character."""
    VISUAL_DISTINCTION = 1007
    """Insufficient Visual Distinction of Homoglyphs Presented to User: what is shown is not what is compared."""
    EXCESSIVE_ITERATION = 834
    """Excessive Iteration."""
    UNLIMITED_RESOURCES = 770
    """Allocation of Resources Without Limits or Throttling."""


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
