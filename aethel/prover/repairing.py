"""What is refuted together with what would repair it: the weakest missing guards, offered once they are verified."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from aethel.intent.reading import Reading
from aethel.prover.alarm import Alarm
from aethel.prover.limits import REPAIR_PROOF_BUDGET
from aethel.prover.repair import Repair, suggest
from aethel.prover.rounds import examine
from aethel.prover.settled import Settled, Settlement
from aethel.verdict import REFUTING_OUTCOMES, ObligationResult, Outcome


def repaired(
    reading: Reading, settled: Sequence[Settlement], alarm: Alarm, read_again: Callable[[bytes], Reading]
) -> tuple[Settlement, ...]:
    """The settlements of a text, for all values; where guards repair it, what they repair is CONTINGENT.

    The first finding carries the change. `read_again` reads a text as `reading` was read.
    """

    def prove(other: Reading) -> Sequence[ObligationResult]:
        assert other.file is not None
        found = examine(other, [{}] * len(other.file.programs), alarm, REPAIR_PROOF_BUDGET)
        return [each.result for _, each in found.settled]

    failing = [obligation for obligation, each in settled if each.result.outcome is Outcome.REFUTED]
    repair = suggest(reading, failing, prove, alarm, read_again) if failing else None
    if repair is None:
        return tuple(settled)
    first = failing[0].id
    return tuple(
        (obligation, _contingent(each, repair, is_first=obligation.id == first))
        if each.result.outcome in REFUTING_OUTCOMES
        else (obligation, each)
        for obligation, each in settled
    )


def _contingent(settled: Settled, repair: Repair, *, is_first: bool) -> Settled:
    finding = settled.finding
    if is_first and finding is not None:
        guards = " and ".join(f"`{guard}`" for guard in repair.guards)
        finding = replace(finding, advice=f"add {guards} to the guard", repair=repair.diff)
    return replace(settled, result=replace(settled.result, outcome=Outcome.CONTINGENT), finding=finding)
