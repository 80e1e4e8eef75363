"""The Guardian against the reference interpreter, on random effects and every state of a small domain."""

from collections import Counter
from collections.abc import Iterator
from itertools import product

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aethel.intent.obligations import Kind, obligations
from aethel.intent.reading import Reading, read
from aethel.intent.replay import confirms
from aethel.intent.terms import Value
from aethel.verdict import Vote
from tests.ledger.entries import verdict_on

INTENT = """intent move(a: Account, b: Account, c: Account, n: Balance, m: Balance, vip: Bool) {
    guard { old_a_balance + old_b_balance + old_c_balance >= n; %s }
    effect { %s }
    verify { a_balance >= 0; }
}"""

DOMAIN: dict[str, tuple[Value, ...]] = {
    "n": (0, 1, 4),
    "m": (0, 2),
    "vip": (False, True),
    "old a.balance": (0, 3),
    "old b.balance": (0, 4),
    "old c.balance": (1,),
    "a": ("a",),
    "b": ("b",),
    "c": ("c",),
}

ACCOUNTS = ("a", "b", "c")
AMOUNTS = st.sampled_from(["n", "m", "1", "n / 2", "n % 3", "n - m", "min(n, m)", "n * m", "div_ceil(n, 2)", "n + 0"])
CONDITIONS = st.sampled_from(["vip", "n > m", "n == m", "m >= n", "a.balance > 2", "not vip", "vip and n > 1"])
GUARDS = st.sampled_from(["n == m;", "n > m;", "vip;", "m == 0;", "vip => n == m;"])

MOVES = st.builds(
    lambda pair, amount: f"{pair[0]}.balance -= {amount}; {pair[1]}.balance += {amount};",
    st.permutations(ACCOUNTS),
    AMOUNTS,
)
SPLITS = st.builds(
    lambda order, whole, part: (
        f"{order[0]}.balance -= {whole}; {order[1]}.balance += {whole} - {part}; {order[2]}.balance += {part};"
    ),
    st.permutations(ACCOUNTS),
    AMOUNTS,
    AMOUNTS,
)
UNEQUAL = st.builds(
    lambda order, taken, given: f"{order[0]}.balance -= {taken}; {order[1]}.balance += {given};",
    st.permutations(ACCOUNTS),
    AMOUNTS,
    AMOUNTS,
)
STRAIGHT = MOVES | SPLITS | UNEQUAL
BRANCHES = st.builds(
    lambda condition, then, other: f"if ({condition}) {{ {then} }} else {{ {other} }}", CONDITIONS, STRAIGHT, STRAIGHT
)
EFFECTS = st.lists(MOVES | SPLITS | STRAIGHT | BRANCHES, min_size=1, max_size=3).map(" ".join)


def failing_states(reading: Reading) -> Iterator[dict[str, Value]]:
    """Every state of the domain in which the interpreter sees a sum change."""
    assert reading.file is not None
    (obligation,) = (each for each in obligations(reading.file) if each.kind is Kind.CONSERVED)
    names = [variable.name for variable in reading.file.programs[0].variables]
    for values in product(*(DOMAIN[name] for name in names)):
        state = dict(zip(names, values, strict=True))
        if confirms(reading, obligation, state):
            yield state


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(effect=EFFECTS, guard=st.just("") | GUARDS)
def test_what_the_guardian_says_is_what_the_interpreter_sees(effect: str, guard: str) -> None:
    text = INTENT % (guard, effect)
    reading = read(text.encode())
    assert reading.file is not None, reading.findings
    found = verdict_on(text)
    failing = next(failing_states(reading), None)
    if failing is not None:
        assert found.verdict is not Vote.APPROVE, failing
    if found.verdict is Vote.REJECT:
        counterexample = found.findings[0].counterexample
        assert counterexample is not None
        assert counterexample.replayed


def test_simple_effects_are_decided_and_not_left_open() -> None:
    amounts = ("n", "m", "n / 2", "n % 3", "min(n, m)")
    votes = Counter(
        verdict_on(INTENT % ("", f"a.balance -= {taken}; b.balance += {given};")).verdict
        for taken in amounts
        for given in amounts
    )
    assert votes == {Vote.APPROVE: len(amounts), Vote.REJECT: len(amounts) * (len(amounts) - 1)}
