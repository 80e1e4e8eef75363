"""The tokens of a text in their order, each with the comments before it, so that printing a tree loses none of them."""

from __future__ import annotations

from bisect import bisect_left

from aethel.intent.formatting_layout import Layout, NewLine, Note
from aethel.intent.lexer import Kind, Lexed, Token
from aethel.intent.source import Source


class Tokens:
    """A cursor over the tokens of a text that was parsed; parentheses are passed over where nobody asks for them."""

    def __init__(self, source: Source, lexed: Lexed) -> None:
        self._text = source.text
        self._tokens = lexed.tokens
        self._comments = lexed.comments
        self._position = 0
        self._comment = 0
        self._reached = 0

    def at(self, mark: str, ahead: int = 0) -> bool:
        """Whether the token so far ahead is this mark or word."""
        token = self._tokens[self._position + ahead]
        return token.text == mark and token.kind in (Kind.MARK, Kind.NAME)

    def take(self) -> Layout:
        """The next token that is no parenthesis, as it is spelled, after the comments before it."""
        while self.at("(") or self.at(")"):
            self._position += 1
        return self._emit()

    def parenthesis(self, mark: str) -> Layout:
        """A parenthesis, which the text need not have just here."""
        return self._emit() if self.at(mark) else mark

    def closing(self, mark: str) -> Layout:
        """The `;` or `,` at the end of something: comments before it follow it."""
        while self.at("(") or self.at(")"):
            self._position += 1
        self._pass()
        return mark

    def skip(self) -> None:
        """Pass over one token, which is not printed; comments before it stay for the next one."""
        self._pass()

    def lead(self, *, opening: bool = False) -> tuple[Layout, ...]:
        """The comments and the empty line before the next line; at the `opening` of a block it begins with no such.

        Comments that end the line before are the first of these.
        """
        ahead = self._position
        while self._tokens[ahead].text == "(" and self._tokens[ahead].kind is Kind.MARK:
            ahead += 1
        found = self._before(self._tokens[ahead].start, opening=opening)
        bare = opening and not any(isinstance(part, Note) and not part.trailing for part in found)
        return (
            found if bare or not self._is_apart(self._tokens[self._position].start) else (*found, NewLine(empty=True))
        )

    def end(self, *, opening: bool = False) -> tuple[Layout, ...]:
        """The comments before the end of a block or of the text, with the empty lines between them."""
        return self._before(self._tokens[self._position].start, opening=opening)

    def has_comment(self, start: int, end: int) -> bool:
        """Whether a comment begins between two offsets of the text."""
        return bisect_left(self._comments, (start, 0)) < bisect_left(self._comments, (end, 0))

    def start(self, ahead: int = 0) -> int:
        """Where the token so far ahead begins."""
        return self._tokens[self._position + ahead].start

    def start_behind(self, offset: int) -> int:
        """Where the first token begins that is not before an offset of the text."""
        return self._tokens[bisect_left(self._tokens, offset, key=lambda token: token.start)].start

    def _before(self, start: int, *, opening: bool) -> tuple[Layout, ...]:
        found: list[Layout] = []
        while self._comment < len(self._comments) and self._comments[self._comment][0] < start:
            begin, _ = self._comments[self._comment]
            apart = self._is_apart(begin)
            note = self._note()
            if apart and not note.trailing and not opening:
                found.append(NewLine(empty=True))
            opening = opening and note.trailing
            found.append(note)
        return tuple(found)

    def _emit(self) -> Layout:
        notes: list[Layout] = []
        start = self._tokens[self._position].start
        while self._comment < len(self._comments) and self._comments[self._comment][0] < start:
            notes.append(self._note())
        spelled = self._spelled(self._pass())
        return (*notes, spelled) if notes else spelled

    def _pass(self) -> Token:
        token = self._tokens[self._position]
        self._position += 1
        self._reached = max(self._reached, token.end)
        return token

    def _spelled(self, token: Token) -> str:
        return self._text[token.start : token.end]

    def _is_apart(self, start: int) -> bool:
        """Whether an empty line lies between what was printed last and an offset of the text."""
        return self._text.count("\n", self._reached, start) > 1

    def _note(self) -> Note:
        start, end = self._comments[self._comment]
        self._comment += 1
        note = Note(self._text[start:end].rstrip(" \t\r"), self._ends_a_line(start))
        self._reached = max(self._reached, end)
        return note

    def _ends_a_line(self, start: int) -> bool:
        """Whether a comment stands behind something on its line; parentheses that open there belong to what follows."""
        line = self._text.rfind("\n", 0, start) + 1
        return self._text[line:start].strip(" \t(") != ""
