"""S11: template and expression syntax in a text, found by pairing the delimiters and reading what lies between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from aethel.security.breakout import Breakout
from aethel.security.classes import SecurityClass, Weakness
from aethel.security.sink_names import SinkNames, sink_names

_START = re.compile(r"\{\{|\{%|[$#*@~%!]\{|@\(|\{(?=[\w$/@])|<%|<\?|<#|</#|#[a-z]|\$!?[A-Za-z_]")
_TOKEN = re.compile(
    r"(?P<close>\}\}|%\}|%>|\?>|[})\]])"
    r"|(?P<open>\{\{|\{%|[$#*@~%!]\{|@\(|[{(\[])"
    r"|(?P<name>[^\W\d]\w*)"
    r"|(?P<number>\d+(?:\.\d+)*\w*)"
    r"""|(?P<text>"(?:[^"\\]|\\.){0,400}"|'(?:[^'\\]|\\.){0,400}'|`[^`]{0,400}`)"""
    r"|(?P<blank>\s+)"
    r"|(?P<operator>[-+*/%&|!=<>?:.,;~^$#@\\]+?)"
    r"|(?P<other>.)",
    re.DOTALL,
)
_CLOSERS = {"{{": "}}", "{%": "%}", "(": ")", "[": "]", "@(": ")", "<%": "%>", "<?": "?>"}
_DEPTH = 64
"""Frames that may be open at once: deeper nesting is an attack on the reader and is reported as such."""
_TEMPLATE_ADVICE = "write the value without template delimiters, or escape them for the engine"


@dataclass(slots=True)
class _Frame:
    """What was read since one opening delimiter: the shape of an expression, or that of prose."""

    opener: str
    start: int
    operands: int = 0
    names: int = 0
    operators: int = 0
    calls: int = 0
    reaches: bool = False
    variable: bool = False
    prose: bool = False
    first: str = ""
    last: str = ""
    blank: bool = False
    grouped: bool = False
    kinds: list[str] = field(default_factory=list)

    @property
    def closer(self) -> str:
        return _CLOSERS.get(self.opener, "}")

    def operand(self, kind: str, text: str, names: SinkNames) -> None:
        """Take a name, number, literal or closed group; two in a row are prose unless a keyword joins them."""
        if kind == "name":
            self.first = self.first or text
            if text in names["templates.words"]:
                self.operators += 1
                self.last = "operator"
                return
            self.names += 1
            self.reaches = self.reaches or (text.startswith("__") and text.endswith("__") and len(text) > 4)
            self.variable = self.variable or self.kinds[-1:] in (["$"], ["#"])
        if self.last == "operand" and kind not in ("group", "text"):
            self.prose = True
        if kind == "group":
            self.calls += self.last == "operand" and not self.blank
            self.grouped = self.grouped or not self.operands
        self.operands += 1
        self.last = "operand"

    def is_expression(self) -> bool:
        """Whether the engine that owns the delimiter would evaluate the content."""
        if self.reaches or (self.calls and self.kinds.count(".") > 1):
            return True
        if self.opener in ("<%", "<?"):
            return self.operands > 0
        if not self.operands or self.prose:
            return False
        match self.opener:
            case "{{" | "${":
                return bool(self.names or self.operators or self.calls)
            case "{%":
                return self.names > 0 or self.operators > 0
            case "#{":
                return bool(self.names or self.calls) or self._computes()
            case "%{" | "*{" | "~{" if self.variable:
                return True
            case "@{":
                return self.grouped or self.calls > 0 or self.variable
            case _:
                return (self.variable and "$" in self.kinds) or bool(self.calls and not self.blank) or self._computes()

    def _computes(self) -> bool:
        return self.operands > 1 and self.names == 0 and bool({"*", "+", "%"} & set(self.kinds))


def breakouts(text: str) -> Iterator[Breakout]:
    """The first template expression of the text, the first format string, or neither; linear in the text."""
    if _START.search(text) is not None:
        yield from _expressions(text)
    yield from _format_strings(text)


def _expressions(text: str) -> Iterator[Breakout]:
    names = sink_names()
    frames: list[_Frame] = []
    opened_tags: set[str] = set()
    at = 0
    while at < len(text):
        if not frames:
            found = _START.search(text, at)
            if found is None:
                return
            at = found.start()
            end = _statement(text, at, opened_tags, names)
            if end:
                yield _template(at, end, "a statement of a template engine")
                return
            opener = found.group()
            if opener[0] in "<#$" and opener[-1] not in "{%?":
                at += 1
                continue
            frames.append(_Frame(opener, at))
            at = found.end()
            continue
        token = _TOKEN.match(text, at)
        if token is None:
            return
        at = token.end()
        if token.lastgroup == "text" and "{" in token.group():
            # Engines look for delimiters before quotes, so only the quote itself is read.
            frames[-1].last = "operator"
            at = token.start() + 1
            continue
        hit = _feed(frames, token, names)
        if hit is not None:
            yield _template(hit.start, at, f"an expression between `{hit.opener}` and `{hit.closer}`")
            return
        if len(frames) > _DEPTH:
            yield _template(frames[0].start, at, "delimiters nested deeper than any template")
            return


