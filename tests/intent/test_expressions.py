"""The grammar of expressions: what binds how tightly, to which side, and where each node stands."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest

from aethel.intent import syntax
from aethel.intent.expressions import ExpressionParser
from aethel.intent.lexer import lex
from aethel.intent.limits import DEFAULT_LIMITS
from aethel.intent.source import IntentError, Source
from aethel.intent.traversal import walk

COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
SUMS = ("+", "-")
PRODUCTS = ("*", "/", "%")
LEVELS = (("=>",), ("or",), ("and",), COMPARISONS, SUMS, PRODUCTS)
EVERYTHING = (
    'not a.b == -old(c) => (if x > 1 then 5% else "t" != d) or min(true, zero) '
    "and 1.50 + y / 2 * 3 - div_ceil(4, z) < 0"
)


def parsed(text: str) -> syntax.Expression:
    source = Source(text)
    parser = ExpressionParser(source, lex(source, DEFAULT_LIMITS), DEFAULT_LIMITS)
    found = parser.expression()
    assert parser.at_end(), parser.token
    return found


def refused(text: str) -> str:
    with pytest.raises((IntentError, AssertionError)) as raised:
        parsed(text)
    return str(raised.value)


def shape(node: syntax.Expression) -> str:
    """The tree in prefix form."""
    match node:
        case syntax.Number(value, _, percent):
            return f"{value}{'%' if percent else ''}"
        case syntax.Name() | syntax.Old():
            return str(node.cell) if isinstance(node, syntax.Old) else str(node)
        case syntax.Negate(operand):
            return f"(neg {shape(operand)})"
        case syntax.Not(operand):
            return f"(not {shape(operand)})"
        case syntax.Chain(first, rest):
            return f"({shape(first)}{''.join(f' {operator} {shape(operand)}' for operator, operand in rest)})"
        case syntax.Compare(operator, left, right):
            return f"({shape(left)} {operator} {shape(right)})"
        case syntax.Junction(operator, operands):
            return f"({f' {operator} '.join(map(shape, operands))})"
        case syntax.Implies(left, right):
            return f"({shape(left)} => {shape(right)})"
        case syntax.IfThenElse(condition, then, other):
            return f"(if {shape(condition)} then {shape(then)} else {shape(other)})"
        case _:
            return type(node).__name__


PAIRS = [
    (loose, tight)
    for index, level in enumerate(LEVELS)
    for tighter in LEVELS[index + 1 :]
    for loose, tight in product(level, tighter)
]


@pytest.mark.parametrize(("loose", "tight"), PAIRS)
def test_the_tighter_operator_takes_its_operands_on_either_side(loose: str, tight: str) -> None:
    assert shape(parsed(f"a {tight} b {loose} c")) == f"((a {tight} b) {loose} c)"
    assert shape(parsed(f"a {loose} b {tight} c")) == f"(a {loose} (b {tight} c))"


@pytest.mark.parametrize("level", [SUMS, PRODUCTS])
def test_operators_of_one_level_run_from_the_left(level: tuple[str, ...]) -> None:
    for first, second in product(level, level):
        node = parsed(f"a {first} b {second} c")
        assert isinstance(node, syntax.Chain)
        assert [operator for operator, _ in node.rest] == [first, second]
        assert isinstance(parsed(f"a {first} (b {second} c)"), syntax.Chain)
        assert shape(parsed(f"a {first} (b {second} c)")) == f"(a {first} (b {second} c))"


@pytest.mark.parametrize("word", ["and", "or"])
def test_a_run_of_one_word_is_one_junction(word: str) -> None:
    node = parsed(f"a {word} b {word} c")
    assert isinstance(node, syntax.Junction)
    assert len(node.operands) == 3


def test_an_implication_runs_from_the_right() -> None:
    assert shape(parsed("a => b => c")) == "(a => (b => c))"
    assert shape(parsed("(a => b) => c")) == "((a => b) => c)"


@pytest.mark.parametrize(("first", "second"), list(product(COMPARISONS, COMPARISONS)))
def test_comparisons_do_not_chain(first: str, second: str) -> None:
    assert "comparisons do not chain" in refused(f"a {first} b {second} c")
    assert shape(parsed(f"(a {first} b) {second} c")) == f"((a {first} b) {second} c)"


@pytest.mark.parametrize("operator", COMPARISONS)
def test_not_denies_the_whole_comparison(operator: str) -> None:
    assert shape(parsed(f"not a {operator} b")) == f"(not (a {operator} b))"
    assert "binds more loosely" in refused(f"a {operator} not b")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("not a and b", "((not a) and b)"),
        ("not a or b", "((not a) or b)"),
        ("not a => b", "((not a) => b)"),
        ("a and not b or c", "((a and (not b)) or c)"),
        ("a => not b", "(a => (not b))"),
        ("not not a", "(not (not a))"),
    ],
)
def test_not_binds_more_tightly_than_what_joins_conditions(text: str, found: str) -> None:
    assert shape(parsed(text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("-a + b", "((neg a) + b)"),
        ("-a * b", "((neg a) * b)"),
        ("a - -b", "(a - (neg b))"),
        ("a * -b", "(a * (neg b))"),
        ("--a", "(neg (neg a))"),
        ("-a == b", "((neg a) == b)"),
        ("-(a + b)", "(neg (a + b))"),
        ("-5%", "(neg 1/20%)"),
    ],
)
def test_a_minus_in_front_binds_most_tightly(text: str, found: str) -> None:
    assert shape(parsed(text)) == found


@pytest.mark.parametrize(
    "after", ["", " + b", " - b", " * b", " == b", " and b", " or b", " => b", " < b", " -b", "-3"]
)
def test_a_sign_that_touches_digits_without_an_operand_after_it_is_a_percentage(after: str) -> None:
    first = next(node for node in walk(parsed(f"12.5%{after}")) if isinstance(node, syntax.Number))
    assert (first.value, first.percent, first.decimals) == (Fraction(1, 8), True, 1)


@pytest.mark.parametrize("text", ["7%3", "7% 3", "7 % 3", "7%x", "7%(x)", "7%old(x)", "7%min(1, x)", "7%zero"])
def test_a_sign_before_an_operand_is_the_remainder(text: str) -> None:
    node = parsed(text)
    assert isinstance(node, syntax.Chain)
    assert [operator for operator, _ in node.rest] == ["%"]


@pytest.mark.parametrize("text", ["7 %", "x%", "(7)%", "7 % and x", "7%%"])
def test_a_sign_that_does_not_touch_digits_is_no_percentage(text: str) -> None:
    assert refused(text)


def test_a_percentage_may_stand_in_a_choice() -> None:
    assert shape(parsed("if c then 5% else 7%")) == "(if c then 1/20% else 7/100%)"


def test_what_follows_else_belongs_to_the_choice() -> None:
    assert shape(parsed("if c then a else b + 1 == d")) == "(if c then a else ((b + 1) == d))"
    assert shape(parsed("1 + if c then a else b")) == "(1 + (if c then a else b))"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "an expression"),
        ("a +", "an expression"),
        ("* a", "an expression"),
        ("(a", "`)`"),
        ("if a", "`then`"),
        ("if a then b", "`else`"),
        ("min(a)", "`,`"),
        ("min(a, b, c)", "`)`"),
        ("old(5)", "a state cell"),
        ("old(a + b)", "`)`"),
        ("a.", "the name of a field"),
        ("a.5", "the name of a field"),
        ("and", "not a reserved word"),
        ("a == and", "not a reserved word"),
        ("sqrt(4)", "unknown function `sqrt`, expected one of `div_ceil`, `div_half_even`, `max`, `min`, `old`"),
    ],
)
def test_what_is_missing_is_named(text: str, message: str) -> None:
    assert message in refused(text)


def test_every_node_stands_where_its_text_stands() -> None:
    """The text of each node alone gives the same tree again."""
    for node in walk(parsed(EVERYTHING)):
        assert shape(parsed(EVERYTHING[node.start : node.end])) == shape(node)


def test_every_kind_of_expression_was_looked_at() -> None:
    kinds = {type(node) for node in walk(parsed(EVERYTHING))}
    assert kinds == set(syntax.Expression.__args__)


def test_parentheses_belong_to_the_place_of_what_they_hold() -> None:
    node = parsed("1 + ( a )")
    assert isinstance(node, syntax.Chain)
    assert (node.rest[0][1].start, node.rest[0][1].end) == (4, 9)
