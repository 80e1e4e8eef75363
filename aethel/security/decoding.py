"""What a text means once its encodings are undone: percent, base64, hexadecimal, escapes, entities, wide letters."""

from __future__ import annotations

import base64
import html
import re
import unicodedata
from collections.abc import Callable, Iterator
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
    offsets: tuple[int, ...]

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
    pending = [View(text, (), tuple(range(len(text) + 1)))] if _may_be_encoded(text) else []
    seen = {text}
    made: list[View] = []
    left = GROWTH * len(text) + 256
    for view in pending:
        for name, pieces in _DECODERS:
            changed = _apply(view, name, pieces)
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


_HINT = re.compile(r"[^ -~]|[%\\&+]|[A-Za-z0-9+/_-]{12}|0x|(?:[0-9A-Fa-f]{2}){4}")


def _may_be_encoded(text: str) -> bool:
    return _HINT.search(text) is not None


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
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{10,}+={0,2}")
_HEXADECIMAL = re.compile(r"(?<![0-9A-Za-z])(?:0x)?((?:[0-9A-Fa-f]{2}){4,}+)(?![0-9A-Za-z])")
_UTF7 = re.compile(r"\+([A-Za-z0-9+/]{3,}+)-?")
_BEST_FIT = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02b9\u02bc\u00b4", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"'),
}
_CURVED = re.compile(f"[{''.join(_BEST_FIT)}]")


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
    for index, character in enumerate(text) if changed else ():
        if character in changed:
            yield index, index + 1, meanings[character]


def _best_fit(text: str) -> Iterator[Piece]:
    """Typographic quotation marks as the ASCII ones that narrow character sets have for them."""
    for match in () if text.isascii() else _CURVED.finditer(text):
        yield match.start(), match.end(), _BEST_FIT[match.group()]


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

_DECODERS: tuple[tuple[str, Callable[[str], Iterator[Piece]]], ...] = (
    ("percent", _percent),
    ("form", _form),
    ("escapes", _escapes),
    ("entities", _entities),
    ("base64", _base64),
    ("hexadecimal", _hexadecimal),
    ("UTF-7", _utf7),
    ("compatibility forms", _wide),
    (_LAST, _best_fit),
)
