"""The prover: checks of instances against a solver and a policy engine, first proofs, deadlines, repeated work."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count

import cedarpy

from aethel.intent.instance import Instance, instantiate
from aethel.intent.obligations import obligations
from aethel.intent.reading import Reading, read
from aethel.intent.skeleton import lift
from aethel.prover.alarm import Alarm
from aethel.prover.known import Known
from aethel.prover.local import local_expert
from aethel.prover.rounds import examine
from aethel.prover.solver import ProgramSolver, Query
from aethel.prover.solving import solve
from aethel.prover.store import ProofStore
from aethel.prover.strengthening import strengthen
from aethel.prover.tasks import Matter, Task
from aethel.prover.template import Decision, template_of, template_of_skeleton
from aethel.prover.template_index import Templates
from aethel.request import Context, Question
from aethel.verdict import ExpertVerdict
from bench import pool, repeats
from bench.measure import Figure, figure, ratios, rounds
from bench.results import conclude

PAYMENT = """intent pay(payer: Account, payee: Account, amount: Balance<EUR>) {
    guard {
        amount > 0;
        amount <= LIMIT;
        old_payer_balance >= amount + 0.35;
    }
    effect {
        transfer(payer, payee, amount);
    }
    verify {
        payer_balance == old_payer_balance - amount;
        payee_balance == old_payee_balance + amount;
    }
}
""".replace("Account", "Account<EUR>")
"""A payment of a few lines; the limit is a literal that every text has another one of."""

_POLICY = """permit(principal, action == Action::"pay", resource)
when { context.amount > 0 && context.amount <= 100000 && context.balance >= context.amount + 35 };"""

_DEADLINE_MS = 60_000.0
_BUDGET = 50_000_000

_ROWS = 256
"""Values checked at once, as many as one `VerifyBatch` may ask about."""


@dataclass(frozen=True, slots=True)
class Works:
    """What is measured: each a call without arguments."""

    from_values: Callable[[], object]
    from_text: Callable[[], object]
    many: Callable[[], object]
    expert: Callable[[], object]
    expert_new: Callable[[], object]
    cedar: Callable[[], object]
    direct: Callable[[], object]
    plain: Callable[[], object]
    first: Callable[[], object]


def _text(limit: int) -> bytes:
    return PAYMENT.replace("LIMIT", f"{limit}.00").encode()


def _cedar() -> Callable[[], object]:
    """One decision with handles: policies and entities are read once."""
    policies = cedarpy.PolicySet.from_str(_POLICY)
    entities = cedarpy.Entities.from_json_str("[]")
    request = {
        "principal": 'User::"payer"',
        "action": 'Action::"pay"',
        "resource": 'Account::"payee"',
        "context": {"amount": 1250, "balance": 10_000},
    }
    assert cedarpy.is_authorized(request, policies, entities).allowed
    return lambda: cedarpy.is_authorized(request, policies, entities)


def works() -> Works:
    reading = read(_text(1000))
    assert reading.file is not None
    question = Question("bench", _text(1000))
    solved = solve(Task(question, Matter.GENERAL, _BUDGET), _DEADLINE_MS)
    known = Known(ProofStore(), "bench")
    known.learn(reading.file, solved)
    proof = known.proof(reading.file.digest)
    assert proof is not None
    template = template_of(reading, proof)
    assert template is not None
    given = {"amount": "12.50", "payer": "a", "payee": "b"}
    context = Context(balances={"old_payer_balance": "100.00", "old_payee_balance": "3.00"})
    instance = instantiate(Question("bench", _text(1000), arguments=given, context=context))
    values = instance.values[0]
    row = [values[name] for name in template.names]
    assert template.check_row(row).decision is Decision.APPROVE

    columns = [[value] * _ROWS for value in row]

    skeleton = lift(reading)
    assert skeleton is not None
    lifted = solve(Task(question, Matter.SKELETON, _BUDGET), _DEADLINE_MS)
    known.learn(skeleton.file, lifted)
    skeleton_proof = known.proof(skeleton.digest)
    assert skeleton_proof is not None
    shared = template_of_skeleton(skeleton, skeleton_proof)
    assert shared is not None
    templates = Templates()
    templates.add_skeleton(skeleton, shared)
    numbers = count(1000)

    def from_text() -> None:
        """A text nobody has seen: another limit each time."""
        found = templates.find(_text(next(numbers)))
        assert found is not None
        bound = found.template.bind(given, context)
        assert bound is not None
        assert found.template.check(bound, found.literals).decision is Decision.APPROVE

    expert, expert_new = _experts(given, context)
    return Works(
        from_values=lambda: template.check_row(row),
        from_text=from_text,
        many=lambda: template.check_many(columns),
        expert=expert,
        expert_new=expert_new,
        cedar=_cedar(),
        direct=lambda: _direct(instance),
        plain=lambda: _plain(reading),
        first=lambda: _first(reading),
    )


def _experts(given: Mapping[str, str], context: Context) -> tuple[Callable[[], object], Callable[[], object]]:
    """The expert's whole answer to an instance of what is proved: of a text it has seen, and of one it has not."""
    expert, numbers = local_expert(), count(2000)

    def ask(limit: int) -> ExpertVerdict:
        return expert.verify(Question("bench", _text(limit), arguments=given, context=context), _DEADLINE_MS)

    seen = [ask(1000) for _ in range(3)]
    assert seen[2] is seen[1]
    return lambda: ask(1000), lambda: ask(next(numbers))


