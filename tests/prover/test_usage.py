"""Which guards a proof needs and which an intent could do without, held against proofs with and without them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aethel.intent.obligations import Kind, Obligation, hypotheses, obligations
from aethel.intent.program import Program
from aethel.intent.reading import read
from aethel.prover.alarm import Alarm
from aethel.prover.rounds import examine
from aethel.prover.solver import ProgramSolver, Query, Status
from aethel.prover.usage import GuardUsage, Redundant, Used
from aethel.verdict import Outcome
from tests.fuzz.generator import generate
from tests.prover.asking import PAY

BUDGET = 3_000_000

BARELY = 60
"""Resource units that suffice for one question about a plain payment and for no second one."""


def read_one(text: str) -> tuple[Program, list[Obligation]]:
    file = read(text.encode()).file
    assert file is not None
    return file.programs[0], [each for each in obligations(file) if each.program == 0]


def traced(text: str) -> tuple[list[str], dict[str, list[str]], list[str], list[str]]:
    """The guards, those that each proof uses, and those that are implied and unused, as they are written."""
    program, listed = read_one(text)
    with Alarm(60_000) as alarm:
        using = GuardUsage(program, alarm)
        used = [found for each in listed if (found := using.used(each)) is not None]
        redundant = using.redundant(listed, used)
    assert all(each.minimal for each in used)
    texts = [line.text for line in program.guards]
    by_obligation = {each.obligation: [texts[guard] for guard in each.guards] for each in used if each.guards}
    return texts, by_obligation, [texts[each] for each in redundant.implied], [texts[each] for each in redundant.unused]


def pay_with(*guards: str) -> str:
    lines = "".join(f"        {guard};\n" for guard in guards)
    return PAY.replace("        amount > 0;\n", lines).replace("amount: Balance", "amount: Balance, n: Int")


def test_a_proof_uses_the_guards_it_needs_and_no_others() -> None:
    _, used, implied, unused = traced(PAY)
    assert used == {
        "solvent.sender_balance": ["old_sender_balance >= amount"],
        "in_range.2": ["old_sender_balance >= amount"],
    }
    assert (implied, unused) == ([], ["amount > 0"])


def test_a_guard_that_follows_from_others_may_go() -> None:
    _, _, implied, _ = traced(pay_with("amount > 5", "amount > 3", "amount >= 0", "n < amount"))
    assert implied == ["amount > 3", "amount >= 0"]


def test_of_two_guards_that_say_the_same_the_first_stays() -> None:
    _, _, implied, _ = traced(pay_with("amount > 0", "amount >= 1", "0 < amount"))
    assert implied == ["amount >= 1", "0 < amount"]


def test_a_guard_that_keeps_a_divisor_from_zero_stays_although_the_quotient_implies_it() -> None:
    _, used, implied, unused = traced(pay_with("n != 0", "amount / n > 0"))
    assert used["in_range.1"] == ["n != 0"]
    assert implied == []
    assert "n != 0" not in unused


def test_nothing_is_called_redundant_where_an_obligation_is_not_proved() -> None:
    program, listed = read_one(PAY.replace("old_receiver_balance + amount;", "old_receiver_balance;"))
    with Alarm(60_000) as alarm:
        using = GuardUsage(program, alarm)
        used = [found for each in listed if (found := using.used(each)) is not None]
        assert len(used) < len(listed)
        assert using.redundant(listed, used) == Redundant((), ())


def test_what_a_type_says_already_is_no_guard_that_a_proof_uses() -> None:
    _, used, implied, _ = traced(pay_with("amount >= 0"))
    assert implied == ["amount >= 0"]
    assert all("amount >= 0" not in guards for guards in used.values())


def test_given_values_take_the_place_of_guards() -> None:
    program, listed = read_one(PAY)
    given = {"amount": 5, "old sender.balance": 7}
    with Alarm(60_000) as alarm:
        assert [GuardUsage(program, alarm, given).used(each) for each in listed] == [
            Used(each.id, (), minimal=True) for each in listed
        ]


def test_what_time_or_budget_did_not_show_is_not_claimed() -> None:
    program, listed = read_one(PAY)
    solvent = next(each for each in listed if each.kind is Kind.SOLVENT)
    with Alarm(0) as alarm:
        assert GuardUsage(program, alarm).used(solvent) is None
    with Alarm(60_000) as alarm:
        assert GuardUsage(program, alarm, budget=BARELY).used(solvent) == Used(solvent.id, (0, 1), minimal=False)
        core = [program.guards[1].term]
        assert GuardUsage(program, alarm, budget=BARELY).used(solvent, core) == Used(solvent.id, (1,), minimal=False)
        assert GuardUsage(program, alarm, budget=0).used(solvent) is None


def provable(program: Program, obligation: Obligation, without: set[int]) -> bool:
    """Whether an obligation is proved where some guards are not assumed."""
    guards = {line.term for line in program.guards} - set(hypotheses(program))
    staying = {line.term for position, line in enumerate(program.guards) if position not in without}
    kept = tuple(term for term in obligation.assumptions if term not in guards or term in staying)
    with Alarm(60_000) as alarm:
        answer = ProgramSolver(program.variables, alarm).decide(Query(kept, obligation.claim), BUDGET)
    assert answer.status is not Status.UNDECIDED
    return answer.status is Status.UNSATISFIABLE


def check(text: str) -> bool:
    """Hold the use of guards in an approved intent against proofs of their own; whether there was one to look at."""
    reading = read(text.encode())
    if reading.file is None or len(reading.file.programs) > 1:
        return False
    program, listed = read_one(text)
    with Alarm(60_000) as alarm:
        settled = examine(reading, [{}], alarm, BUDGET).settled
        if any(found.result.outcome is not Outcome.PROVED for _, found in settled):
            return False
        using = GuardUsage(program, alarm)
        used = [found for each in listed if (found := using.used(each)) is not None]
        redundant = using.redundant(listed, used)
    every = set(range(len(program.guards)))
    for each in used:
        obligation = next(found for found in listed if found.id == each.obligation)
        if obligation.kind in (Kind.CONSISTENT, Kind.NON_VACUOUS):
            continue
        assert provable(program, obligation, every - set(each.guards))
        for guard in each.guards if each.minimal else ():
            assert not provable(program, obligation, {*(every - set(each.guards)), guard})
    claims = [each for each in listed if each.kind not in (Kind.CONSISTENT, Kind.NON_VACUOUS)]
    if redundant.unused:
        assert all(provable(program, each, set(redundant.unused)) for each in claims)
    admits = next(each for each in listed if each.kind is Kind.NON_VACUOUS)
    for guard in redundant.implied:
        assert provable(program, replace(admits, claim=program.guards[guard].term), set(redundant.implied))
    return True


def test_the_use_of_guards_in_random_programs_is_as_their_proofs_say() -> None:
    assert sum(check(generate(seed).text) for seed in range(15)) >= 2


@pytest.mark.full
@pytest.mark.timeout(900)
def test_the_use_of_guards_in_many_random_programs_is_as_their_proofs_say() -> None:
    assert sum(check(generate(seed).text) for seed in range(600)) >= 100
