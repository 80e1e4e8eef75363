"""The experts in this process: the same decision as the mesh's, without the mesh."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from aethel.cli import terminal
from aethel.cli.local_prover import NO_PROVER, now_ms, prover
from aethel.cli.rules import default_rules
from aethel.decision.path import run_local
from aethel.decision.thresholds import Thresholds
from aethel.ledger.expert import GuardianExpert
from aethel.request import Expert, Question
from aethel.rules import NO_RULES, Rules
from aethel.runtime.settings import Settings
from aethel.security.expert import SentinelExpert
from aethel.verdict import GUARDIAN_EXPERT, SENTINEL_EXPERT, Z3_EXPERT, ExpertVerdict, MOEResult, unkept

OnVerdict = Callable[[str, ExpertVerdict | None], None]
"""Called with an expert's name when it begins (None) and when it has answered."""


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
        return unkept(run_local(replace(question, rules=self.rules), experts, thresholds, timeouts_ms, now_ms))


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
        begun_ms = now_ms()
        verdict = self.expert.verify(question, deadline_ms)
        self.on_verdict(self.name, replace(verdict, latency_ms=now_ms() - begun_ms))
        return verdict
