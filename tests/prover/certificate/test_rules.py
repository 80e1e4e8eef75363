"""Each rule of a proof by itself: what it shows, and what it must not show."""

from fractions import Fraction

import pytest

from aethel.intent.terms import Op, divided
from aethel.prover.certificate.certify import Certificate
from certificate_checker import check
from tests.prover.certificate.files import certified, file_of, opened, results
from tests.prover.certificate.written import Expression, fits, holds

WHOLE = {"x": "integer", "y": "integer"}
RATIONAL = {"x": "rational", "y": "rational"}
TRUTHS = {"a": "truth", "b": "truth"}

AT_MOST_9, AT_MOST_5 = ("<=", "x", 9), ("<=", "x", 5)


def test_rows_with_positive_multipliers_show_a_claim() -> None:
    assert holds(WHOLE, [AT_MOST_5], AT_MOST_9, [("farkas", [(1, "true", AT_MOST_5), (1, "false", AT_MOST_9)])])


@pytest.mark.parametrize("factor", [-1, 0])
def test_an_inequality_is_never_turned_round_or_left_out(factor: int) -> None:
    rows = [(factor, "true", AT_MOST_9), (factor, "false", AT_MOST_5)]
    assert not holds(WHOLE, [AT_MOST_9], AT_MOST_5, [("farkas", rows)])


def test_an_equation_may_be_turned_round() -> None:
    is_3, is_4 = ("==", "x", 3), ("==", "x", 4)
    assert holds(WHOLE, [is_3, is_4], False, [("farkas", [(1, "true", is_3), (-1, "true", is_4)])])


@pytest.mark.parametrize(("sort", "shown"), [("integer", True), ("rational", False)])
def test_only_whole_numbers_are_rounded(sort: str, shown: bool) -> None:
    odd = ("==", ("*", 2, "x"), 1)
    assert holds({"x": sort}, [odd], False, [("farkas", [(1, "true", odd)])]) is shown


@pytest.mark.parametrize(("sort", "shown"), [("integer", True), ("rational", False)])
def test_only_whole_numbers_are_split(sort: str, shown: bool) -> None:
    low, high = ("<", 0, "x"), ("<", "x", 1)
    steps = [("split", 0, [(1, "x")]), *(("farkas", [(1, "row", 0), (1, "true", each)]) for each in (low, high))]
    assert holds({"x": sort}, [low, high], False, steps) is shown


def test_nothing_lies_outside_both_sides_of_a_split() -> None:
    low, high = ("<=", 1, "x"), ("<=", "x", 1)
    steps = [
        ("split", 0, [(1, "x")]),
        ("farkas", [(1, "row", 0), (1, "true", low)]),
        ("farkas", [(1, "row", 0), (1, "true", high)]),
    ]
    assert not holds(WHOLE, [low, high], False, steps)


def test_a_sum_that_is_not_whole_is_not_split() -> None:
    half: Expression = ("*", Fraction(1, 2), "x")
    is_1 = ("==", "x", 1)
    steps = [("split", 0, [(1, half)]), *(("farkas", [(2, "row", 0), (s, "true", is_1)]) for s in (-1, 1))]
    assert not holds(WHOLE, [is_1], False, steps)


def test_what_was_known_in_one_branch_is_not_known_in_the_next() -> None:
    is_small = ("<=", "x", 3)
    steps = [("case", is_small), ("clash", is_small), ("farkas", [(1, "true", is_small), (1, "false", is_small)])]
    assert not holds(WHOLE, [], is_small, steps)


def test_a_row_of_one_branch_is_none_of_the_next() -> None:
    is_3, low, high = ("==", "x", 3), ("<=", 3, "x"), ("<=", "x", 3)
    rows = [(1, "row", 0), (1, "true", low)], [(1, "row", 0), (1, "true", high)]
    assert holds(WHOLE, [low, high], is_3, [("differ", is_3), *(("farkas", part) for part in rows)])
    assert not holds(WHOLE, [low], is_3, [("differ", is_3), ("farkas", rows[0]), ("farkas", rows[0])])


def test_both_sides_of_an_inequation_must_be_refuted() -> None:
    is_3, low = ("==", "x", 3), ("<=", 3, "x")
    assert not holds(WHOLE, [low], is_3, [("differ", is_3), ("farkas", [(1, "row", 0), (1, "true", low)])])


@pytest.mark.parametrize("known", [[], [("==", "x", 3)]])
def test_only_a_false_equation_differs(known: list[Expression]) -> None:
    rows = [(1, "row", 0)]
    is_3 = ("==", "x", 3)
    assert not holds(WHOLE, known, ("<", "x", 0), [("differ", is_3), ("farkas", rows), ("farkas", rows)])