def _direct(instance: Instance) -> None:
    """The instance put to the solver: its values as assumptions, each obligation one question."""
    assert instance.reading.file is not None
    (program,), (values,) = instance.reading.file.programs, instance.values
    terms = program.terms
    fixed = tuple(terms.eq(each.term, terms.const(values[each.name])) for each in program.variables)
    with Alarm(_DEADLINE_MS) as alarm:
        solver = ProgramSolver(program.variables, alarm)
        for obligation in obligations(instance.reading.file):
            solver.decide(Query((*obligation.assumptions, *fixed), obligation.claim), _BUDGET)


def _plain(reading: Reading) -> None:
    """One plain solve of each obligation of the template, in one context."""
    assert reading.file is not None
    (program,) = reading.file.programs
    with Alarm(_DEADLINE_MS) as alarm:
        solver = ProgramSolver(program.variables, alarm)
        for obligation in obligations(reading.file):
            solver.decide(Query(obligation.assumptions, obligation.claim), _BUDGET)


def _first(reading: Reading) -> None:
    """The first proof as the expert makes it: decided, certified, checked and cross-checked."""
    assert reading.file is not None
    with Alarm(_DEADLINE_MS) as alarm:
        examined = examine(reading, [{}], alarm, _BUDGET)
        strengthen(reading.file, examined.settled, alarm)


def figures() -> list[Figure]:
    """Every figure of the prover; those of the pool and of repeated work come last."""
    return [*_checks(), *pool.figures(_text(1000)), *repeats.figures()]


def _checks() -> list[Figure]:
    each = works()
    found = rounds(
        *(each.from_values, each.from_text, each.cedar, each.direct),
        *(each.plain, each.first, each.expert, each.expert_new, each.many),
    )
    values, text, cedar, direct, plain, first, expert, new, many = range(9)
    micro = [[took[side] * 1e6 for took in found] for side in range(9)]
    return [
        figure("P4", "check from values ÷ solver on the instance", ratios(found, values, direct), "", 1 / 1000),
        figure("P4", "check from values ÷ cedarpy decision", ratios(found, values, cedar), "", 1 / 50),
        figure("P5", "check from a new text ÷ cedarpy decision", ratios(found, text, cedar), "", 1 / 2),
        figure("P6", "first proof, certified and cross-checked ÷ plain solve", ratios(found, first, plain), "", 5),
        figure("", "expert's whole answer, proved before ÷ solver on the instance", ratios(found, expert, direct), ""),
        figure("", "expert's whole answer to a text seen before", micro[expert], "µs"),
        figure("", "expert's whole answer to a new text of a proved skeleton", micro[new], "µs"),
        figure("", "check from values", micro[values], "µs"),
        figure("", "check from values, many at once", [took / _ROWS for took in micro[many]], "µs"),
        figure("", "check from a new text", micro[text], "µs"),
        figure("", "cedarpy decision with handles", micro[cedar], "µs"),
        figure("", "solver on the instance", micro[direct], "µs"),
        figure("", "plain solve of all obligations", micro[plain], "µs"),
        figure("", "first proof", micro[first], "µs"),
    ]


if __name__ == "__main__":
    sys.exit(conclude("prover", figures()))
