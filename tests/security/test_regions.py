"""Regions: code, comments and strings, the same as the lexer's on every text that it accepts."""

import json

from hypothesis import given
from hypothesis import strategies as st

from aethel.intent.lexer import Kind, lex
from aethel.intent.limits import DEFAULT_LIMITS
from aethel.intent.source import IntentError, Source
from aethel.security.regions import Place, Region, regions

PIECES = st.sampled_from(
    ["#", "//", "/", '"', "\\", "\n", "\r\n", " ", "a", "1", "==", "\u05d0", "\\u05d0", "\\n", '\\"', "\\ud83d\\ude00"]
)
TEXTS = st.lists(PIECES, max_size=24).map("".join)


def places(text: str) -> list[tuple[Place, str]]:
    return [(region.place, region.text) for region in regions(text)]


def test_comments_reach_to_the_end_of_their_line() -> None:
    assert places('a # b "c\nd // e # f\n') == [
        (Place.CODE, "a "),
        (Place.COMMENT, '# b "c'),
        (Place.CODE, "\nd "),
        (Place.COMMENT, "// e # f"),
        (Place.CODE, "\n"),
    ]


def test_a_comment_sign_in_a_string_begins_no_comment() -> None:
    assert places('a "# // b" c') == [(Place.CODE, "a "), (Place.STRING, "# // b"), (Place.CODE, " c")]


def test_an_escaped_quote_ends_no_string() -> None:
    assert places(r'"a\" # b" c') == [(Place.STRING, 'a" # b'), (Place.CODE, " c")]


def test_a_string_that_is_not_closed_on_its_line_is_code() -> None:
    assert places('"a # b\n"c"') == [(Place.CODE, '"a # b'), (Place.CODE, "\n"), (Place.STRING, "c")]


def test_each_character_of_a_string_knows_its_escape() -> None:
    (string,) = [region for region in regions(r'x "a\u0041\n\ud83d\ude00z"') if region.place is Place.STRING]
    assert string.text == "aA\n\U0001f600z"
    assert [string.extent(index) for index in range(5)] == [(3, 4), (4, 10), (10, 12), (12, 24), (24, 25)]


def test_an_unknown_escape_hides_nothing() -> None:
    (string,) = regions('"\\\u202e"')
    assert string == Region(Place.STRING, "\u202e", 1, (1, 3))


@given(TEXTS)
def test_no_character_of_a_text_is_left_out(text: str) -> None:
    seen = set()
    for region in regions(text):
        quotes = 1 if region.place is Place.STRING else 0
        first = region.extent(0)[0] if region.text else region.start
        last = region.extent(len(region.text) - 1)[1] if region.text else region.start
        seen |= set(range(first - quotes, last + quotes))
    assert seen == set(range(len(text)))


@given(TEXTS)
def test_regions_agree_with_the_lexer(text: str) -> None:
    try:
        lexed = lex(Source(text), DEFAULT_LIMITS)
    except IntentError:
        return
    found = list(regions(text))
    comments = [(region.start, region.start + len(region.text)) for region in found if region.place is Place.COMMENT]
    strings = [(region.start - 1, region.text) for region in found if region.place is Place.STRING]
    assert comments == list(lexed.comments)
    assert strings == [(token.start, token.text) for token in lexed.tokens if token.kind is Kind.STRING]


@given(st.text())
def test_a_json_string_means_what_json_says(words: str) -> None:
    (string,) = regions(json.dumps(words))
    assert string.text == words.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
