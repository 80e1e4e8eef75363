"""The experts in this process: the same decision as the mesh's, without the mesh."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from aethel.cli import terminal
from aethel.cli.rules import default_rules
from aethel.decision.path import run_local
from aethel.decision.thresholds import Thresholds
from aethel.ledger.expert import GuardianExpert
from aethel.request import Expert, Question
from aethel.rules import NO_RULES, Rules
from aethel.runtime.settings import Settings
from aethel.security.expert import SentinelExpert
from aethel.verdict import GUARDIAN_EXPERT, SENTINEL_EXPERT, Z3_EXPERT, ExpertVerdict, MOEResult

try:
    from aethel.prover.local import local_expert
except ModuleNotFoundError as error:
    if error.name not in ("z3", "cvc5"):
        raise
    HAS_PROVER = False
else:
    HAS_PROVER = True

NO_PROVER = "z3 is not installed, so nothing can be proved here; install it with the extra `prover`"
"""What is said wherever the prover is missing."""

OnVerdict = Callable[[str, ExpertVerdict | None], None]
"""Called with an expert's name when it begins (None) and when it has answered."""


def prover() -> Expert | None:
    """The expert that proves; None where its solver is not installed."""
    return local_expert(_now_ms) if HAS_PROVER else None


@dataclass(frozen=True, slots=True)
class LocalPanel:
    """All experts that run in this process, under the settings and the default rules of the orchestrator."""

    experts: tuple[Expert, ...]
    settings: Settings
    rules: Rules = NO_RULES

    def ask(self, question: Question, on_verdict: OnVerdict | None = None) -> MOEResult:
        """The answer to one question; without the prover whatever it would have to prove stays undecided."""
        experts = self.experts
        if on_verdict is not None:
            experts = tuple(_Watched(expert, on_verdict) for expert in experts)
        settings = self.settings
        timeouts_ms = {
            Z3_EXPERT: float(settings.z3_timeout_ms),
            SENTINEL_EXPERT: float(settings.sentinel_timeout_ms),
            GUARDIAN_EXPERT: float(settings.guardian_timeout_ms),
        }
        thresholds = Thresholds(settings.confidence_threshold, settings.uncertainty_threshold)
        return run_local(replace(question, rules=self.rules), experts, thresholds, timeouts_ms, _now_ms)


def open_panel(settings: Settings) -> LocalPanel:
    """The experts that can run here; says so where the prover is not among them.

    Raises `CommandError` where the rules that the settings name cannot be used.
    """
    rules = default_rules(settings.rules_file)
    proving = prover()
    if proving is None:
        terminal.say(terminal.err(), NO_PROVER)
    experts = (*(() if proving is None else (proving,)), SentinelExpert(), GuardianExpert())
    return LocalPanel(experts, settings, rules)


def _now_ms() -> float:
    return time.perf_counter() * 1000


@dataclass(frozen=True, slots=True)
class _Watched:
    """An expert whose beginning and answer somebody watches."""

    expert: Expert
    on_verdict: OnVerdict

    @property
    def name(self) -> str:
        return self.expert.name

    @property
    def version(self) -> str:
        return self.expert.version

    def verify(self, question: Question, deadline_ms: float) -> ExpertVerdict:
        self.on_verdict(self.name, None)
        begun_ms = _now_ms()
        verdict = self.expert.verify(question, deadline_ms)
        self.on_verdict(self.name, replace(verdict, latency_ms=_now_ms() - begun_ms))
        return verdict
