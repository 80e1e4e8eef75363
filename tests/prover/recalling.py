"""Experts that recall verdicts and ones that read every time, with what they are asked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from aethel.prover.expert import Z3Expert
from aethel.prover.solving import solve
from aethel.prover.tasks import Matter, Solved, Task
from aethel.prover.template_index import Bounds, Templates
from aethel.prover.version import identity
from aethel.request import Context, Question

ARGUMENTS = {"sender": "alice", "receiver": "bob", "amount": "5"}
CONTEXT = Context(balances={"sender_balance": "10", "receiver_balance": "0"})


@dataclass(slots=True)
class Once:
    """Solves in this process, the same task once; `matters` are those of all tasks."""

    matters: list[Matter] = field(default_factory=list)
    solved: dict[str, Solved] = field(default_factory=dict)

    def __call__(self, task: Task, deadline_ms: float) -> Solved:
        self.matters.append(task.matter)
        key = repr(replace(task, question=replace(task.question, transaction_id="", expected_digest="")))
        if key not in self.solved:
            self.solved[key] = solve(task, deadline_ms)
        return self.solved[key]


def about(text: str, **more: Any) -> Question:
    given: dict[str, Any] = {"arguments": ARGUMENTS, "context": CONTEXT}
    return Question("t", text.encode(), **{**given, **more})


def reading_expert(solver: Once | None = None) -> Z3Expert:
    """An expert that keeps proofs and no templates, so that it reads and compiles for every question."""
    return Z3Expert(solver or Once(), identity(), templates=Templates(Bounds(count=0)))