def _feed(frames: list[_Frame], token: re.Match[str], names: SinkNames) -> _Frame | None:
    """Let the innermost frame read one token; the frame that it closes, when that is an expression."""
    frame, text = frames[-1], token.group()
    match token.lastgroup:
        case "open":
            frames.append(_Frame(text, token.start()))
        case "close":
            # `}}` may be two single closers, as in a dictionary within `${`.
            if text != frame.closer and text[0] != frame.closer:
                frame.prose = True
                if text in ("}}", "%}", "?>", "%>"):
                    frames.clear()
                return None
            frames.pop()
            plain = frame.opener in ("(", "[", "{")
            if not (plain and frames) and frame.is_expression():
                return frame
            if frames:
                outer = frames[-1]
                outer.reaches = outer.reaches or frame.reaches
                outer.names += frame.names
                outer.operators += frame.operators
                outer.variable = outer.variable or frame.variable
                outer.operand("group", text, names)
                outer.blank = False
                if len(text) == 2 and frame.closer == "}":
                    frames.pop()
                    return outer if outer.is_expression() else None
        case "blank":
            frame.blank = True
        case "operator":
            frame.operators += 1
            frame.kinds.append(text)
            frame.last = "operator"
            frame.blank = False
        case "other":
            frame.prose = True
        case kind:
            frame.operand(str(kind), text, names)
            frame.kinds.append("operand")
            frame.blank = False
    return None


_WORD = re.compile(r"[A-Za-z][\w:]*")


def _statement(text: str, at: int, opened: set[str], names: SinkNames) -> int:
    """End of a statement that starts at `at` and needs no closed expression; 0 when there is none."""
    if text.startswith(("<?php", "<?=", "<?xml"), at):
        return at + 3
    if text.startswith(("<#", "</#"), at):
        word = _WORD.match(text, text.index("#", at) + 1)
        if (
            word is not None
            and word.group() in names["templates.freemarker"]
            and text[word.end() : word.end() + 1] in " >"
        ):
            return word.end()
    if text.startswith("#", at):
        word = _WORD.match(text, at + 1)
        if word is not None and word.group() in names["templates.velocity"] and text.startswith("(", word.end()):
            return word.end() + 1
    if text.startswith("{", at):
        closing = text.startswith("{/", at)
        word = _WORD.match(text, at + 1 + closing)
        if word is not None and word.group() in names["templates.smarty"]:
            if closing and word.group() in opened:
                return word.end() + 1
            opened.add(word.group())
    if text.startswith("$", at):
        return _velocity_call(text, at)
    return 0


_REFERENCE = re.compile(r"\$!?[A-Za-z_]\w{0,63}(?:\.[A-Za-z_]\w{0,63}){1,8}\(")


def _velocity_call(text: str, at: int) -> int:
    """End of `$name.method(`: a call by Velocity's reference grammar, which no prose holds."""
    call = _REFERENCE.match(text, at)
    return call.end() if call else 0


_FORMAT = re.compile(
    r"%(?:\d+\\?\$|\*\\?\$)?[-+#0]*(?:\*|\d+)?(?:\.(?:\*|\d+)?)?(?:hh?|ll?|[jztL])?(?:\d+\\?\$)?([diouxXeEfFgGaAcspSn])"
)
_PERCENT_CODE = re.compile(r"%[0-9A-Fa-f]{2}")


def _format_strings(text: str) -> Iterator[Breakout]:
    """Conversion specifications of C's printf (ISO C 7.23.6.1): two of them, or one that writes or shows memory."""
    plain = 0
    for found in _FORMAT.finditer(text):
        if not _is_percentage(text, found):
            plain += 1
            strong = found.group(1) in "np" or "*" in found.group() or "$" in found.group()
            if strong or plain > 1:
                yield Breakout(
                    SecurityClass.TEMPLATES,
                    *found.span(),
                    "is read as a format string",
                    "write a percent sign as `%%` wherever the text reaches a format function",
                    Weakness.FORMAT_STRING,
                    Decimal("0.9"),
                )
                return


def _is_percentage(text: str, found: re.Match[str]) -> bool:
    """Whether the sign is that of a percentage or of a percent-encoded character rather than a conversion."""
    before, after = text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1]
    if before.isdigit() or before == "%" or (after.isalpha() and after.isascii() and found.group(1) not in "n"):
        return True
    code = _PERCENT_CODE.match(text, found.start())
    return code is not None and not (0 < int(code.group()[1:], 16) < 0x20 and found.end() > code.end())


def _template(start: int, end: int, what: str) -> Breakout:
    return Breakout(
        SecurityClass.TEMPLATES,
        start,
        end,
        f"is evaluated by a template engine: {what}",
        _TEMPLATE_ADVICE,
        Weakness.TEMPLATE_ENGINE,
        Decimal("0.98"),
    )
