"""Types of names that declare none follow from what they stand beside, whatever the order of the lines."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.intent.readings import intent, program, refusal

PARAMETERS = (
    "a: Account, b: Account<EUR>, n: Balance, e: Balance<EUR>, r: Rate<EUR/USD>, p: Price, c: Bool, i: u8, "
    "h: Hash, o: Vessel, t: Text(9), g: Gold, u: USD"
)


def types(guard: str, verify: str = "true;", effect: str = "", given: dict[str, str] | None = None) -> dict[str, str]:
    found = program(intent(PARAMETERS, guard, verify, effect), given)
    return {variable.name: str(variable.type) for variable in found.variables}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x > n", "Balance"),
        ("n == x", "Balance"),
        ("x + e > 0", "Balance<EUR>"),
        ("x - 1 == e", "Balance<EUR>"),
        ("min(x, e) > 0", "Balance<EUR>"),
        ("-x == e", "Balance<EUR>"),
        ("(if c then x else e) > 0", "Balance<EUR>"),
        ("x == e * 2", "Balance<EUR>"),
        ("x == e / 3", "Balance<EUR>"),
        ("x == u * r", "Balance<EUR>"),
        ("x == e / e", "Decimal"),
        ("x == p", "Decimal"),
        ("x == 0.5", "Decimal"),
        ("x < 5%", "Decimal"),
        ("x > 3", "Int"),
        ("x == i", "Int"),
        ("x * n > 0", "Int"),
        ("n / x > 0", "Int"),
        ("x", "Bool"),
        ("not x", "Bool"),
        ("x and c", "Bool"),
        ("c => x", "Bool"),
        ("x == c", "Bool"),
        ("(if x then n else n) > 0", "Bool"),
        ("x == a", "Account"),
        ('x == "text"', "Text"),
        ("x == t", "Text"),
        ("x != h", "Hash"),
        ("x.balance > 0", "Account"),
    ],
)
def test_an_undeclared_name_has_the_type_it_stands_beside(line: str, expected: str) -> None:
    found = types(f"x == x; {line};" if expected in ("Account", "Hash", "Text") else f"{line};")
    assert found.get("x", "Account") == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("x == y", "y == z", "z == n"), {"x": "Balance", "y": "Balance", "z": "Balance"}),
        (("x == y * 1", "y == z * 1", "z == e"), {"x": "Balance<EUR>", "y": "Balance<EUR>", "z": "Balance<EUR>"}),
        (("x == y * p", "y > 0", "z == x"), {"x": "Decimal", "y": "Int", "z": "Decimal"}),
        (("x == p", "x == n"), {"x": "Balance"}),
        (("x > 0.5", "x > n"), {"x": "Balance"}),
        (("x == y", "y == i", "x > 2"), {"x": "Int", "y": "Int"}),
        (("x == a", "x != b"), {"x": "Account"}),
        (('x == "s"', "x == h"), {"x": "Hash"}),
        (("x == t", 'x == "s"', "x == h"), {"x": "Hash"}),
    ],
)
def test_the_order_of_lines_decides_no_type(lines: tuple[str, ...], expected: dict[str, str]) -> None:
    for order in permutations(lines):
        found = types(" ".join(f"{line};" for line in order))
        assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    "lines", [("x == a", "x != b"), ('x == "s"', "x == h"), ("x == t", 'x == "s"'), ("x == n", "x == p")]
)
def test_the_order_of_lines_changes_no_digest(lines: tuple[str, str]) -> None:
    one, other = (intent(PARAMETERS, f"{left}; {right};", "true;") for left, right in (lines, lines[::-1]))
    assert program(one).digest == program(other).digest


@pytest.mark.parametrize("lines", [("x == n", "x == e"), ("x == n", "x"), ("x == o", "x == h"), ("x == n", "x == a")])
def test_two_types_of_one_name_are_refused_in_either_order(lines: tuple[str, str]) -> None:
    for left, right in (lines, lines[::-1]):
        finding = refusal(intent(PARAMETERS, f"{left}; {right};", "true;"))
        assert finding.code == "TYPE"
        assert finding.span is not None


@pytest.mark.parametrize("use", ["g > 1", "g + g == g", "g == 0", "g * 2 == g", "min(g, g) == g"])
def test_a_nominal_type_that_is_counted_is_money(use: str) -> None:
    assert types(f"{use};")["g"] == "Balance<Gold>"


def test_a_nominal_type_that_is_only_compared_is_opaque() -> None:
    assert types("o == o; g != g;")["g"] == "Gold"


@pytest.mark.parametrize("effect", ["x = n;", "x += n;", "x -= n;", "if (c) { for k in 0..2 { x = n; } }"])
def test_what_is_stored_in_a_name_is_its_type(effect: str) -> None:
    assert types("c;", effect=effect)["old x"] == "Balance"


def test_a_binding_has_the_type_of_its_value() -> None:
    found = types("k = e * 2; x > k; y == k * r;")
    assert (found["x"], found["y"]) == ("Balance<EUR>", "Balance<EUR>")


def test_a_value_given_with_a_decimal_point_makes_a_name_a_fraction() -> None:
    assert types("x > 3;", given={"x": "0.5"})["x"] == "Decimal"
    assert types("x > 3;", given={"x": "5"})["x"] == "Int"


def test_types_that_follow_from_one_another_in_too_many_steps_are_refused() -> None:
    def text(steps: int) -> str:
        lines = " ".join(f"x{i} == x{i + 1} * 1;" for i in range(steps))
        return intent(PARAMETERS, f"{lines} x{steps} == n;", "true;")

    assert all(str(found.type) == "Balance" for found in program(text(8)).variables if found.name.startswith("x"))
    assert refusal(text(30)).code == "TOO_LARGE"


def test_names_that_are_compared_in_a_row_have_one_type_however_many_they_are() -> None:
    lines = " ".join(f"x{i} == x{i + 1};" for i in range(60))
    found = types(f"{lines} x60 == e;")
    assert {found[f"x{i}"] for i in range(61)} == {"Balance<EUR>"}
