"""The excerpt: the caret stands below what it names, whatever the line looks like."""

import pytest

from aethel.cli.excerpt import excerpt
from aethel.verdict import Span


def drawn(source: str, named: str) -> list[str]:
    """The excerpt for the first place where `named` stands."""
    start = source.index(named)
    before = source[:start]
    span = Span(start, start + len(named), before.count("\n") + 1, start - before.rfind("\n"))
    text = excerpt(source, span, "red")
    assert text is not None
    return text.plain.split("\n")


def test_carets_stand_below_what_they_name() -> None:
    assert drawn("first\n  second line\n", "line") == [
        "    2 |   second line",
        "      |          ^^^^",
    ]


def test_letters_two_columns_wide_count_twice() -> None:
    line, carets = drawn("支付 x 银行 y", "银行")
    assert line == "    1 | 支付 x 银行 y"
    assert carets == "      |        ^^^^"


@pytest.mark.parametrize("letter", ["\x1b", "\u202e", "\x00", "\u2028"])
def test_what_steers_a_terminal_is_escaped_and_counted_as_shown(letter: str) -> None:
    line, carets = drawn(f"a{letter}b", "b")
    assert line == f"    1 | a\\u{ord(letter):04x}b"
    assert carets.endswith("|        ^")


def test_a_tab_is_one_column() -> None:
    assert drawn("\tx = 1", "x")[1] == "      |  ^"


def test_of_a_long_line_only_the_surroundings_are_shown() -> None:
    line, carets = drawn("a" * 100_000 + " here " + "b" * 100_000, "here")
    assert len(line) < 150
    assert line[carets.index("^") :].startswith("here")


def test_a_name_that_does_not_fit_is_marked_as_far_as_it_is_shown() -> None:
    line, carets = drawn("x" * 500, "x" * 500)
    assert len(line) == len(carets)


def test_what_goes_over_several_lines_is_marked_at_its_beginning() -> None:
    assert drawn("intent p {\n  guard\n}", "intent p {\n  guard\n}")[1] == "      | ^ to line 3"


def test_the_end_of_the_text_can_be_named() -> None:
    assert excerpt("abc", Span(3, 3, 1, 4), "red") is not None


@pytest.mark.parametrize("span", [Span(0, 1, 9, 1), Span(99, 100, 1, 100)])
def test_a_place_outside_the_text_has_no_excerpt(span: Span) -> None:
    assert excerpt("abc", span, "red") is None
