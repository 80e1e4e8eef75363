"""Tokens of a text: what each is, where it stands, and what is no token."""

from __future__ import annotations

import pytest

from aethel.intent.lexer import Kind, Lexed, lex
from aethel.intent.limits import DEFAULT_LIMITS, Limits
from aethel.intent.source import IntentError, Source
from aethel.verdict import Finding

MARKS = ("==", "!=", "<=", ">=", "=>", "+=", "-=", "..", *"-+*/%<>=(){},;:.")


def lexed(text: str) -> Lexed:
    return lex(Source(text), DEFAULT_LIMITS)


def kinds(text: str) -> list[tuple[Kind, str]]:
    return [(token.kind, token.text) for token in lexed(text).tokens[:-1]]


def refused(text: str, limits: Limits = DEFAULT_LIMITS) -> Finding:
    with pytest.raises(IntentError) as raised:
        lex(Source(text), limits)
    assert raised.value.finding.span is not None
    return raised.value.finding


@pytest.mark.parametrize("mark", MARKS)
def test_every_mark_is_one_token(mark: str) -> None:
    assert kinds(f"a{mark}b") == [(Kind.NAME, "a"), (Kind.MARK, mark), (Kind.NAME, "b")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("===", ["==", "="]),
        ("<==", ["<=", "="]),
        ("=>=", ["=>", "="]),
        ("...", ["..", "."]),
        ("+-=", ["+", "-="]),
        ("0..9", ["0", "..", "9"]),
        ("0.5..1", ["0.5", "..", "1"]),
        ("a.b", ["a", ".", "b"]),
        ("5%", ["5", "%"]),
    ],
)
def test_the_longest_mark_counts(text: str, found: list[str]) -> None:
    assert [token for _, token in kinds(text)] == found


def test_every_token_stands_where_it_says() -> None:
    text = 'intent größe ( 12.50 ) # Ende\r\n\t"é" <= x;'
    tokens = lexed(text).tokens
    shown = [text[token.start : token.end] for token in tokens]
    assert shown == ["intent", "größe", "(", "12.50", ")", '"é"', "<=", "x", ";", ""]
    assert (tokens[-1].kind, tokens[-1].start) == (Kind.END, len(text))


@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("comment", ["# one", "// two", "#", "## # //"])
def test_a_comment_is_kept_apart_without_its_line_feed(comment: str, end: str) -> None:
    text = f"a {comment}{end}"
    (place,) = lexed(text).comments
    assert text[slice(*place)] == comment
    assert kinds(text) == [(Kind.NAME, "a")]


def test_a_mark_of_a_comment_inside_a_string_begins_none() -> None:
    found = lexed('"# no // comment"')
    assert found.comments == ()
    assert found.tokens[0].text == "# no // comment"


def test_a_string_is_read_as_json() -> None:
    assert kinds(r'"a\"b\\c\u00e9\n\ud83d\ude00"') == [(Kind.STRING, 'a"b\\cé\n😀')]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('"open', "not closed"),
        ('"open\n"', "not closed"),
        (r'"\x41"', "unknown escape"),
        ('"a\tb"', "a tab"),
        (r'"\ud800"', "lone surrogate"),
        (r'"\udc00\ud800"', "lone surrogate"),
        ("1.5e3", "`e` in a number"),
        ("0x10", "`x` in a number"),
        ("1_000", "`_` in a number"),
        ("5٣", "in a number"),
        ("٣", "U+0663"),
        ("a & b", "`and`"),
        ("a | b", "`or`"),
        ("!a", "`not`"),
        ("'a'", "double quotes"),
        ("a[0]", "`(`"),
        ("a ^ 2", "`*`"),
        ("5 €", "U+20AC"),
        ("\ufeffintent", "U+FEFF"),
        ("a\u00a0b", "U+00A0"),
        ("x²", "U+00B2"),
        ("cafe\u0301", "normal form C"),
        ("раypal", "mixes scripts"),
    ],
)
def test_what_is_no_token_is_named(text: str, message: str) -> None:
    found = refused(text)
    assert found.code == "SYNTAX"
    assert message in found.message


@pytest.mark.parametrize("control", ["\x00", "\x07", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\x9f", "\u2028", "\r"])
@pytest.mark.parametrize("around", ["a {} b", "# {} c", '"{}"'])
def test_a_control_character_is_refused_wherever_it_stands(control: str, around: str) -> None:
    text = around.format(control)
    found = refused(text)
    assert f"U+{ord(control):04X}" in found.message
    assert found.span is not None
    assert found.span.start == text.index(control)


@pytest.mark.parametrize("name", ["größe", "сумма", "金額", "かな漢字カナ", "हिन्दी", "a_1", "_"])
def test_words_of_one_script_are_names(name: str) -> None:
    assert kinds(name) == [(Kind.NAME, name)]


@pytest.mark.parametrize(
    ("limits", "fits", "exceeds"),
    [
        (Limits(literal_digits=5), "123.45", "1234.56"),
        (Limits(literal_digits=5), "12345", "123456"),
        (Limits(name_length=3), "abc", "abcd"),
        (Limits(tokens=3), "a b c", "a b c d e"),
    ],
)
def test_a_limit_is_the_last_that_fits(limits: Limits, fits: str, exceeds: str) -> None:
    lex(Source(fits), limits)
    assert refused(exceeds, limits).code == "TOO_LARGE"
