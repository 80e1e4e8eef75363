"""What a text means once its encodings are undone: percent, base64, hexadecimal, escapes, entities, wide letters."""

from __future__ import annotations

import base64
import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

DEPTH = 5
"""Encodings inside one another that are undone; no sink decodes as often."""

VIEWS = 24
"""Views of one text: every encoding of this module in four others."""

GROWTH = 8
"""Characters of all views together, for each character of the text, besides a few."""

Piece = tuple[int, int, str]
"""The characters at `start` to `end`, half-open, and what they mean."""


@dataclass(frozen=True, slots=True)
class View:
    """A text as a sink would see it that undoes the encodings of `chain`, outermost first.

    Character i of `text` came from `offsets[i]` to `offsets[i + 1]` of the original; the last element is its end.
    """

    text: str
    chain: tuple[str, ...]
    offsets: Sequence[int]

    def extent(self, start: int, end: int) -> tuple[int, int]:
        """Where characters `start` to `end` of the view stand in the original."""
        return self.offsets[start], self.offsets[max(start, end)]


@dataclass(frozen=True, slots=True)
class Decoded:
    """All views of a text, without the text itself; not `complete` where more are hidden in it than are made."""

    views: tuple[View, ...]
    complete: bool


def decode(text: str) -> Decoded:
    """Every distinct view of a text, fewest encodings first. Cost is linear in the text; never raises."""
    pending = [View(text, (), range(len(text) + 1))] if _may_be_encoded(text) else []
    seen = {text}
    made: list[View] = []
    left = GROWTH * len(text) + 256
    for view in pending:
        with_runs = _may_hold_runs(view.text)
        for name, pieces in _DECODERS:
            if name in _IN_RUNS and not with_runs:
                continue
            changed = _best_fit(view) if pieces is None else _apply(view, name, pieces)
            if changed is None or changed.text in seen:
                continue
            left -= len(changed.text)
            if left < 0 or len(made) == VIEWS or len(changed.chain) > DEPTH:
                return Decoded(tuple(made), complete=False)
            seen.add(changed.text)
            made.append(changed)
            if name != _LAST:
                pending.append(changed)
    return Decoded(tuple(made), complete=True)


def views(text: str) -> tuple[View, ...]:
    """The views of `decode`."""
    return decode(text).views


_SIGNS = ("%", "\\", "&", "+", "0x")
_RUN = re.compile(r"[A-Za-z0-9+/_-]{12}|[0-9A-Fa-f]{8}")
# Its first class stands by itself, so that a search skips at once to a character of it.
_ANY_RUN = re.compile(r"[A-Za-z0-9+/_-][A-Za-z0-9+/_-]{7}")
_SHORTEST_RUN = 8
"""Characters of the shortest run that base64 and hexadecimal numbers are looked for in; no run has a blank in it."""


def _may_be_encoded(text: str) -> bool:
    if not (text.isascii() and text.isprintable()) or any(sign in text for sign in _SIGNS):
        return True
    return _may_hold_runs(text) and _RUN.search(text) is not None


def _may_hold_runs(text: str) -> bool:
    return max(map(len, text.split()), default=0) >= _SHORTEST_RUN and _ANY_RUN.search(text) is not None


def _apply(view: View, name: str, pieces: Callable[[str], Iterator[Piece]]) -> View | None:
    """The view with every piece replaced by its meaning; None where nothing changes."""
    parts: list[str] = []
    offsets: list[int] = []
    done = 0
    for start, end, meaning in pieces(view.text):
        parts += (view.text[done:start], meaning)
        offsets += view.offsets[done:start]
        offsets += [view.offsets[start]] * len(meaning)
        done = end
    if not done:
        return None
    parts.append(view.text[done:])
    offsets += view.offsets[done:]
    return View("".join(parts), (*view.chain, name), tuple(offsets))


_PERCENT = re.compile(r"%(?:u[0-9A-Fa-f]{4}|[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2})*+)")
_PLUS = re.compile(r"\+")
_ESCAPE = re.compile(
    r"""\\(?:x(?P<x>[0-9A-Fa-f]{2})|u(?P<u>[0-9A-Fa-f]{4})|U(?P<U>[0-9A-Fa-f]{8})|u\{(?P<b>[0-9A-Fa-f]{1,6})\}
      |N\{(?P<name>[A-Za-z0-9 -]{1,80})\}|(?P<octal>[0-7]{2,3})|(?P<short>['"`\\/ntr]))""",
    re.VERBOSE,
)
_SHORT = {"n": "\n", "t": "\t", "r": "\r"}
_ENTITY = re.compile(r"&(?:\#[0-9]{1,7}|\#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?")
# A match takes its whole run, so that no other one begins within it.
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{10,}+={0,2}")
_HEXADECIMAL = re.compile(r"(?<![0-9A-Za-z])(?:0x)?((?:[0-9A-Fa-f]{2}){4,}+)(?![0-9A-Za-z])")
_UTF7 = re.compile(r"\+([A-Za-z0-9+/]{3,}+)-?")
_BEST_FIT = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02b9\u02bc\u00b4", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"'),
}


def _percent(text: str) -> Iterator[Piece]:
    for match in _PERCENT.finditer(text):
        found = match.group()
        if found[1] == "u":
            yield match.start(), match.end(), _character(int(found[2:], 16))
        else:
            yield match.start(), match.end(), _octets(bytes.fromhex(found.replace("%", "")))


