"""Views of a text: what it decodes to, where each character came from, and how much is made of a hostile text."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aethel.security.decoding import DEPTH, GROWTH, VIEWS, decode, views


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("%27%20or", "' or"),
        ("%2527", "'"),
        ("%u0027", "'"),
        ("%c0%a7", "'"),
        ("%e0%80%a7", "'"),
        ("%f0%80%80%a7", "'"),
        ("%E9t%E9", "été"),
        ("'+or+1=1", "' or 1=1"),
        (r"\x27 \u0027 \U00000027 \u{27} \47 \N{APOSTROPHE}", "' ' ' ' ' '"),
        (r"\' or \"", "' or \""),
        ("&#39; &#x27; &apos;", "' ' '"),
        ("&#39 &lt", "' <"),
        ("&amp;lt;b", "<b"),
        ("JyBvciAxPTEtLQ==", "' or 1=1--"),
        ("JyBvciAxPTEtLQ", "' or 1=1--"),
        ("0x27206f7220313d31", "' or 1=1"),
        ("27206f7220313d31", "' or 1=1"),
        ("+ADw-script+AD4-", "<script>"),
        ("＇ｏｒ＇", "'or'"),
        ("‘x’ “y” 5′", "'x' \"y\" 5'"),
        ("%4a%79%42%76%63%69%41%78%50%54%45%74%4c%51", "' or 1=1--"),
    ],
)
def test_an_encoding_is_undone(text: str, meaning: str) -> None:
    assert meaning in [view.text for view in views(text)]


@pytest.mark.parametrize("text", ["", "Landlord", "50% off & more", "INTERNATIONALISATION", "R&D", r"a\b"])
def test_ordinary_text_has_no_views(text: str) -> None:
    assert views(text) == ()


def test_a_view_says_how_it_was_made_and_where_its_characters_came_from() -> None:
    (once, twice) = views("a%2527b")
    assert (once.text, once.chain) == ("a%27b", ("percent",))
    assert (twice.text, twice.chain) == ("a'b", ("percent", "percent"))
    assert twice.extent(1, 2) == (1, 6)
    assert twice.extent(0, 3) == (0, 7)


def test_what_is_encoded_more_often_than_is_undone_is_known_to_be_left() -> None:
    text = "'"
    for _ in range(DEPTH):
        text = text.replace("%", "%25").replace("'", "%27")
    assert decode(text).complete
    assert not decode(text.replace("%", "%25")).complete


def test_hostile_text_makes_few_and_small_views() -> None:
    text = "".join(base64.b64encode(b"%2527&amp;\\x27" * 20).decode() + " ﷺ %u0041 " for _ in range(20))
    made = views(text)
    assert 1 < len(made) <= VIEWS
    assert sum(len(view.text) for view in made) <= GROWTH * len(text) + 256


_PIECES = st.sampled_from([
    "%", "%2", "%25", "%27", "%u00", "%u0027", "\\", "\\x", "\\x27", "\\N{", "\\u{110000}", "\\777", "&", "&#", "&#39",
    "&#xffffff;", "&lt", "+", "+AD", "+ADw-", "JyBv", "2720", "0x", "\ud800", "ﷺ", "’", "＇", "=", " ", "\0", "%ff%c0",
])  # fmt: skip


@given(st.lists(_PIECES, max_size=40).map("".join) | st.text(max_size=60))
def test_every_view_of_any_text_lies_within_it(text: str) -> None:
    for view in views(text):
        assert len(view.offsets) == len(view.text) + 1
        assert view.offsets[-1] == len(text)
        assert list(view.offsets) == sorted(view.offsets)
