"""The Z3 expert: what it is asked, and the verdict it gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from aethel.intent.instance import Instance, given_values, instantiate
from aethel.intent.obligations import obligations
from aethel.intent.program import IntentFile
from aethel.prover import judging
from aethel.prover.known import Known, evidence_in_general, in_words_of, is_disputed, skeleton_of
from aethel.prover.limits import DEFAULT_BUDGET, LEARNING_BUDGET
from aethel.prover.lines import LISTED_LINES, assumptions
from aethel.prover.recall import Recall
from aethel.prover.settled import Examined, at_least
from aethel.prover.store import ProofStore
from aethel.prover.tasks import Identity, Matter, NotSolved, Reproducer, Solve, Solved, Task
from aethel.prover.template_index import Found, Templates
from aethel.request import Question, Scope
from aethel.verdict import (
    CONFIDENCE_BY_EVIDENCE,
    DECIDED_BY_SOLVER,
    REFUTING_OUTCOMES,
    Z3_EXPERT,
    Disposition,
    Evidence,
    ExpertVerdict,
    Finding,
    ObligationResult,
    Outcome,
    Vote,
)

INSTANCE_ONLY = "INSTANCE_ONLY"
"""The code of the advice that an approval holds for the given values and not in general."""

_DECIDED, _BY_SOLVER = DECIDED_BY_SOLVER

_LEARNING_SHARE = 4
"""An instance that holds may take this part of its time again for finding out whether it holds in general."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """Everything a verdict is made of; `how` says in a word or two how it was come by.

    `found` is the template that decided, where it would decide other values of the text in the same words.
    """

    examined: Examined
    how: str
    certificate: bytes = b""
    advice: tuple[Finding, ...] = ()
    found: Found | None = None


class Z3Expert:
    """Proves or refutes every obligation of an intent, for all values that the question leaves open.

    What it approves it has proved; what it refutes it has replayed in the reference interpreter, or shown to
    contradict itself. Whatever it could not decide by the deadline or within the budget it abstains on. `solver`
    carries out what needs a solver, and `identity` names it; `keep` is given what is to be kept where two solvers
    differ. `store` holds what is proved, and `templates` what is compiled of it, on which no answer depends.
    """

    def __init__(
        self,
        solver: Solve,
        identity: Identity,
        store: ProofStore | None = None,
        keep: Callable[[Reproducer], None] = lambda _: None,
        templates: Templates | None = None,
    ) -> None:
        self._identity = identity
        self._solve = solver
        self._keep = keep
        self._known = Known(ProofStore() if store is None else store, identity.version, templates)
        self._recall = Recall(self._known)

    @property
    def name(self) -> str:
        return Z3_EXPERT

    @property
    def version(self) -> str:
        """Digest of the language version, the solvers' versions and the sources of this package."""
        return self._identity.version

    def recall(self, question: Question) -> ExpertVerdict | None:
        """What `verify` would say of a text that it has said the same of before; None where that takes more work.

        Nothing is read, and no solver is asked or waited for.
        """
        return None if question.transaction is not None else self._recall.verdict(question)

    def verify(self, question: Question, deadline_ms: float) -> ExpertVerdict:
        """The verdict on `question`; `deadline_ms` is the time left in milliseconds."""
        if question.transaction is not None:
            return self._abstention("transaction", Outcome.NOTHING_TO_CHECK, "a transaction has no intent to prove")
        recalled = self.recall(question)
        if recalled is not None:
            return recalled
        instance = instantiate(question)
        file = instance.reading.file
        if file is None:
            return self._rejection(instance.reading.findings, "")
        if any(finding.disposition is Disposition.REJECT for finding in instance.findings):
            return self._rejection(instance.findings, file.digest)
        if question.expected_digest not in ("", file.digest):
            detail = "the text reads as another program than the one that was sent"
            return self._abstention("digest", Outcome.DISAGREEMENT, detail, file.digest)
        try:
            answer = self._answer(question, instance, file, deadline_ms)
        except NotSolved as lost:
            return self._abstention("proof", lost.outcome, str(lost), file.digest)
        verdict = self._verdict(question, instance, answer, file.digest)
        if answer.found is not None:
            self._recall.keep(instance, answer.found, verdict)
        return verdict

    def _answer(self, question: Question, instance: Instance, file: IntentFile, deadline_ms: float) -> _Answer:
        budget = question.budget or DEFAULT_BUDGET
        if instance.template:
            return self._in_general(question, instance, file, budget, deadline_ms)
        if question.scope is Scope.TEMPLATE:
            general = self._in_general(question, instance, file, budget // 2, deadline_ms / 2)
            if judging.vote([settled.result for _, settled in general.examined.settled]) is not Vote.APPROVE:
                return general
            given = self._given(question, instance, file, budget // 2, deadline_ms / 2)
            return replace(given, certificate=general.certificate, found=None)
        return self._given(question, instance, file, budget, deadline_ms)

    def _in_general(
        self, question: Question, instance: Instance, file: IntentFile, budget: int, deadline_ms: float
    ) -> _Answer:
        """Every obligation for all values, from a proof made before or by the solver now."""
        proof = self._known.proof(file.digest)
        settled = None if proof is None else in_words_of(file, proof)
        if proof is not None and settled is not None:
            return _Answer(Examined(settled, ()), "proved before", proof.certificate)
        solved = self._solved(Task(question, Matter.GENERAL, budget), deadline_ms)
        examined = _examined(file, solved)
        self._learn(instance, file, solved, question.client)
        return _Answer(examined, _BY_SOLVER, solved.certificate)

    def _given(
        self, question: Question, instance: Instance, file: IntentFile, budget: int, deadline_ms: float
    ) -> _Answer:
        """Every obligation for the given values; an approval says whether it holds in general too."""
        recalled = self._recall.approved(question, instance) if instance.complete else None
        if recalled is not None:
            how = "proved before for all values, and evaluated for these"
            return _Answer(Examined(recalled.settled, ()), how, found=recalled.found)
        share_ms = deadline_ms / _LEARNING_SHARE
        solved = self._solved(Task(question, Matter.GIVEN, budget), deadline_ms - share_ms)
        examined = _examined(file, solved)
        if judging.vote(solved.results) is not Vote.APPROVE:
            return _Answer(examined, _BY_SOLVER)
        advice = self._learned(question, instance, file, budget, share_ms)
        known = evidence_in_general(self._known, instance)
        settled = tuple((each, at_least(found, known.get(each.id))) for each, found in examined.settled)
        return _Answer(replace(examined, settled=settled), _BY_SOLVER, advice=advice)

    def _learned(
        self, question: Question, instance: Instance, file: IntentFile, budget: int, deadline_ms: float
    ) -> tuple[Finding, ...]:
        """Find out whether what holds for the given values holds for all; advice where it does not."""
        if self._known.proof(file.digest) is not None:
            return ()
        general = self._known.unproved(file)
        if general is None:
            plain = replace(question, with_evidence=False)
            budget = min(budget, LEARNING_BUDGET)
            if self._skeleton_learned(plain, instance, budget, deadline_ms / 2):
                return ()
            general = self._solved(Task(plain, Matter.GENERAL, budget), deadline_ms / 2)
            self._learn(instance, file, general, question.client)
        return _only_here(general)

    def _learn(self, instance: Instance, file: IntentFile, solved: Solved, client: str) -> None:
        """Keep what became of the text; what is disputed of it counts against its skeleton, which claims more."""
        self._known.learn(file, solved, client)
        skeleton = skeleton_of(instance) if is_disputed(solved) else None
        if skeleton is not None:
            self._known.forget(skeleton.digest)

    def _skeleton_learned(self, question: Question, instance: Instance, budget: int, deadline_ms: float) -> bool:
        """Whether the text is proved for all values of its literals too: then so is every text that differs in them."""
        skeleton = skeleton_of(instance)
        if skeleton is None or self._known.unproved(skeleton.file) is not None:
            return False
        solved = self._solved(Task(question, Matter.SKELETON, budget), deadline_ms)
        self._known.learn(skeleton.file, solved, question.client)
        return solved.proved

    def _solved(self, task: Task, deadline_ms: float) -> Solved:
        solved = self._solve(task, deadline_ms)
        for reproducer in solved.reproducers:
            self._keep(reproducer)
        return solved

    def _verdict(self, question: Question, instance: Instance, answer: _Answer, digest: str) -> ExpertVerdict:
        examined = answer.examined
        results = tuple(settled.result for _, settled in examined.settled)
        findings = (*judging.findings(examined), *judging.advice(examined), *answer.advice)
        evidence = judging.evidence(results)
        rejecting = [finding for finding in findings if finding.disposition is Disposition.REJECT]
        return ExpertVerdict(
            expert_name=self.name,
            verdict=judging.vote(results),
            confidence=CONFIDENCE_BY_EVIDENCE[evidence],
            evidence=evidence,
            reason=judging.reason(results, rejecting),
            code=rejecting[0].code if rejecting else "",
            obligations=results,
            findings=findings,
            proof_trace=(
                ("solvers", self._identity.solvers),
                (_DECIDED, answer.how),
                ("for all values of", _named(instance.open_names)),
                *judging.trace(examined.settled),
            ),
            assumptions=assumptions(instance, frozenset(given_values(question))),
            version=self.version,
            program_digest=digest,
            certificate=answer.certificate if question.with_evidence else b"",
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


def _examined(file: IntentFile, solved: Solved) -> Examined:
    """What was solved, beside the obligations of the text; raises NotSolved where it is about another text."""
    listed = obligations(file)
    if solved.digest != file.digest or len(solved.settled) != len(listed):
        raise NotSolved(Outcome.DISAGREEMENT, "the text was read differently where it was solved")
    return Examined(tuple(zip(listed, solved.settled, strict=True)), solved.preconditions)


def _only_here(general: Solved) -> tuple[Finding, ...]:
    """Advice that an approval does not hold in general, with the values that show it."""
    for settled in general.settled:
        if settled.result.outcome in REFUTING_OUTCOMES and settled.finding is not None:
            shown = settled.finding
            message = f"this holds on the given values only: {shown.message}"
            return (replace(shown, code=INSTANCE_ONLY, message=message, disposition=Disposition.ADVISE),)
    return ()


def _named(names: tuple[str, ...]) -> str:
    more = len(names) - LISTED_LINES
    return (", ".join(names[:LISTED_LINES]) or "none") + (f" and {more} more" if more > 0 else "")
