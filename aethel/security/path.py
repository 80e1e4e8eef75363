"""Whether a path in the text leaves the folder it belongs to: components are counted, not searched for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from aethel.security.breakout import Breakout
from aethel.security.classes import SecurityClass, Weakness
from aethel.security.sink_names import SinkNames, sink_names

_WORD = re.compile(r"[^\s\"'<>|`={},]+")
_SEPARATOR = re.compile(r"[\\/]+")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{1,14}):(?=[\\/]{2}|[a-z])", re.IGNORECASE)
_HOST = re.compile(r"[a-z][a-z0-9+.-]{1,14}://[^\\/\s]*", re.IGNORECASE)
_DRIVE = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]:[\\/]+")
_UNC = re.compile(r"\\\\[\w.:\-?]+\\[\w.$-]")
_WRAPPER = re.compile(r"(?:convert\.(?:iconv|base64)|string\.rot13|zlib\.(?:de|in)flate)(?:[.\-|/]|$)")
_LONGEST_FILE = 64
_CLIMB = ".."


def breakouts(text: str) -> Iterator[Breakout]:
    """The first path that climbs, that is absolute and of the system, or that holds a NUL; linear in the text."""
    if "\0" in text:
        at = text.index("\0")
        yield Breakout(
            SecurityClass.BREAKOUT,
            at,
            at + 1,
            "ends a string early where a path or a name is read up to its NUL",
            "leave out the NUL character",
            Weakness.NULL_BYTE,
            Decimal("0.9"),
        )
        text = text.replace("\0", " ")
    names = sink_names()
    alone = _of_whole(text.strip().lower(), names) if len(text) < _LONGEST_FILE else ""
    if alone:
        yield _breakout(0, len(text), alone)
        return
    if "/" not in text and "\\" not in text and ":" not in text and "convert." not in text:
        return
    length = len(text.strip())
    for word in _WORD.finditer(text):
        path = word.group()
        if ("/" not in path and "\\" not in path and "convert." not in path) or len(path) < 2:
            continue
        reason = _of_word(path, names, whole=len(path) == length)
        if reason:
            yield _breakout(word.start(), word.end(), reason)
            return


def _of_whole(text: str, names: SinkNames) -> str:
    """What a text that is nothing but the name of a file reaches, or ""."""
    if text.startswith((".", "web-inf/", "meta-inf/")) and text.split("/", 1)[0] in names["path.hidden"]:
        return "a hidden file of a server"
    if _WRAPPER.match(text):
        return "a filter of a stream"
    if text in names["path.files"] and "." in text:
        return "a file of the system"
    return "a drive" if _DRIVE.fullmatch(text) else ""


def _breakout(start: int, end: int, reason: str) -> Breakout:
    return Breakout(
        SecurityClass.BREAKOUT,
        start,
        end,
        f"is read by a file system as {reason}",
        "write a name without separators, or a path below the folder that the value belongs to",
        Weakness.PATH_TRAVERSAL,
        Decimal("0.97"),
    )


def _of_word(word: str, names: SinkNames, *, whole: bool) -> str:
    """What makes a word without blanks a path that leaves its folder, or ""."""
    for scheme in _SCHEME.finditer(word):
        if scheme.group(1).lower() in names["path.schemes"] and word.startswith(("//", "\\\\"), scheme.end()):
            return f"an address of scheme `{scheme.group(1).lower()}`"
    if _WRAPPER.match(word):
        return "a filter of a stream"
    if "/" not in word and "\\" not in word:
        return ""
    if _UNC.match(word):
        return "a share of another machine"
    drive = _DRIVE.search(word)
    if drive is not None:
        return "an absolute path of a drive" if _is_drive_path(word[drive.end() :], names) else ""
    host = _HOST.search(word)
    path = word[host.end() :] if host else word
    reason = _of_path(path, names, whole=whole and host is None)
    if not reason and "..." in path:
        # A check that removes every `../` once leaves one of `....//`.
        reason = _of_path(path.replace("../", "").replace("..\\", ""), names, whole=False)
    return reason


def _is_drive_path(rest: str, names: SinkNames) -> bool:
    parts = [part for part in _SEPARATOR.split(rest) if part]
    return len(parts) > 1 or (
        len(parts) == 1 and ("." in parts[0].strip(".,;") or parts[0].lower() in names["path.roots"])
    )


def _of_path(path: str, names: SinkNames, *, whole: bool) -> str:
    """Normalise the path and see where it ends: above its folder, or in a folder of the system."""
    rooted = path[:1] in ("/", "\\")
    climbed = deepest = 0
    stack: list[str] = []
    for part in _SEPARATOR.split(path):
        name = part.strip("();,:=&?")
        if name == _CLIMB:
            climbed += 1
            if stack:
                stack.pop()
            else:
                deepest += 1
        elif name not in ("", "."):
            stack.append(name.lower())
    if deepest > 1 or climbed > 1:
        return "a climb out of its folder"
    first, last = (stack[0], stack[-1]) if stack else ("", "")
    if deepest == 1 and ((whole and len(path) > 2) or first in names["path.roots"] or last in names["path.files"]):
        return "a climb out of its folder"
    hidden = next((part for part in stack if part in names["path.hidden"]), "")
    if hidden and path[:1] in (".", "/", "\\", "~", hidden[0]):
        return "a hidden file of a server"
    telling = last in names["path.files"] or (rooted and (whole or len(stack) > 2 or first not in _WORDLIKE_ROOTS))
    if first in names["path.roots"] and len(stack) > 1 and telling:
        # A relative one reaches the system where a check has already removed what stood before it.
        return "a path of the system"
    if whole and rooted and first in names["path.roots"] and first not in _WORDLIKE_ROOTS:
        return "a folder of the system"
    return "a file of the system" if rooted and len(stack) == 1 and last in names["path.files"] and "." in last else ""


_WORDLIKE_ROOTS = frozenset({"home", "root", "private", "run", "lib", "boot", "windows", "bin", "dev", "temp"})
"""Roots that are ordinary words: a slash before one of them may stand in a memo."""
