"""The use of the guards in a whole file, within one budget and one deadline."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from aethel.intent.obligations import Obligation
from aethel.intent.program import Program
from aethel.prover.alarm import Alarm
from aethel.prover.guards import Guard, IntentGuards, ProofGuards
from aethel.prover.limits import USAGE_BUDGET
from aethel.prover.store import SATISFIABILITY
from aethel.prover.usage import GuardUsage


def guard_trace(
    programs: Sequence[Program], listed: Sequence[Obligation], proved: Collection[str], deadline_ms: float
) -> tuple[IntentGuards, ...]:
    """How each program's guards are used by the proofs of its obligations among `listed`, those with an id in `proved`.

    The programs share USAGE_BUDGET in their order; what was not shown within it or by the deadline is not claimed.
    """
    traced: list[IntentGuards] = []
    left = USAGE_BUDGET
    with Alarm(deadline_ms) as alarm:
        for position, program in enumerate(programs):
            usage = GuardUsage(program, alarm, budget=left)
            own = [each for each in listed if each.program == position]
            traced.append(_of_program(program, usage, own, proved))
            left = usage.left
    return tuple(traced)


def _of_program(
    program: Program, usage: GuardUsage, own: Sequence[Obligation], proved: Collection[str]
) -> IntentGuards:
    guards = [Guard("" if line.secret else line.text, line.span) for line in program.guards]
    found = [usage.used(each) for each in own if each.id in proved]
    used = [each for each in found if each is not None]
    asking = {each.id for each in own if each.kind in SATISFIABILITY}
    shown = tuple(
        ProofGuards(each.obligation, tuple(guards[guard] for guard in each.guards), each.minimal)
        for each in used
        if each.obligation not in asking
    )
    if len(used) < len(own):
        return IntentGuards(program.name, shown, None, None)
    redundant = usage.redundant(own, used)
    implied = tuple(guards[guard] for guard in redundant.implied)
    return IntentGuards(program.name, shown, implied, tuple(guards[guard] for guard in redundant.unused))