def _form(text: str) -> Iterator[Piece]:
    """A plus sign as a blank, as forms send it; a text that has blanks was not sent so."""
    if " " not in text:
        for match in _PLUS.finditer(text):
            yield match.start(), match.end(), " "


def _escapes(text: str) -> Iterator[Piece]:
    for match in _ESCAPE.finditer(text):
        kind, value = match.lastgroup, match[match.lastgroup or 0]
        match kind:
            case "name":
                try:
                    meaning = unicodedata.lookup(value)
                except KeyError:
                    continue
            case "short":
                meaning = _SHORT.get(value, value)
            case "octal":
                meaning = _character(int(value, 8))
            case _:
                meaning = _character(int(value, 16))
        yield match.start(), match.end(), meaning


def _entities(text: str) -> Iterator[Piece]:
    for match in _ENTITY.finditer(text):
        meaning = html.unescape(match.group())
        if meaning != match.group():
            yield match.start(), match.end(), meaning


def _base64(text: str) -> Iterator[Piece]:
    for match in _BASE64.finditer(text):
        digits = match.group().rstrip("=").replace("-", "+").replace("_", "/")
        if len(digits) % 4 == 1:
            continue
        meaning = _printable(base64.b64decode(digits + "=" * (-len(digits) % 4)))
        if meaning is not None:
            yield match.start(), match.end(), meaning


def _hexadecimal(text: str) -> Iterator[Piece]:
    for match in _HEXADECIMAL.finditer(text):
        meaning = _printable(bytes.fromhex(match[1]))
        if meaning is not None:
            yield match.start(), match.end(), meaning


def _utf7(text: str) -> Iterator[Piece]:
    """Letters as UTF-7 shifts them (RFC 2152): base64 of UTF-16 between a plus sign and a hyphen."""
    for match in _UTF7.finditer(text):
        digits = match[1]
        octets = base64.b64decode(digits + "A" * (-len(digits) % 4))[: len(digits) * 3 // 4]
        try:
            meaning = octets[: len(octets) // 2 * 2].decode("utf-16-be")
        except UnicodeDecodeError:
            continue
        if meaning.isascii() and meaning.isprintable() and meaning:
            yield match.start(), match.end(), meaning


def _wide(text: str) -> Iterator[Piece]:
    """Compatibility forms as what they are compatible with (NFKC), such as full-width letters.

    A part of a normalized text is normalized (UAX #15, section 9), so that one look at the whole is mostly enough.
    """
    if unicodedata.is_normalized("NFKC", text):
        return
    meanings = {character: unicodedata.normalize("NFKC", character) for character in set(text)}
    changed = {character for character, meaning in meanings.items() if meaning != character}
    places = _places(text, changed) if len(changed) <= _LOOKED_FOR else range(len(text))
    for index in places:
        if text[index] in changed:
            yield index, index + 1, meanings[text[index]]


_LOOKED_FOR = 8
"""Characters that are looked for one after another; of more of them, each place of the text is looked at."""


def _places(text: str, characters: Iterable[str]) -> list[int]:
    """Where any of a few characters stands, in order."""
    found: list[int] = []
    for character in characters:
        at = text.find(character)
        while at >= 0:
            found.append(at)
            at = text.find(character, at + 1)
    return sorted(found)


def _best_fit(view: View) -> View | None:
    """Typographic quotation marks as the ASCII ones that narrow character sets have for them, one for one."""
    text = view.text
    for mark, plain in () if text.isascii() else _BEST_FIT.items():
        text = text.replace(mark, plain)
    return None if text == view.text else View(text, (*view.chain, _LAST), view.offsets)


def _octets(octets: bytes) -> str:
    """Octets as lenient sinks read them: UTF-8 with overlong forms, else one character for each octet."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return _OVERLONG.sub(_short_form, octets).decode("utf-8", "surrogateescape").translate(_LATIN)


_OVERLONG = re.compile(rb"[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f][\x80-\xbf]|\xf0\x80[\x80-\xbf][\x80-\xbf]")
_LATIN = {0xDC00 + octet: chr(octet) for octet in range(0x80, 0x100)}


def _short_form(match: re.Match[bytes]) -> bytes:
    code = 0
    for octet in match.group():
        code = code << 6 | octet & (0x3F if octet < 0xC0 else 0x1F if octet < 0xE0 else 0x0F)
    return chr(code).encode()


def _character(code: int) -> str:
    """A character; where there is none, the replacement character."""
    return chr(code) if code < 0xD800 or 0xDFFF < code <= 0x10FFFF else "\ufffd"


def _printable(octets: bytes) -> str | None:
    """Octets as text where they are printable text, which octets by chance hardly ever are."""
    for encoding in ("utf-8", "utf-16-le"):
        try:
            text = octets.decode(encoding)
        except UnicodeDecodeError:
            continue
        plain = sum(" " <= character <= "~" or character in "\t\r\n" for character in text)
        if text and plain == len(text):
            return text
    return None


_LAST = "best fit"
"""The decoder behind which no other finds anything: no encoding has a quotation mark."""

_IN_RUNS = frozenset({"base64", "hexadecimal"})
"""The decoders of long runs of letters and digits, of which most texts have none."""

_DECODERS: tuple[tuple[str, Callable[[str], Iterator[Piece]] | None], ...] = (
    ("percent", _percent),
    ("form", _form),
    ("escapes", _escapes),
    ("entities", _entities),
    ("base64", _base64),
    ("hexadecimal", _hexadecimal),
    ("UTF-7", _utf7),
    ("compatibility forms", _wide),
    (_LAST, None),
)