def test_a_false_equation_is_no_equation() -> None:
    is_3, is_4 = ("==", "x", 3), ("==", "x", 4)
    assert not holds(WHOLE, [("not", is_3), is_4], False, [("farkas", [(1, "false", is_3), (-1, "true", is_4)])])


def test_a_disjunction_clashes_only_when_all_its_parts_are_false() -> None:
    either = ("or", "a", "b")
    assert holds(TRUTHS, [either, ("not", "a"), ("not", "b")], False, [("clash", either)])
    assert not holds(TRUTHS, [either, ("not", "a")], False, [("clash", either)])


def test_a_false_conjunction_clashes_only_when_all_its_parts_are_true() -> None:
    both = ("and", "a", "b")
    assert holds(TRUTHS, ["a", "b"], both, [("clash", both)])
    assert not holds(TRUTHS, ["a"], both, [("clash", both)])


def test_a_true_disjunction_says_nothing_of_its_parts() -> None:
    assert not holds(TRUTHS, [("or", "a", "b")], "a", [("clash", "a")])
    assert holds(TRUTHS, [("and", "a", "b")], "a", [("clash", "a")])


def test_a_false_conjunction_says_nothing_of_its_parts() -> None:
    assert not holds(TRUTHS, ["a"], ("and", "a", "b"), [("clash", "a")])
    assert holds(TRUTHS, ["a"], ("or", "a", "b"), [("clash", "a")])


@pytest.mark.parametrize(("first", "second", "shown"), [("a", "b", False), ("a", ("not", "b"), True)])
def test_equal_truths_are_both_true_or_both_false(first: Expression, second: Expression, shown: bool) -> None:
    same = ("==", "a", "b")
    assert holds(TRUTHS, [same, first, second], False, [("clash", same)]) is shown


def test_truths_that_differ_are_not_both_true() -> None:
    same = ("==", "a", "b")
    assert holds(TRUTHS, ["a", "b"], same, [("clash", same)])
    assert not holds(TRUTHS, ["a"], same, [("clash", same)])


def test_what_is_not_known_is_no_row() -> None:
    assert not holds(WHOLE, [], AT_MOST_5, [("farkas", [(1, "true", ("<=", "x", 4)), (1, "false", AT_MOST_5)])])


def test_a_proof_that_goes_on_after_its_end_is_none() -> None:
    assert holds(TRUTHS, ["a"], "a", [("clash", "a")])
    assert not holds(TRUTHS, ["a"], "a", [("clash", "a"), ("clash", "a")])


CHOSEN: Expression = ("ite", "b", 1, 2)
IS_CHOSEN: Expression = ("==", "x", CHOSEN)


@pytest.mark.parametrize(
    ("known", "name", "shown"), [(["b"], "then", True), ([], "then", False), (["b"], "else", False)]
)
def test_a_choice_is_what_its_condition_says(known: list[Expression], name: str, shown: bool) -> None:
    is_2 = ("==", "x", 2)
    rows = [(1, "true", IS_CHOSEN), (-1, "true", is_2), (1, name, CHOSEN)]
    assert holds({**WHOLE, **TRUTHS}, [*known, IS_CHOSEN, is_2], False, [("farkas", rows)]) is shown


@pytest.mark.parametrize(("sort", "shown"), [("integer", True), ("rational", False)])
def test_a_choice_is_whole_only_where_both_its_sides_are(sort: str, shown: bool) -> None:
    odd: Expression = ("==", ("*", 2, ("ite", "b", "x", 0)), 1)
    assert holds({"x": sort, "b": "truth"}, [odd], False, [("farkas", [(1, "true", odd)])]) is shown


@pytest.mark.parametrize(("least", "shown"), [(1, True), (2, False)])
def test_a_floor_is_less_than_one_below(least: int, shown: bool) -> None:
    floor: Expression = ("floor_div", "x", 2)
    claim, is_3 = ("<=", least, floor), ("==", "x", 3)
    rows = [(1, "above", floor), (2, "false", claim), (-1, "true", is_3)]
    assert holds(WHOLE, [is_3], claim, [("farkas", rows)]) is shown


@pytest.mark.parametrize("op", [Op.FLOOR_DIV, Op.CEIL_DIV, Op.HALF_EVEN_DIV, Op.MOD])
@pytest.mark.parametrize("divisor", [2, -3, 4])
def test_every_rounding_gives_the_number_it_means_and_no_other(op: Op, divisor: int) -> None:
    for dividend in range(-7, 8):
        value = divided(op, dividend, divisor)
        quotient: Expression = (op.value, "x", divisor)
        assert fits({"x": "integer"}, [("==", quotient, int(value))], [dividend])
        assert not fits({"x": "integer"}, [("==", quotient, int(value) + 1)], [dividend])


