"""Statements run in the order of the text: what a divisor may assume, and what a branch leaves."""

from __future__ import annotations

import pytest

from aethel.intent.evaluation import evaluate
from tests.intent.readings import intent, program

DEAD = "for i in 0..0 { require x > 5; z = x / y; } "


def test_a_loop_that_never_turns_decides_nothing_for_later_divisors() -> None:
    """What comes after it may assume the demand that stands before it, and only that."""
    texts = [intent("x: Int, y: Int", "x > 0;", "x > 0;", dead + "require y > 0; z = x / y;") for dead in ("", DEAD)]
    without, beside = (program(text).divisors for text in texts)
    assert [str(divisor.reached) for divisor in beside] == [str(divisor.reached) for divisor in without] == ["(< 0 y)"]


@pytest.mark.parametrize(
    ("effect", "x", "y"),
    [
        ("if (c) { x = 1; } else { y = 2; }", (1, 20), (10, 2)),
        ("if (c) { x = 1; x = x + 1; }", (2, 20), (10, 20)),
        ("if (c) { if (x == 10) { y = 3; } x = y; } else { x = y; }", (3, 3), (20, 20)),
        ("if (c) { x = 1; if (x == 10) { y = 3; } }", (1, 20), (10, 20)),
        ("for i in 0..3 { if (c) { x += i; } else { y += x; } }", (13, 20), (10, 50)),
        ("if (c) { for i in 0..0 { x = 5; } }", (10, 20), (10, 20)),
        ("x = 7; for i in 0..0 { x = 5; }", (7, 20), (7, 20)),
    ],
)
def test_a_branch_leaves_what_it_wrote_and_nothing_else(effect: str, x: tuple[int, int], y: tuple[int, int]) -> None:
    """`x` is the state after with `c` true, `y` with `c` false, as pairs of `x` and `y`."""
    found = program(intent("c: Bool, x: Int, y: Int", "old_x > 0; old_y > 0;", "x == x; y == y;", effect))
    after = {cell.name: cell.after for cell in found.cells}
    for chosen, state in ((True, x), (False, y)):
        values = {"c": chosen, "old x": 10, "old y": 20}
        assert (evaluate(after["x"], values), evaluate(after["y"], values)) == state
