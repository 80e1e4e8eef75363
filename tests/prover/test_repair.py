"""The weakest missing guard: its text, its place, and that nothing weaker and nothing false is ever suggested."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from aethel.intent.authored import bindings, guard_spellings
from aethel.intent.obligations import Kind, Obligation, hypotheses, nonzero, obligations
from aethel.intent.program import Program
from aethel.intent.reading import Reading, read
from aethel.intent.terms import Term
from aethel.intent.writing import Writer
from aethel.intent.writing_numbers import Unwritable
from aethel.prover.alarm import Alarm
from aethel.prover.repair import Repair, suggest
from aethel.prover.repair_text import with_guard
from aethel.prover.rounds import examine
from aethel.prover.solver import ProgramSolver, Query, Status
from aethel.prover.substitution import Substitution
from aethel.verdict import ObligationResult, Outcome
from tests.fuzz.generator import generate
from tests.prover.asking import PAY, UNGUARDED

BUDGET = 3_000_000
CORPUS = sorted((Path(__file__).parent.parent / "corpus").glob("*.ae"))


def prove(reading: Reading) -> tuple[ObligationResult, ...]:
    assert reading.file is not None
    with Alarm(60_000) as alarm:
        examined = examine(reading, [{}] * len(reading.file.programs), alarm, BUDGET)
    return tuple(settled.result for _, settled in examined.settled)


def failing(reading: Reading) -> list[Obligation]:
    assert reading.file is not None
    refuted = {result.id for result in prove(reading) if result.outcome is Outcome.REFUTED}
    return [obligation for obligation in obligations(reading.file) if obligation.id in refuted]


def repaired(text: str | bytes) -> Repair | None:
    reading = read(text.encode() if isinstance(text, str) else text)
    if reading.file is None:
        return None
    with Alarm(60_000) as alarm:
        return suggest(reading, failing(reading), prove, alarm)


def guards(text: str) -> tuple[str, ...] | None:
    found = repaired(text)
    return found.guards if found is not None else None


def is_impossible(program: Program, terms: Sequence[Term], denied: Sequence[Term] = ()) -> bool:
    """Whether no values within types, guards and requires satisfy all of `terms` and not all of `denied`."""
    assumed = (*hypotheses(program), *(line.term for line in program.guards))
    assumed += tuple(program.terms.implies(line.path, line.term) for line in program.requires)
    with Alarm(60_000) as alarm:
        substitution = Substitution({}, alarm)
        put = substitution.of_all((*assumed, *terms))
        further = substitution.terms.and_(*substitution.of_all(denied)) if denied else None
        answer = ProgramSolver(program.variables, alarm).decide(Query(put, further), BUDGET)
    assert answer.status is not Status.UNDECIDED
    return answer.status is Status.UNSATISFIABLE


def check(text: bytes, found: Repair) -> None:
    """All of the repaired text is proved; the guards turn away only what some obligation fails on; something is left.

    That is what *weakest* means: values on which every obligation holds satisfy the guards. Two runs are none.
    """
    reading, after = read(text), read(found.text)
    assert after.file is not None
    assert reading.file is not None
    assert {result.outcome for result in prove(after)} == {Outcome.PROVED}
    for position, (before, program) in enumerate(zip(reading.file.programs, after.file.programs, strict=True)):
        claims = [
            obligation.claim
            for obligation in obligations(reading.file)
            if obligation.program == position
            and obligation.kind not in (Kind.CONSISTENT, Kind.NON_VACUOUS, Kind.IDENTITY_NEUTRAL)
        ]
        added = [line.term for line in program.guards[len(before.guards) :]]
        assert not is_impossible(program, ())
        assert not added or is_impossible(before, claims, added)


def test_the_guard_that_an_overdraft_lacks_is_the_one_that_was_left_out() -> None:
    found = repaired(UNGUARDED)
    assert found is not None
    assert found.guard == "old_sender_balance >= amount"
    assert found.text.decode() == PAY
    assert found.line == 4
    assert found.diff == ("--- intent\n+++ intent (repaired)\n@@ -3,0 +4 @@\n+        old_sender_balance >= amount;\n")


def intent(guard: str, verify: str, parameters: str = "", effect: str = "transfer(a, b, amount);") -> str:
    declared = ", ".join(filter(None, ("a: Account", "b: Account", "amount: Balance", parameters)))
    body = f"effect {{ {effect} }} " if effect else ""
    return f"intent f({declared}) {{ guard {{ {guard} }} {body}verify {{ {verify} }} }}"


FUNDED = "amount > 0; old_a_balance >= amount;"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (intent("amount > 0;", "amount > 0;"), ("old_a_balance >= amount",)),
        (intent("amount > 0; a.balance > 0;", "amount > 0;"), ("a.balance >= amount",)),
        (intent("amount > 0; old(a.balance) > 0;", "amount > 0;"), ("old(a.balance) >= amount",)),
        (intent(FUNDED, "amount / n >= 0;", "n: Int"), ("n != 0", "amount / n >= 0")),
        (intent(FUNDED, "n > 0;", "n: Int"), ("n > 0",)),
        (intent(FUNDED, "n >= 5;", "n: Int"), ("n >= 5",)),
        (intent(FUNDED, "2 * n < 7;", "n: Int"), ("n <= 3",)),
        (intent(FUNDED, "not open;", "open: Bool"), ("not open",)),
        (intent(FUNDED, 'kind == "gift" or amount < 5;', "kind: Text"), ('kind == "gift" or amount < 5',)),
        (intent(FUNDED, "open => n == 3;", "open: Bool, n: Int"), ("open => n == 3",)),
        (intent(FUNDED, "rate <= 2.5%;", "rate: Rate"), ("rate <= 0.025",)),
        (intent(FUNDED, "3 * rate != 1;", "rate: Rate"), ("3 * rate != 1",)),
        (intent(FUNDED, "b_balance <= 1000.50;"), ("amount + old_b_balance <= 1000.5",)),
        (intent("amount > 0;", "fee < amount;", "fee: Balance", "transfer(a, b, amount); transfer(a, b, fee);"),
         ("old_a_balance >= amount + fee", "amount > fee")),
        (intent("amount > 0; total = amount * 3 / 2;", "amount > 0;", "", "transfer(a, b, total);"),
         ("old_a_balance >= total",)),
        (intent("amount > 0;", "amount > 0;", "big: Bool", "if (big) { transfer(a, b, amount); }"),
         ("big => old_a_balance >= amount",)),
        (intent("amount > 0;", "amount > 0;", "n: Balance", "transfer(a, b, min(amount, n));"),
         ("old_a_balance >= min(amount, n)",)),
        (intent("amount > 0;", "amount > 0;", "", "a.balance -= amount; b.balance += amount / 2 + amount / 2;"),
         ("old_a_balance >= amount", "amount % 2 == 0")),
    ],
)  # fmt: skip
def test_guards_read_as_a_person_would_write_them(text: str, expected: tuple[str, ...]) -> None:
    assert guards(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        intent(FUNDED, "b_balance == old_b_balance;"),
        intent(FUNDED, "false;"),
        intent("amount > 0; amount < 0;", "amount > 0;"),
        intent(FUNDED, "a_balance > new_c_balance; c_balance > 0;", effect=""),
        PAY,
    ],
)
def test_nothing_is_suggested_where_no_guard_helps(text: str) -> None:
    assert repaired(text) is None


def test_no_guard_is_suggested_under_which_nothing_moves() -> None:
    """That would be the weakest one here, `amount == 0`, and a person would laugh at it."""
    assert guards(intent("old_a_balance >= amount;", "b_balance == old_b_balance + 2 * amount;")) is None


def test_what_is_too_long_to_be_read_is_not_suggested() -> None:
    names = [f"the_rather_long_name_of_fee_number_{number}" for number in range(6)]
    parameters = ", ".join(f"{name}: Balance" for name in names)
    effect = " ".join(f"transfer(a, b, {name});" for name in names)
    assert guards(intent("amount > 0;", "amount > 0;", parameters, effect)) is None


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("guard { amount > 0; }", "guard { amount > 0; old_a_balance >= amount; }"),
        ("guard {\n\tamount > 0; # why\n\t}", "guard {\n\tamount > 0; # why\n\told_a_balance >= amount;\n\t}"),
        ("guard {\r\n  amount > 0;\r\n}", "guard {\r\n  amount > 0;\r\n  old_a_balance >= amount;\r\n}"),
        ("guard {\n  amount\n    > 0; }", "guard {\n  amount\n    > 0; old_a_balance >= amount; }"),
        ("guard {\n amount > 0;\n # end\n}", "guard {\n amount > 0;\n old_a_balance >= amount;\n # end\n}"),
    ],
)  # fmt: skip
def test_the_line_stands_last_in_its_block_and_in_the_authors_layout(block: str, expected: str) -> None:
    text = intent("amount > 0;", "amount > 0;")
    found = repaired(text.replace("guard { amount > 0; }", block))
    assert found is not None
    assert found.text.decode() == text.replace("guard { amount > 0; }", expected)


def test_only_the_intent_that_fails_gets_a_guard() -> None:
    good, bad = intent(FUNDED, "amount > 0;"), intent("amount > 0;", "amount > 0;").replace("intent f", "intent g")
    found = repaired(f"{good}\n{bad}")
    assert found is not None
    assert found.text.decode().splitlines()[0] == good
    assert found.line == 2


def test_no_guard_quotes_a_line_that_is_secret() -> None:
    assert guards(intent(FUNDED, "n < 4711;", "n: Int")) == ("n < 4711",)
    assert guards(intent(FUNDED, "secret n < 4711;", "n: Int")) is None
    declarative = "secret a_balance == old_a_balance - amount - 4711; b_balance == old_b_balance + amount + 4711;"
    assert guards(intent("amount > 0;", declarative, effect="")) is None


def test_no_difference_repeats_a_line_that_is_secret() -> None:
    beside = repaired(intent("secret amount > 4711;", "amount > 0;"))
    assert beside is not None
    assert beside.diff == ""
    below = repaired(intent("\n  secret amount > 4711;\n  amount > 0;\n", "amount > 0;"))
    assert below is not None
    assert "old_a_balance >= amount" in below.diff
    assert "4711" not in below.diff


def test_a_repair_that_does_not_prove_everything_is_not_offered() -> None:
    reading = read(UNGUARDED.encode())

    def undecided(again: Reading) -> Sequence[ObligationResult]:
        return [*prove(again)[:-1], ObligationResult("conserved.default", Outcome.BUDGET)]

    with Alarm(60_000) as alarm:
        assert suggest(reading, failing(reading), undecided, alarm) is None
        assert suggest(reading, failing(reading), prove, alarm) is not None


def test_nothing_is_suggested_after_the_deadline() -> None:
    reading = read(UNGUARDED.encode())
    with Alarm(0) as alarm:
        assert suggest(reading, failing(reading), prove, alarm) is None


def test_every_guard_that_is_suggested_was_shown_to_be_the_weakest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text that says more than the claim is refused, and so is one that says less."""
    reading = read(UNGUARDED.encode())
    for wrong in ("old_sender_balance > amount", "old_sender_balance + 1 >= amount", "amount < 5", "true"):
        monkeypatch.setattr(Writer, "condition", lambda self, term, text=wrong: text)
        with Alarm(60_000) as alarm:
            assert suggest(reading, failing(reading), prove, alarm) is None