DIVISIONS = {
    "n / 3 == 4": range(12, 15),
    "div_ceil(n, 3) == 4": range(10, 13),
    "div_half_even(n, 4) == 2": range(6, 11),
    "div_half_even(n, 2) == 2": range(3, 6),
    "n % 3 == 1": range(1, 2),
}


@pytest.mark.parametrize("condition", DIVISIONS)
def test_the_proofs_of_roundings_are_about_the_numbers_they_mean(condition: str) -> None:
    numbers = DIVISIONS[condition]
    low, high = numbers[0], numbers[-1]
    text = f"intent round(n: u8) {{ guard {{ n >= {low}; n <= {high}; }} verify {{ {condition}; }} }}"
    data = certified(text)
    check(data)
    assert {"post.1"} <= {each["id"] for each in opened(data)["programs"][0]["obligations"]}
    for wider in (text.replace(f">= {low}", f">= {low - 1}"), text.replace(f"<= {high}", f"<= {high + 1}")):
        made = {stated.id: result for stated, result in results(file_of(wider))}
        assert not isinstance(made["post.1"], Certificate)


def test_identities_are_as_many_as_their_names() -> None:
    one, two = ("==", "x", ("text", "one")), ("==", "x", ("text", "two"))
    rows = [(1, "true", one), (-1, "true", two)]
    assert holds({"x": "identity"}, [one, two], False, [("farkas", rows)])
    assert not holds({"x": "identity"}, [one, ("==", "x", ("text", "one"))], False, [("farkas", rows[:1])])


def test_identities_have_no_order() -> None:
    less = ("<", "x", "y")
    assert not holds({"x": "identity", "y": "identity"}, [less], less, [("clash", less)])


def test_products_of_unknowns_are_multiplied_out() -> None:
    left: Expression = ("==", ("*", ("+", "x", 1), ("+", "y", -1)), 0)
    right: Expression = ("==", ("+", ("*", "y", "x"), "y", ("*", -1, "x")), 2)
    assert holds(WHOLE, [left, right], False, [("farkas", [(1, "true", left), (-1, "true", right)])])
    assert not holds(WHOLE, [left, right], False, [("farkas", [(1, "true", left), (-2, "true", right)])])


def test_a_division_by_an_unknown_is_a_number_nothing_is_known_of() -> None:
    quotient: Expression = ("/", "x", "y")
    claim = ("==", ("*", quotient, "y"), "x")
    rows = [(1, "row", 0)]
    assert not holds(RATIONAL, [], claim, [("differ", claim), ("farkas", rows), ("farkas", rows)])


@pytest.mark.parametrize(("number", "shown"), [(0, True), (1, False)])
def test_a_division_by_zero_gives_zero_at_given_values(number: int, shown: bool) -> None:
    for op in ("/", "floor_div", "ceil_div", "half_even_div", "%"):
        assert fits(WHOLE, [("==", (op, "x", "y"), number)], [5, 0]) is shown


@pytest.mark.parametrize(
    ("sort", "value"),
    [
        ("integer", True),
        ("integer", "1"),
        ("integer", [1, 1]),
        ("rational", 1),
        ("rational", [2, 2]),
        ("rational", [1, 0]),
        ("rational", [1, -1]),
        ("rational", [1]),
        ("truth", 1),
        ("identity", 1),
    ],
)
def test_a_value_of_another_sort_is_refused(sort: str, value: object) -> None:
    assert not fits({"x": sort}, [True], [value])


@pytest.mark.parametrize("values", [[], [1], [1, 2, 3]])
def test_every_variable_has_one_value(values: list[object]) -> None:
    assert not fits(WHOLE, [True], values)


@pytest.mark.parametrize("value", [[1, 2], [3, 1], [-1, 3]])
def test_a_number_is_whole_or_it_is_not(value: list[int]) -> None:
    is_whole = ("is_int", "x")
    assert fits({"x": "rational"}, [is_whole], [value]) is (value[1] == 1)
    assert fits({"x": "rational"}, [("not", is_whole)], [value]) is (value[1] != 1)


@pytest.mark.parametrize(("sort", "shown"), [("integer", True), ("rational", False)])
def test_what_is_made_of_whole_numbers_is_whole(sort: str, shown: bool) -> None:
    claim = ("is_int", ("*", 3, "x"))
    rows = [(1, "false", claim), (1, "above", claim)]
    assert holds({"x": sort}, [], claim, [("farkas", rows)]) is shown


def test_all_assumptions_must_be_true_at_the_values() -> None:
    assert fits(WHOLE, [AT_MOST_5, ("<", "y", 0)], [5, -1])
    assert not fits(WHOLE, [AT_MOST_5, ("<", "y", 0)], [5, 0])
