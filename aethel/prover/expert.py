"""The Z3 expert: what it is asked, and the verdict it gives."""

from __future__ import annotations

from aethel.intent.instance import Instance, given_values, instantiate
from aethel.prover import judging
from aethel.prover.alarm import Alarm
from aethel.prover.limits import DEFAULT_BUDGET
from aethel.prover.lines import LISTED_LINES, assumed
from aethel.prover.rounds import Examined, examine
from aethel.prover.version import solver_version, source_digest
from aethel.request import Question
from aethel.verdict import (
    CONFIDENCE_BY_EVIDENCE,
    Z3_EXPERT,
    Disposition,
    Evidence,
    ExpertVerdict,
    Finding,
    ObligationResult,
    Outcome,
    Vote,
)


class Z3Expert:
    """Proves or refutes every obligation of an intent, for all values that the question leaves open.

    What it approves it has proved; what it refutes it has replayed in the reference interpreter, or shown to
    contradict itself. Whatever it could not decide by the deadline or within the budget it abstains on.
    """

    def __init__(self) -> None:
        self._version = source_digest()
        self._solver = solver_version()

    @property
    def name(self) -> str:
        return Z3_EXPERT

    @property
    def version(self) -> str:
        """Digest of the language version, the solver's version and the sources of this package."""
        return self._version

    def verify(self, question: Question, deadline_ms: float) -> ExpertVerdict:
        """The verdict on `question`; `deadline_ms` is the time left in milliseconds."""
        if question.transaction is not None:
            return self._abstention("transaction", Outcome.NOTHING_TO_CHECK, "a transaction has no intent to prove")
        with Alarm(deadline_ms) as alarm:
            instance = instantiate(question)
            file = instance.reading.file
            if file is None:
                return self._rejection(instance.reading.findings, "")
            if any(finding.disposition is Disposition.REJECT for finding in instance.findings):
                return self._rejection(instance.findings, file.digest)
            if question.expected_digest not in ("", file.digest):
                detail = "the text reads as another program than the one that was sent"
                return self._abstention("digest", Outcome.DISAGREEMENT, detail, file.digest)
            examined = examine(instance.reading, instance.values, alarm, question.budget or DEFAULT_BUDGET)
        return self._verdict(question, instance, examined, file.digest)

    def _verdict(self, question: Question, instance: Instance, examined: Examined, digest: str) -> ExpertVerdict:
        results = tuple(settled.result for _, settled in examined.settled)
        findings = judging.findings(examined)
        evidence = judging.evidence(results)
        return ExpertVerdict(
            expert_name=self.name,
            verdict=judging.vote(results),
            confidence=CONFIDENCE_BY_EVIDENCE[evidence],
            evidence=evidence,
            reason=judging.reason(results, findings),
            code=findings[0].code if findings else "",
            obligations=results,
            findings=findings,
            proof_trace=(
                ("solver", self._solver),
                ("for all values of", _named(instance.open_names)),
                *judging.trace(examined.settled),
            ),
            assumptions=_assumptions(question, instance),
            version=self.version,
            program_digest=digest,
        )

    def _rejection(self, findings: tuple[Finding, ...], digest: str) -> ExpertVerdict:
        """The text or what was given with it cannot be read as an intent: decided by reading alone."""
        first = next(finding for finding in findings if finding.disposition is Disposition.REJECT)
        return ExpertVerdict(
            expert_name=self.name,
            verdict=Vote.REJECT,
            confidence=CONFIDENCE_BY_EVIDENCE[Evidence.EVALUATED],
            evidence=Evidence.EVALUATED,
            reason=first.message,
            code=first.code,
            findings=findings,
            version=self.version,
            program_digest=digest,
        )

    def _abstention(self, obligation: str, outcome: Outcome, detail: str, digest: str = "") -> ExpertVerdict:
        return ExpertVerdict(
            expert_name=self.name,
            verdict=Vote.ABSTAIN,
            confidence=CONFIDENCE_BY_EVIDENCE[Evidence.NONE],
            evidence=Evidence.NONE,
            reason=detail,
            obligations=(ObligationResult(obligation, outcome, detail=detail),),
            version=self.version,
            program_digest=digest,
        )


def _assumptions(question: Question, instance: Instance) -> tuple[str, ...]:
    """The hypotheses of the language that the given values did not settle, each once."""
    assert instance.reading.file is not None
    bound = frozenset(given_values(question))
    found = [
        text
        for program, values in zip(instance.reading.file.programs, instance.values, strict=True)
        for text in assumed(program, values, bound)
    ]
    return tuple(dict.fromkeys(found))


def _named(names: tuple[str, ...]) -> str:
    more = len(names) - LISTED_LINES
    return (", ".join(names[:LISTED_LINES]) or "none") + (f" and {more} more" if more > 0 else "")
