"""`aethel explain`: how each obligation was decided, what fails, and what would repair it."""

import re

from tests.cli.command import EXAMPLES, Command


def test_each_obligation_is_shown_with_grade_time_and_work(aethel: Command) -> None:
    done = aethel("explain", EXAMPLES / "payment.ae")
    assert done.code == 0
    assert re.search(r"solvent\.sender_balance +.*PROVED +CERTIFIED +\d+\.\d ms +\d+", done.out)


def test_what_fails_comes_with_the_smallest_values_and_the_weakest_guard_as_a_diff(aethel: Command) -> None:
    done = aethel("explain", EXAMPLES / "overdraft.ae")
    assert done.code == 1
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


def test_without_a_solver_nothing_can_be_explained(aethel: Command) -> None:
    done = aethel.program("explain", EXAMPLES / "payment.ae", without=["z3"])
    assert done.code == 2
    assert "z3 is not installed" in done.err
