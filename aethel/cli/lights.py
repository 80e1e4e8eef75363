"""The lights of the panel: one for each expert, amber while it works, then green or red, grey when it is away."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from aethel.cli.terminal import printable
from aethel.progress import Concluded, Event, ExpertHeard, ExpertsChosen, Failed, QuestionAdmitted, QuestionRead
from aethel.verdict import (
    GUARDIAN_EXPERT,
    SENTINEL_EXPERT,
    Z3_EXPERT,
    ExpertVerdict,
    MOEResult,
    Outcome,
    Source,
    Vote,
)

PANEL = (Z3_EXPERT, SENTINEL_EXPERT, GUARDIAN_EXPERT)
"""The experts of the panel, in the order they are shown."""

WAITING, AMBER, GREEN, RED, GREY = "dim", "yellow", "green", "red", "bright_black"

_VOTE_COLOURS: Mapping[Vote, str] = {Vote.APPROVE: GREEN, Vote.REJECT: RED, Vote.ABSTAIN: AMBER}


@dataclass(frozen=True, slots=True)
class Light:
    """One light: its colour, and the same in words for those who do not see it."""

    name: str
    colour: str
    word: str
    facts: str = ""


def light_of(verdict: ExpertVerdict) -> Light:
    """The light of an expert that has answered."""
    outcomes = [result.outcome for result in verdict.obligations if result.outcome is not Outcome.NOTHING_TO_CHECK]
    facts = [f"confidence {verdict.confidence.normalize():f}", f"{verdict.latency_ms:.1f} ms", verdict.evidence.name]
    if outcomes:
        facts.append(f"{outcomes.count(Outcome.PROVED)} of {len(outcomes)} obligations proved")
    if verdict.source is not Source.EXPERT:
        facts.append(_SOURCES[verdict.source])
    return Light(verdict.expert_name, _VOTE_COLOURS[verdict.verdict], verdict.verdict.value, "  ".join(facts))


_SOURCES: Mapping[Source, str] = {
    Source.LAYER: "its layer answered for it",
    Source.SECOND_LINE: "second line",
    Source.GATEWAY: "before any expert was asked",
    Source.COMMIT: "against what is reserved and settled",
}


def lights_of(result: MOEResult) -> tuple[Light, ...]:
    """The lights of a finished panel: every verdict, who was away, and who was not asked."""
    lights = [light_of(verdict) for verdict in result.expert_verdicts]
    heard = {verdict.expert_name for verdict in result.expert_verdicts}
    for name in PANEL:
        if name in result.activated_experts and name not in heard:
            lights.append(Light(name, GREY, "UNAVAILABLE"))
        elif name not in heard:
            lights.append(Light(name, WAITING, "not asked"))
    order = {name: position for position, name in enumerate(PANEL)}
    return tuple(sorted(lights, key=lambda light: order.get(light.name, -1)))


class Panel:
    """The lights while the experts work; renders itself anew whenever it is drawn."""

    def __init__(self, *, all_at_once: bool) -> None:
        word = "working" if all_at_once else "waiting"
        colour = AMBER if all_at_once else WAITING
        self._lights = {name: Light(name, colour, word) for name in PANEL}
        self._started_s = time.monotonic()
        self._stage = ""

    def hear(self, name: str, verdict: ExpertVerdict | None) -> None:
        """An expert begins (None) or has answered."""
        self._lights[name] = Light(name, AMBER, "working") if verdict is None else light_of(verdict)

    def follow(self, event: Event) -> None:
        """What the mesh tells of its panel: those that are asked light up, the others are not asked."""
        match event:
            case ExpertsChosen(experts=experts, skipped=skipped):
                self._lights |= {name: Light(name, AMBER, "working") for name in experts}
                self._lights |= {name: Light(name, WAITING, "not asked") for name, _ in skipped}
            case ExpertHeard(name=name, verdict=verdict):
                self._lights[name] = Light(name, GREY, "UNAVAILABLE") if verdict is None else light_of(verdict)
            case QuestionAdmitted():
                self._stage = "reading"
            case QuestionRead(required=required):
                self._stage = f"{required} obligations"
            case Concluded() | Failed():
                self._stage = "concluded"

    def __rich__(self) -> Table:
        elapsed = Text(f"{time.monotonic() - self._started_s:.1f} s", style="dim")
        drawn = draw(tuple(self._lights.values()))
        drawn.add_row("", elapsed, Text(self._stage, style="dim"))
        return drawn


def draw(lights: tuple[Light, ...]) -> Table:
    """The lights as a grid: dot, name, word and facts."""
    grid = Table.grid(padding=(0, 2))
    for light in lights:
        grid.add_row(
            Text("●", style=light.colour),
            Text(printable(light.name)),
            Text(light.word, style=light.colour),
            Text(light.facts, style="dim"),
        )
    return grid
