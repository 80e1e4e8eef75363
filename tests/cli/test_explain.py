"""`aethel explain`: how each obligation was decided, what fails, and what would repair it."""

import re

import pytest

from tests.cli.command import EXAMPLES, Command

LOOSE = """intent pay(sender: Account, receiver: Account, amount: Balance) {
    guard {
        amount > 5;
        amount > 3;
        old_sender_balance >= amount;
        secret amount < 1000;
    }
    effect {
        sender.balance   -= amount;
        receiver.balance += amount;
    }
    verify { sender_balance == old_sender_balance - amount; }
}
"""


def test_each_obligation_is_shown_with_grade_guards_time_and_work(aethel: Command) -> None:
    done = aethel("explain", EXAMPLES / "payment.ae")
    assert done.code == 0
    assert re.search(r"solvent\.sender_balance +.*PROVED +CERTIFIED +5:9 +\d+\.\d ms +\d+", done.out)
    assert re.search(r"conserved\.default +.*PROVED +CERTIFIED +none +\d+\.\d ms +\d+", done.out)
    assert re.search(r"non_vacuous +.*PROVED +CERTIFIED +\d+\.\d ms +\d+", done.out)


def test_guards_that_could_go_are_named_by_text_and_place(aethel: Command) -> None:
    done = aethel("explain", "-", stdin=LOOSE)
    assert done.code == 0
    assert "implied by the other guards: `amount > 3` (4:9); without it nothing more is admitted" in done.out
    assert "needed by no proof: `amount > 5` (3:9), a secret line (6:16); without them all" in done.out
    assert "while the other stays" not in done.out


def test_of_two_guards_of_which_a_proof_needs_one_it_is_not_said_that_both_may_go(aethel: Command) -> None:
    text = LOOSE.replace("amount > 5;", "old_sender_balance >= amount;").replace("amount > 3;", "amount > 0;")
    done = aethel("explain", "-", stdin=text.replace("amount;\n        secret", "amount + 1;\n        secret"))
    assert "implied by the other guards: `old_sender_balance >= amount` (3:9); without it" in done.out
    assert "needed by no proof: `amount > 0` (4:9), `old_sender_balance >= amount + 1` (5:9), a secret" in done.out
    assert "either may go while the other stays; both at once may lose a proof" in done.out


def test_several_intents_are_told_apart(aethel: Command) -> None:
    text = (EXAMPLES / "payment.ae").read_text()
    done = aethel("explain", "-", stdin=text + text.replace("intent pay", "intent repay"))
    assert done.code == 0
    assert "in `pay`, needed by no proof: `amount > 0`" in done.out
    assert "in `repay`, needed by no proof: `amount > 0`" in done.out


def test_the_trace_for_people_says_who_decided_and_what_was_assumed_and_repeats_no_obligation(aethel: Command) -> None:
    out = aethel("explain", EXAMPLES / "payment.ae").out
    assert re.search(r"^solvers: z3 \S+, cvc5 \S+$", out, re.MULTILINE)
    assert "\ndecided: by the solver\n" in out
    assert "\nfor all values of: sender, receiver, amount," in out
    assert "\nassumed: distinct accounts: `sender`, `receiver`\n" in out
    assert out.count("solvent.sender_balance") == 1
    assert out.count("the touched balances of default") == 1


def test_what_is_not_decided_says_why(aethel: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aethel.prover.expert.DEFAULT_BUDGET", 500_000)
    done = aethel("explain", EXAMPLES / "cubes.ae")
    assert done.code == 2
    assert re.search(r"^post\.1: not decided within its budget, after \d+ solver", done.out, re.MULTILINE)
    assert re.search(r"solvent\.payer_balance +.*PROVED +SINGLE_SOLVER +10:9 ", done.out)
    assert "needed by no proof" not in done.out


def test_what_fails_comes_with_the_smallest_values_and_the_weakest_guard_as_a_diff(aethel: Command) -> None:
    done = aethel("explain", EXAMPLES / "overdraft.ae")
    assert done.code == 1
    assert re.search(r"solvent\.sender_balance +.*CONTINGENT +EVALUATED +\d+\.\d ms", done.out)
    assert "as small as possible" in done.out
    assert re.search(r"sender_balance +0 +-1", done.out)
    assert "-    guard { amount > 0; }\n" in done.out
    assert "+    guard { amount > 0; old_sender_balance >= amount; }\n" in done.out


def test_json_has_all_that_is_shown(aethel: Command) -> None:
    (row,) = aethel("explain", EXAMPLES / "payment.ae", "--json").rows
    claims = row["obligations"]
    assert isinstance(claims, list)
    assert {claim["evidence"] for claim in claims} == {"CERTIFIED"}
    assert any(claim["took_ms"] > 0 for claim in claims)
    assert isinstance(row["certificate_bytes"], int)
    assert row["certificate_bytes"] > 0


def test_json_has_the_whole_trace_and_the_guards_with_their_texts(aethel: Command) -> None:
    (row,) = aethel("explain", EXAMPLES / "payment.ae", "--json").rows
    trace, intents = row["proof_trace"], row["guards"]
    assert isinstance(trace, list)
    assert isinstance(intents, list)
    assert {"solvers", "decided", "solvent.sender_balance", "post.1"} <= {name for name, _ in trace}
    (intent,) = intents
    assert intent["intent"] == "pay"
    assert intent["implied"] == []
    assert intent["unused"] == [{"line": 4, "column": 9, "text": "amount > 0"}]
    enough = {"line": 5, "column": 9, "text": "old_sender_balance >= amount"}
    assert {"obligation": "solvent.sender_balance", "guards": [enough], "minimal": True} in intent["used"]


def test_json_leaves_open_what_could_go_of_an_intent_that_fails(aethel: Command) -> None:
    (row,) = aethel("explain", EXAMPLES / "overdraft.ae", "--json").rows
    intents = row["guards"]
    assert isinstance(intents, list)
    assert [(intent["implied"], intent["unused"]) for intent in intents] == [(None, None)]


def test_without_a_solver_the_claims_are_listed_and_it_is_said_that_nothing_is_proved(aethel: Command) -> None:
    done = aethel.program("explain", EXAMPLES / "payment.ae", without=["z3"])
    assert done.code == 2
    assert "z3 is not installed" in done.err
    assert re.search(r"solvent\.sender_balance +.*not decided", done.out)
    assert "PROVED" not in done.out
    assert "needed by no proof" not in done.out


def test_a_text_that_is_no_intent_is_shown_where_it_ends_to_be_one(aethel: Command) -> None:
    done = aethel("explain", "-", stdin="intent pay(a: Account) {\n    guard { a >> 1; }\n}\n")
    assert done.code == 1
    assert "-: is no intent" in done.out
    assert re.search(r"2 \| +guard \{ a >> 1; \}\n +\| +\^", done.out)