def rejected_corpus() -> list[Path]:
    return [
        path for path in CORPUS if json.loads(path.with_suffix(".expected.json").read_text())["consensus"] == "REJECTED"
    ]


@pytest.mark.full
def test_repairs_of_the_corpus_stand_and_are_most_of_what_guards_can_repair() -> None:
    found = [(path, path.read_bytes(), repaired(path.read_bytes())) for path in rejected_corpus()]
    offered = [(text, repair) for _, text, repair in found if repair is not None]
    assert len(offered) >= 19
    for text, repair in offered:
        check(text, repair)


def random_repairs(seeds: range) -> int:
    offered = 0
    for seed in seeds:
        text = generate(seed).text.encode()
        found = repaired(text)
        if found is not None:
            check(text, found)
            offered += 1
    return offered


def test_repairs_of_random_programs_stand() -> None:
    assert random_repairs(range(26, 36)) >= 3


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(10))
def test_repairs_of_many_random_programs_stand(part: int) -> None:
    assert random_repairs(range(100 * part, 100 * part + 100)) >= 10


def written_and_read(text: bytes) -> tuple[int, int]:
    """Conditions of the guards and of `verify` that were written as a guard, and those that have no text of their own.

    What was written reads as a term that is equal to the one it was written from wherever nothing is divided by zero,
    which makes a guard false.
    """
    reading, written, unwritten = read(text), 0, 0
    for position, program in enumerate(reading.file.programs if reading.file is not None else ()):
        with Alarm(60_000) as alarm:
            substitution = Substitution({}, alarm)
            solver = ProgramSolver(program.variables, alarm)
            analysed = reading.analysed[position]
            named = {
                term: (name, bound.type)
                for name, bound in bindings(analysed, program).items()
                if (term := substitution.of(bound.term)).args
            }
            writer = Writer(program, substitution.terms, guard_spellings(analysed, program), named)
            assumed = substitution.of_all(hypotheses(program))
            for line in (*program.guards, *program.posts):
                term = substitution.of(line.term)
                try:
                    again = read(with_guard(reading, position, writer.condition(term)))
                except Unwritable:
                    unwritten += 1
                    continue
                assert again.file is not None, again.findings
                after = again.file.programs[position]
                guard = substitution.of(after.guards[-1].term)
                divided = substitution.of_all(nonzero(after, divisor) for divisor in after.divisors)
                equal = substitution.terms.implies(
                    substitution.terms.and_(*divided), substitution.terms.eq(term, guard)
                )
                answer = solver.decide(Query(assumed, equal), BUDGET)
                assert answer.status is not Status.SATISFIABLE, (line.text, writer.condition(term))
                written += 1
    return written, unwritten


def test_what_is_written_reads_as_what_it_was_written_from() -> None:
    counted = [written_and_read(generate(seed).text.encode()) for seed in range(12)]
    assert sum(written for written, _ in counted) > 40
    assert sum(unwritten for _, unwritten in counted) < 0.1 * sum(written for written, _ in counted)


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(10))
def test_what_is_written_of_many_programs_reads_as_what_it_was_written_from(part: int) -> None:
    for seed in range(100 * part, 100 * part + 100):
        written_and_read(generate(seed).text.encode())
