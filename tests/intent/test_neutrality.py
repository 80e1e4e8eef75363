"""Two runs that differ in who takes part: which intents can tell them apart, and how it is shown."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aethel.intent.interpreter import run
from aethel.intent.neutrality import Neutrality, first_run, neutrality, runs_differ, second_run
from aethel.intent.obligations import ended, hypotheses
from aethel.intent.reading import Reading
from aethel.intent.terms import Value
from aethel.prover.alarm import Alarm
from aethel.prover.solver import ProgramSolver, Query, Status
from tests.intent.readings import intent, reading

WORK = 300_000
PARTIES = "sender: Account, receiver: Account, house: Account, n: Balance, memo: Text, user: User"
FEE = "transfer(sender, receiver, n); transfer(sender, house, {fee});"


def stated(text: str, *, texts: bool = False) -> tuple[Reading, Neutrality]:
    found = reading(text)
    assert found.file is not None
    (program,) = found.file.programs
    return found, neutrality(program, (*hypotheses(program), ended(program)), texts=texts)


def differing(text: str, *, texts: bool = False) -> dict[str, Value] | None:
    """Values of both runs that the solver found and the interpreter confirmed, None where it proves there are none."""
    found, made = stated(text, texts=texts)
    answer = ProgramSolver(made.variables, Alarm(60_000)).quick(Query(made.assumptions, made.claim), WORK)
    if answer.status is Status.UNSATISFIABLE:
        return None
    assert answer.status is Status.SATISFIABLE
    assert answer.values is not None
    assert runs_differ(found, 0, answer.values)
    return answer.values


def paying(guard: str, fee: str = "1", effect: str = "") -> str:
    return intent(PARTIES, f"n > 0; old_sender_balance >= n + 1; {guard}", "n > 0;", effect + FEE.format(fee=fee))


BACKDOORS = {
    "a fee that one account does not pay": paying("", 'if sender == "acc-77" then 0 else 1'),
    "a receiver that gets another's fee": paying("", 'if receiver != "acc-77" then 1 else 0'),
    "an account that needs no funds": intent(
        PARTIES, 'sender == "acc-77" or old_sender_balance >= n;', "n > 0;", "transfer(sender, receiver, n);"
    ),
    "an account that may send more": paying('not (sender != "acc-77" and n > 10);'),
    "a user of a nominal type": paying("", 'if user == "root" then 0 else 1'),
    "a branch": paying("", effect='if (sender == "acc-77") { sender.balance += 1; }'),
    "a requirement inside a branch": paying("", effect='if (n > 5) { require sender == "acc-77"; }'),
    "a choice of identities": paying("", 'if (if n > 5 then "acc-77" else "acc-78") == user then 0 else 1'),
    "beside a guard that only restricts": paying('receiver != "acc-1";', 'if sender == "acc-77" then 0 else 1'),
}


@pytest.mark.parametrize("name", BACKDOORS)
def test_a_literal_that_decides_is_found_and_both_runs_are_shown(name: str) -> None:
    values = differing(BACKDOORS[name])
    assert values is not None
    one, other = first_run(values), second_run(values)
    assert one.keys() == other.keys()
    assert {key for key in one if one[key] != other[key]} <= {"sender", "receiver", "house", "user", "memo"}
    _, made = stated(BACKDOORS[name])
    assert made.deciding


NEUTRAL = {
    "no identity at all": paying(""),
    "parties that differ": paying("sender != receiver;"),
    "a fee among friends": paying("", "if sender == receiver then 0 else 1"),
    "a white list": paying('sender == "acc-1" or sender == "acc-2";'),
    "a black list": paying('sender != "acc-1"; not (sender == "acc-2" or receiver == "acc-2");'),
    "a limit for one account": paying('sender == "acc-1" => n <= 1000;'),
    "a requirement of everybody": paying("", effect='require sender == "acc-1";'),
    "a text that says something": paying("", 'if memo == "instant" then 1 else 0'),
    "a text beside a literal that changes nothing": paying('user == "root" or n >= 1;', 'if memo == "x" then 0 else 1'),
    "a literal that changes nothing": paying("", 'if sender == "acc-77" then n - n + 1 else 1'),
    "a literal in a condition only": intent(PARTIES, "n > 0;", 'sender != "acc-77" or n > 0;', FEE.format(fee="n")),
}


@pytest.mark.parametrize("name", NEUTRAL)
def test_what_treats_everybody_alike_is_proved(name: str) -> None:
    assert differing(NEUTRAL[name]) is None


def test_without_an_identity_literal_nothing_is_asked() -> None:
    _, made = stated(paying("sender != receiver;", "if sender == receiver then 0 else 1"))
    assert str(made.claim) == "True"
    assert made.deciding == made.restricting == ()
    assert not any(each.name.startswith("other ") for each in made.variables)


def test_a_guard_that_only_restricts_is_named_for_advice() -> None:
    _, made = stated(paying('sender == "acc-1" or sender == "acc-2"; sender != receiver;'))
    assert [line.text for line in made.restricting] == ['sender == "acc-1" or sender == "acc-2"']
    assert made.deciding == ()


def test_the_line_that_decides_is_named() -> None:
    _, made = stated(BACKDOORS["beside a guard that only restricts"])
    assert [line.text for line in made.deciding] == ['transfer(sender, house, if sender == "acc-77" then 0 else 1);']
    assert [line.text for line in made.restricting] == ['receiver != "acc-1"']


def test_a_secret_line_is_marked() -> None:
    _, made = stated(paying('secret sender != "acc-1";'))
    assert [line.secret for line in made.restricting] == [True]


def test_texts_are_renamed_only_where_that_is_asked() -> None:
    text = paying("", 'if memo == "open sesame" then 0 else 1')
    assert differing(text) is None
    assert differing(text, texts=True) is not None


def test_what_no_bijection_makes_of_a_run_is_no_second_run() -> None:
    found, _ = stated(BACKDOORS["a fee that one account does not pay"])
    assert found.file is not None
    values: dict[str, Value] = {
        each.name: 5 if each.term.sort.value == "int" else each.name for each in found.file.programs[0].variables
    }
    values |= {"old sender.balance": 50, "sender": "acc-77", "other sender": "somebody"}
    assert runs_differ(found, 0, values)
    assert not runs_differ(found, 0, {**values, "other sender": "receiver"})
    assert not runs_differ(found, 0, {**values, "other sender": "acc-77"})


ATOMS = ('sender == "x"', 'u == "x"', 'w != "y"', "u == w", "n > 1", "sender == receiver")
CONDITIONS = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(("and", "or", "=>")), inner)
        | st.builds("(not {})".format, inner)
    ),
    max_leaves=4,
)
TAGS = ("x", "y", "somebody", "somebody else")
DOMAIN: list[dict[str, str | int]] = [
    dict(zip(("u", "w", "sender", "n"), chosen, strict=True)) for chosen in product(TAGS, TAGS, ("x", "p", "q"), (1, 2))
]


def outcome(found: Reading, chosen: dict[str, str | int]) -> tuple[bool, object]:
    """What the interpreter does with these values: whether it admits them, and the state after where it does."""
    state: dict[str, Value] = {f"{name}.balance": 100 for name in ("sender", "receiver", "house")}
    values: dict[str, Value] = {**state, "receiver": "r", "house": "h", **chosen}
    done = run(found.analysed[0], {}, values)
    cells = tuple(done.after[name] for name in state)
    return done.admitted, cells if done.admitted else None


def is_renamed(one: dict[str, str | int], other: dict[str, str | int]) -> bool:
    accounts = one["sender"] not in ("r", "h")
    return accounts and one["n"] == other["n"] and (one["u"] == one["w"]) == (other["u"] == other["w"])


@settings(max_examples=25)
@given(CONDITIONS, CONDITIONS)
def test_the_solver_tells_two_runs_apart_exactly_where_the_interpreter_does(first: str, second: str) -> None:
    parties = "sender: Account, receiver: Account, house: Account, u: User, w: User, n: Balance"
    effect = f"if ({first}) {{ require n > 1; }} " + FEE.format(fee=f"if {second} then 2 else 1")
    text = intent(parties, "n > 0; old_sender_balance >= n + 2;", "n > 0;", effect)
    found = reading(text)
    outcomes = [(chosen, outcome(found, chosen)) for chosen in DOMAIN]
    differ = any(
        is_renamed(one, other) and done != different for one, done in outcomes for other, different in outcomes
    )
    assert (differing(text) is not None) == differ
