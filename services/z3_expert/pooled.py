"""The Z3 expert as its process serves it: every proof runs in a worker that can be ended."""

from __future__ import annotations

from aethel.request import Question
from aethel.runtime.worker_pool import DeadlinePassed, WorkerFault, WorkerLost, WorkerPool
from aethel.verdict import CONFIDENCE_BY_EVIDENCE, Evidence, ExpertVerdict, ObligationResult, Outcome, Vote

OBLIGATION = "proof"
"""The obligation that is undecided where no worker answered: all of them together."""


class PooledExpert:
    """An expert whose workers judge; where one is killed or lost, the verdict abstains and says what happened.

    The workers' target takes a `Question` and returns its `ExpertVerdict`.
    """

    def __init__(self, name: str, version: str, pool: WorkerPool) -> None:
        self._name = name
        self._version = version
        self._pool = pool

    @property
    def name(self) -> str:
        return self._name

    @property
    def version(self) -> str:
        """The version of the expert in the workers."""
        return self._version

    def verify(self, question: Question, deadline_ms: float) -> ExpertVerdict:
        """The verdict on `question`, at the latest when the `deadline_ms` milliseconds that are left have passed."""
        try:
            verdict = self._pool.run(question, deadline_ms)
        except WorkerFault as fault:
            return self._abstention(_outcome(fault), f"nothing was decided: {fault}")
        if isinstance(verdict, ExpertVerdict) and verdict.expert_name == self._name:
            return verdict
        return self._abstention(Outcome.UNMODELLED, "nothing was decided: the worker answered with no verdict")

    def _abstention(self, outcome: Outcome, detail: str) -> ExpertVerdict:
        return ExpertVerdict(
            expert_name=self._name,
            verdict=Vote.ABSTAIN,
            confidence=CONFIDENCE_BY_EVIDENCE[Evidence.NONE],
            evidence=Evidence.NONE,
            reason=detail,
            obligations=(ObligationResult(OBLIGATION, outcome, detail=detail),),
            version=self._version,
        )


def _outcome(fault: WorkerFault) -> Outcome:
    """BUDGET where time or memory did not suffice, UNMODELLED where the machinery failed."""
    spent = isinstance(fault, DeadlinePassed) or (isinstance(fault, WorkerLost) and fault.lacked_memory)
    return Outcome.BUDGET if spent else Outcome.UNMODELLED
