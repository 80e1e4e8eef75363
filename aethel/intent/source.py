"""A source text: strict decoding, positions as spans, and the one error that reading raises inside the package."""

from __future__ import annotations

from bisect import bisect_right

from aethel.verdict import Finding, Span


class IntentError(Exception):
    """A text that is refused: `finding` says what was found and what was expected, with its span."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


class Source:
    """Text with line starts, so that any offset can be named by line and column, both counted from 1."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts: list[int] | None = None

    def span(self, start: int, end: int) -> Span:
        if self._starts is None:
            self._starts = [0]
            position = self.text.find("\n")
            while position >= 0:
                self._starts.append(position + 1)
                position = self.text.find("\n", position + 1)
        line = bisect_right(self._starts, start)
        return Span(start, end, line, start - self._starts[line - 1] + 1)

    def snippet(self, start: int, end: int) -> str:
        """The source between two offsets on one line, shortened to 200 code points, invisible characters as escapes."""
        piece = _visible(" ".join(self.text[start : min(end, start + 400)].split()))
        return piece if len(piece) <= 200 else piece[:199] + "…"

    def error(self, code: str, message: str, start: int, end: int) -> IntentError:
        """An error whose message begins with its line and column."""
        span = self.span(start, end)
        return IntentError(Finding(code=code, message=f"{span}: {message}", span=span))


def quoted(text: str) -> str:
    """User text in backticks, shortened, with everything that is not printable ASCII-safe written as an escape."""
    shown = text if len(text) <= 40 else text[:39] + "…"
    return "`" + _visible(shown).replace("`", "\\u0060") + "`"


def _visible(text: str) -> str:
    """Text with everything that does not print (controls, direction marks, joiners) written as an escape."""
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def decode(data: bytes, limit_bytes: int) -> Source:
    """Decode strict UTF-8 within the byte limit; raises IntentError (TOO_LARGE or ENCODING)."""
    if len(data) > limit_bytes:
        message = f"text of {len(data)} bytes is too large, expected at most {limit_bytes}"
        raise Source("").error("TOO_LARGE", message, 0, 0)
    try:
        return Source(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        readable = data[: error.start].decode("utf-8")
        source = Source(readable)
        found = f"0x{data[error.start]:02x}"
        raise source.error(
            "ENCODING",
            f"byte {found} at offset {error.start} is not UTF-8 ({error.reason}), expected strict UTF-8",
            len(readable),
            len(readable),
        ) from None
