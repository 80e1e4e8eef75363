"""Two runs that differ in who takes part: which intents can tell them apart, and how it is shown."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aethel.intent.interpreter import run
from aethel.intent.neutrality import MOST_IDENTITIES, Neutrality, first_run, plainly, second_run
from aethel.intent.obligations import Kind, obligations
from aethel.intent.reading import Reading
from aethel.intent.replay import runs_differ
from aethel.intent.terms import Value
from aethel.prover.alarm import Alarm
from aethel.prover.solver import ProgramSolver, Query, Status
from tests.intent.readings import intent, reading

WORK = 300_000
PARTIES = (
    "sender: Account, receiver: Account, house: Account, n: Balance, memo: Text, user: User, other: Text, digest: Hash"
)
IDENTITIES = {"sender", "receiver", "house", "memo", "other", "user", "digest", "old owner"}
OWNED = "owner: User, user: User, other: User, n: Balance"
OWNED_GUARD = "n > 0; old_owner != user;"
FEE = "transfer(sender, receiver, n); transfer(sender, house, {fee});"


def stated(text: str) -> tuple[Reading, Neutrality]:
    found = reading(text)
    assert found.file is not None
    (made,) = (each.neutrality for each in obligations(found.file) if each.kind is Kind.IDENTITY_NEUTRAL)
    assert made is not None
    return found, made


def differing(text: str) -> dict[str, Value] | None:
    """Values of both runs that the solver found and the interpreter confirmed, None where it proves there are none."""
    found, made = stated(text)
    assert found.file is not None
    variables = (*found.file.programs[0].variables, *made.others)
    answer = ProgramSolver(variables, Alarm(60_000)).quick(Query(made.assumptions, made.claim), WORK)
    if answer.status is Status.UNSATISFIABLE:
        return None
    assert answer.status is Status.SATISFIABLE
    assert answer.values is not None
    assert runs_differ(found, 0, made, answer.values)
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
    "a choice of identities in a guard": paying('(if n > 5 then "root" else user) == other;'),
    "a choice of identities by who is whom": paying('(if user == memo then "root" else user) == other;'),
    "a list with another limit for each": paying('(user == "a" and n > 5) or (user == "b" and n <= 5);'),
    "a guard, where others would divide by zero": intent(
        f"{PARTIES}, k: Int",
        'n > 0; k >= 0; old_sender_balance >= n; user == "root" or k > 0;',
        "n > 0;",
        'if (n / (if user == "root" then 1 else k) >= 0) { transfer(sender, receiver, n); }',
    ),
    "a user beside a text that says the same": paying('memo == "root";', 'if user == "root" then 0 else 1'),
    "a user beside a hash that is the same": paying('memo == digest; digest == "00";', 'if user == "00" then 0 else 1'),
    "a text that stands in for a user": paying("", 'if user == other and other == "root" then 0 else 1'),
    "who owns something": intent(OWNED, OWNED_GUARD, "n > 0;", 'owner = if user == "root" then owner else user;'),
    "beside a guard that only restricts": paying('receiver != "acc-1";', 'if sender == "acc-77" then 0 else 1'),
}


@pytest.mark.parametrize("name", BACKDOORS)
def test_a_literal_that_decides_is_found_and_both_runs_are_shown(name: str) -> None:
    values = differing(BACKDOORS[name])
    assert values is not None
    one, other = first_run(values), second_run(values)
    assert one.keys() == other.keys()
    assert {key for key in one if one[key] != other[key]} <= {
        "sender",
        "receiver",
        "house",
        "user",
        "memo",
        "other",
        "digest",
        "old owner",
    }
    _, made = stated(BACKDOORS[name])
    assert made.deciding


NEUTRAL = {
    "no identity at all": paying(""),
    "somebody who owns something": intent(OWNED, OWNED_GUARD, "n > 0;", "owner = user;"),
    "an owner who is renamed as all are": intent(
        OWNED, f'{OWNED_GUARD} user == "x" or n >= 1;', "n > 0;", "owner = if user == other then owner else user;"
    ),
    "an owner by name, whoever takes part": intent(
        OWNED, OWNED_GUARD, "n > 0;", 'owner = if user != "root" or n > 0 then "treasury" else user;'
    ),
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
    assert made.others == ()


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


def test_more_identities_than_can_be_compared_are_not_stated() -> None:
    names = "memo != user; " + " ".join(f'memo{number} != "x";' for number in range(MOST_IDENTITIES))
    _, made = stated(paying(names, 'if sender == "acc-77" then 0 else 1'))
    assert made.too_large
    assert str(made.claim) == "False"


def test_a_text_that_meets_no_identity_says_the_same_in_both_runs() -> None:
    _, made = stated(paying('memo == "open sesame"; other == user;', 'if user == "root" then 0 else 1'))
    assert [sorted(role) for role in made.roles] == [
        ["house", "receiver", "sender"],
        ["memo", "other", "user"],
        ["digest"],
    ]
    _, made = stated(paying('memo == "open sesame";', 'if user == "root" then 0 else 1'))
    assert [sorted(role) for role in made.roles] == [["house", "receiver", "sender"], ["user"], ["digest"]]


def test_what_no_bijection_makes_of_a_run_is_no_second_run() -> None:
    found, made = stated(BACKDOORS["a fee that one account does not pay"])
    assert found.file is not None
    values: dict[str, Value] = {
        each.name: 5 if each.term.sort.value == "int" else each.name for each in found.file.programs[0].variables
    }
    values |= {"old sender.balance": 50, "sender": "acc-77", "other sender": "somebody"}
    assert runs_differ(found, 0, made, values)
    assert not runs_differ(found, 0, made, {**values, "other sender": "receiver"})
    assert not runs_differ(found, 0, made, {**values, "other sender": "acc-77"})


def test_an_execution_that_divides_by_zero_has_no_end_to_compare() -> None:
    divided = 'transfer(sender, receiver, n / (if user == "root" then 1 else 0));'
    found, made = stated(intent(PARTIES, "n > 0; old_sender_balance >= n;", "n > 0;", divided))
    assert found.file is not None
    values: dict[str, Value] = {
        each.name: 5 if each.term.sort.value == "int" else each.name for each in found.file.programs[0].variables
    }
    both = {**values, **{f"other {name}": name for role in made.roles for name in role}}
    assert not runs_differ(found, 0, made, {**both, "other user": "root"})


def test_only_made_up_identities_are_called_as_in_the_first_run() -> None:
    _, made = stated(paying("", 'if sender == "sender" then 0 else 1'))
    shown: dict[str, Value] = {name: name for role in made.roles for name in role}
    other: dict[str, Value] = {f"other {name}": f"other {name}" for name in shown}
    told = plainly(made, {**shown, **other})
    assert told["other sender"] == "other sender"
    assert told["other receiver"] == "receiver"


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
