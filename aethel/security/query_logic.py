"""Whether what follows a value changes the query it stands in: a walk over its tokens by the grammar of expressions."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from aethel.security.query_fragments import COMPARISONS, ENDS, TERMS, is_case, is_whole
from aethel.security.query_statements import STATEMENT_WORDS, Weight, is_call, selection, statement
from aethel.security.query_tokens import Kind, Reader, Token, Tokens
from aethel.security.sink_names import sink_names

_CONDITIONS = frozenset({"and", "or", "xor", "||", "&&", "where", "having", "when"})
_COMPARING_WORDS = frozenset({"like", "rlike", "regexp", "ilike", "glob", "in", "between", "is"})
_ARITHMETIC = frozenset({"+", "-", "*", "/", "%", "&", "|", "^"})
_PREFIXES = frozenset(
    {"not", "binary", "distinct", "all", "any", "some", "case", "interval", "new", "-", "+", "~", "!"}
)
_SETS = frozenset({"union", "intersect", "except", "minus"})
_NEVER_BEHIND = (Kind.STRING, Kind.OPEN_STRING, Kind.NUMBER, Kind.VARIABLE, Kind.OTHER)
"""What no query has behind a literal: a walk ends at once, having looked at one token more, as every walk does."""

_CONSTANTS = frozenset({"null", "true", "false", "unknown"})
_CONTINUING = (_CONDITIONS | _SETS | {"like", "rlike", "regexp", "ilike"}) - {"when"}
_NO_NAMES = _CONDITIONS | _COMPARING_WORDS | _SETS


CONTINUING_WORDS = (
    _NO_NAMES | STATEMENT_WORDS | frozenset({"not", "order", "group", "limit", "offset", "procedure", "div", "mod"})
)
"""The words with which a query can go on behind a literal."""

_DELAYS = frozenset({"sleep", "user", "version", "database"})
_SWALLOWS = re.compile(r"\s*[-+]?\s*\w{0,2}\s*['\"]?\s*;?\s*")
"""A comment that is there for what it hides, and says nothing itself."""


class _Step(Enum):
    """What the walk expects next, or what it found."""

    OPERAND = "operand"
    OPERATOR = "operator"
    CHANGES = "changes the query"
    HARMLESS = "harmless"


class _Value(NamedTuple):
    """An operand: the same for every row, or a name, which may be a column or prose."""

    constant: bool
    name: str = ""


_NOTHING = _Value(constant=False)


class _Walk:
    """One walk. `mark` is the quotation mark that ended the literal before it, empty for a value without marks.

    `joined` says that a condition was joined or opened, `signed` that it was by a sign, `compared` that two operands
    were compared, `constant` that an operand is the same for every row, `called` that a function is called, `known`
    that it is one of SQL, and `leading` that in front of the first operator stands nothing that a name could begin
    with. `behind` says that other text stands before the start, so that only what prose has nowhere counts.
    """

    joined = signed = compared = constant = called = known = False

    def __init__(self, reader: Reader, start: int, mark: str, *, behind: bool) -> None:
        self.text = reader.text
        self.tokens = Tokens(reader, start)
        self.mark = mark
        self.behind = behind
        self.start = start
        self.index = 0
        self.leading = bool(mark)
        self.left = _Value(constant=bool(mark))
        self.comparing: _Value | None = None
        self.calls: list[bool] = []

    def changes(self) -> bool:
        """Walk until the query is changed, or until the tokens are no query any more."""
        step = _Step.OPERATOR if self.mark else self._start()
        while True:
            if step is _Step.OPERAND:
                step = self._operand()
            elif step is _Step.OPERATOR:
                step = self._operator()
            else:
                return step is _Step.CHANGES

    def _start(self) -> _Step:
        """A value without marks may be an operand, or follow one, or be a statement."""
        first = self.tokens[0]
        if statement(self.tokens, 0) is Weight.SYNTAX or (not self.behind and is_whole(self.tokens)):
            return _Step.CHANGES
        if first.text == "as" and self.tokens[2].text in ("where", "having", "union"):
            self.index, first = 2, self.tokens[2]
        follows = first.kind in (Kind.CLOSE, Kind.COMMA, Kind.SEMICOLON) or first.text in _CONTINUING
        self.joined = first.text in ("rlike", "regexp", "ilike")
        self.leading = not self.behind and (follows or first.kind in (Kind.STRING, Kind.NUMBER))
        return _Step.OPERATOR if follows or self._is_ordering() else _Step.OPERAND

    def _operator(self) -> _Step:
        token = self.tokens[self.index]
        following = self.tokens[self.index + 1]
        match token.kind:
            case Kind.OPERATOR | Kind.WORD:
                return self._joining(token)
            case Kind.CLOSE:
                if self.calls:
                    self.calls.pop()
                else:
                    self.leading = True
                self.index += 1
                return _Step.OPERATOR
            case Kind.COMMA:
                self.comparing = None
                return self._skip(1)
            case Kind.SEMICOLON:
                return self._sequel()
            case Kind.STRING | Kind.OPEN_STRING if self.left.constant and self.index:
                # Literals side by side are one literal.
                return self._end(token) if token.kind is Kind.OPEN_STRING else self._completed(self.left)
            case Kind.OPEN if self.left.constant:
                selects = following.text == "select" and selection(self.tokens, self.index + 2) is Weight.SYNTAX
                return _Step.CHANGES if selects and self.mark else self._open(call=False)
            case Kind.TAIL | Kind.END:
                return self._end(token)
            case _:
                return _Step.HARMLESS

    def _joining(self, token: Token) -> _Step:
        """An operator or a word where an operator must stand."""
        name = token.text
        if name in _CONDITIONS:
            self.joined, self.comparing = True, None
            self.signed = self.signed or token.kind is Kind.OPERATOR
            return self._skip(1)
        negated = 1 if name in ("not", "is") and self.tokens[self.index + 1].text in ("not", *_COMPARING_WORDS) else 0
        if name in COMPARISONS or name in _COMPARING_WORDS or negated:
            self.comparing = self.left
            return self._skip(1 + negated)
        if name in _SETS:
            return self._set()
        if self._is_ordering():
            return self._ordering()
        if name in _ARITHMETIC or (name in ("div", "mod") and self._next().kind is Kind.NUMBER):
            return self._skip(1)
        if name in ("asc", "desc") or (self.calls and name in ("as", "from", "using", "for")):
            return self._skip(1)
        return _Step.CHANGES if statement(self.tokens, self.index) is Weight.SYNTAX else _Step.HARMLESS

    def _operand(self) -> _Step:
        token = self.tokens[self.index]
        match token.kind:
            case Kind.WORD:
                return self._named(token)
            case Kind.STRING | Kind.NUMBER:
                return self._completed(_Value(constant=True, name=token.text))
            case Kind.VARIABLE:
                if token.text[1] == "@" and (self.joined or self.mark):
                    return _Step.CHANGES
                return self._completed(_Value(constant=True))
            case Kind.OPEN_STRING | Kind.TAIL | Kind.END:
                return self._end(token)
            case Kind.OPEN:
                return self._open(call=False)
            case Kind.CLOSE if self.calls and self.calls[-1]:
                return _Step.OPERATOR
            case Kind.OPERATOR if token.text in _PREFIXES:
                return self._skip(1)
            case _:
                return _Step.HARMLESS

    def _named(self, token: Token) -> _Step:
        """A word where an operand must stand."""
        if token.text in _CONSTANTS:
            if self.joined and self.leading and self.index < 3 and self._next().kind in ENDS:
                return _Step.CHANGES
            return self._completed(_Value(constant=True))
        if is_call(self.tokens, self.index):
            return self._call(token)
        if (
            token.text == "exists"
            and self.joined
            and self.calls
            and not self.behind
            and self._next().kind is Kind.CLOSE
        ):
            return _Step.CHANGES
        if token.text == "select" and self.joined and self.mark and self._next().text == "*":
            return _Step.CHANGES
        if token.text == "case":
            return _Step.CHANGES if is_case(self.tokens, self.index) else self._skip(1)
        if token.text in _PREFIXES or (token.text in ("exists", "row") and self._next().kind is Kind.OPEN):
            return self._skip(1)
        if token.text in _NO_NAMES:
            return _Step.HARMLESS
        return self._completed(_Value(constant=False, name=token.text))

    def _call(self, token: Token) -> _Step:
        """A function: of values, of nothing or of another one, none of which a remark in brackets has."""
        inside = self.tokens[self.index + 2]
        certain = inside.kind is not Kind.WORD or is_call(self.tokens, self.index + 2) or inside.text == "select"
        # Technical prose names functions with empty brackets.
        certain = certain and (inside.kind is not Kind.CLOSE or self.mark != "")
        nested = is_call(self.tokens, self.index + 2) and self.tokens[self.index + 4].kind is not Kind.WORD
        nested = nested or (inside.kind is not Kind.WORD and self.calls != [] and self.calls[-1])
        method = "." in token.text and inside.text in ("{", "/")
        if nested or method or (certain and self.joined and self.leading):
            return _Step.CHANGES
        compared = self.comparing is not None and self.comparing.constant
        if self.joined and compared and (certain or self.leading):
            return _Step.CHANGES
        self.called = True
        self.known = self.known or token.text in sink_names()["query.functions"] or token.text in _DELAYS
        self.constant = self.constant or certain
        self.index += 1
        return self._open(call=True)

    def _open(self, *, call: bool) -> _Step:
        inside = self._next()
        if inside.text == "select":
            found = selection(self.tokens, self.index + 2)
            if found is Weight.SYNTAX or (found is Weight.WORDS and self.joined and self.leading):
                return _Step.CHANGES
        self.calls.append(call)
        self.left = _NOTHING
        return self._skip(1)

    def _completed(self, value: _Value) -> _Step:
        """An operand ends here; what it is compared with decides."""
        before, self.comparing = self.comparing, None
        self.left = value
        self.constant = self.constant or value.constant
        self.index += 1
        if self.mark and self.signed and value.constant:
            return _Step.CHANGES
        if before is None:
            return _Step.OPERATOR
        if self.leading and "%" in value.name and self.tokens[self.index - 2].text == "like":
            return _Step.CHANGES
        self.compared = True
        constant = before.constant and value.constant
        same = before.name != "" and before.name == value.name
        told = same or (not self.behind and (constant or (self.mark != "" and value.constant)))
        if self.joined and told and self._goes_on():
            return _Step.CHANGES
        if self.calls and same and constant:
            return _Step.CHANGES
        return _Step.OPERATOR

    def _goes_on(self) -> bool:
        """Whether what stands behind an operand may stand there; an unknown word may not."""
        token = self.tokens[self.index]
        if token.kind is not Kind.WORD or token.text in _NO_NAMES or self._is_ordering():
            return True
        return token.text in ("as", "into", "not", "for") or statement(self.tokens, self.index) is Weight.SYNTAX

    def _set(self) -> _Step:
        """`union select` and its like, also in brackets."""
        index = self.index + 1
        while self.tokens[index].text in ("all", "distinct") or self.tokens[index].kind is Kind.OPEN:
            index += 1
        if self.tokens[index].text not in ("select", "values"):
            return _Step.HARMLESS
        found = selection(self.tokens, index + 1)
        ends = self.tokens[index + 1].kind in ENDS and bool(self.mark)
        values = found is Weight.WORDS and self.tokens[index + 1].kind in (Kind.NUMBER, Kind.STRING)
        return _Step.CHANGES if found is Weight.SYNTAX or ends or values else _Step.HARMLESS

    def _is_ordering(self) -> bool:
        token = self.tokens[self.index]
        if token.text in ("order", "group"):
            return self._next().text == "by"
        return token.text in ("limit", "offset", "procedure") and self._next().kind in (Kind.NUMBER, Kind.WORD)

    def _ordering(self) -> _Step:
        """A clause behind the condition: it changes the query where its terms are values, and end as a query does."""
        index = self.index + (2 if self.tokens[self.index + 1].text == "by" else 1)
        term, behind = self.tokens[index], self.tokens[index + 1]
        if term.kind is Kind.NUMBER and (
            behind.kind in (Kind.TAIL, Kind.SEMICOLON, Kind.COMMA) or behind.text == "offset"
        ):
            return _Step.CHANGES
        if is_call(self.tokens, index):
            certain = self.tokens[index + 2].kind is not Kind.WORD or is_call(self.tokens, index + 2)
            return _Step.CHANGES if certain else _Step.HARMLESS
        if term.kind is Kind.NUMBER and behind.kind in (Kind.END, Kind.OPEN_STRING):
            return _Step.CHANGES if self.mark or self._is_typed() else _Step.HARMLESS
        while term.kind is Kind.WORD and behind.kind is Kind.COMMA and index < self.index + TERMS:
            index += 2
            term, behind = self.tokens[index], self.tokens[index + 1]
        if term.kind is Kind.WORD and behind.text == "having":
            self.index = index + 1
            return _Step.OPERATOR
        if term.kind is Kind.WORD and behind.text in ("desc", "asc") and self.mark:
            return _Step.CHANGES
        return _Step.HARMLESS

    def _is_typed(self) -> bool:
        """Whether the text is a clause behind nothing or a number, and is not written as a sentence begins."""
        word = self.text[self.tokens[self.index].start : self.tokens[self.index].end]
        alone = self.index == 0 or (self.index == 1 and self.tokens[0].kind is Kind.NUMBER)
        return alone and not self.behind and (word.islower() or word.isupper())

    def _sequel(self) -> _Step:
        """What follows a semicolon: a statement, or nothing a query has."""
        found = statement(self.tokens, self.index + 1)
        first = self._next()
        if found is Weight.SYNTAX or (found is Weight.WORDS and (self.mark or first.text != "select")):
            assigns = self.tokens[self.index + 2].text == "="
            return _Step.HARMLESS if assigns and not self.mark else _Step.CHANGES
        if first.kind is Kind.TAIL and (self.mark or self.joined):
            return _Step.CHANGES
        if first.kind is Kind.END and self.joined and self.compared:
            return _Step.CHANGES
        if is_call(self.tokens, self.index + 1) and self.mark:
            return _Step.CHANGES
        if first.kind is Kind.OPEN or is_call(self.tokens, self.index + 1):
            self.joined = self.leading = True
            return self._skip(1)
        return _Step.HARMLESS

    def _end(self, token: Token) -> _Step:
        """The end of the text: what was walked over is a query, and must be one that a person would not write."""
        changed = self.compared or self.comparing is not None or self.called
        if token.kind is Kind.TAIL:
            swallows = _SWALLOWS.fullmatch(token.text) is not None
            if not self.mark and not self.known and token.text.strip(" ;") and not self.joined:
                # `item(2) #45` is prose.
                swallows = False
            if self.behind:
                swallows = token.text.strip(" ;") == ""
            if self.index == 0:
                hides = self.start == 1 and self.text.startswith("--", token.start)
                certain = self.mark != "" and (swallows or hides)
            elif self.mark:
                certain = swallows or changed or (self.joined and self.constant)
            else:
                certain = (changed and (self.leading or swallows)) or (swallows and self.joined and self.leading)
        elif token.kind is Kind.OPEN_STRING:
            certain = self._is_closed_by_query(token)
        elif self.mark and self.compared and self.index == 2 and self.left.name == "":
            certain = True
        elif self.comparing is not None:
            certain = self.joined and self.leading and self.called
        else:
            certain = self.joined and self.leading and changed and (self.constant or self.called or not self.mark)
        return _Step.CHANGES if certain else _Step.HARMLESS

    def _is_closed_by_query(self, token: Token) -> bool:
        """Whether a quotation that the mark of the query behind the value would close is a part of that query."""
        compares = self.comparing is not None
        if not self.mark:
            return compares and (self.joined or self.called or token.text.startswith("%"))
        prose = token.text[:1].isspace() and any(map(str.isalpha, token.text))
        if compares and (self.joined or not prose):
            return True
        if (self.compared or self.called) and self.joined:
            return True
        signs_only = token.text == "" and self.index == 1 and self.start == 1
        return signs_only or (self.joined and not any(map(str.isalpha, token.text)))

    def _next(self) -> Token:
        return self.tokens[self.index + 1]

    def _skip(self, count: int) -> _Step:
        self.index += count
        return _Step.OPERAND


class Course(NamedTuple):
    """How a walk went: where what changes the query ends, 0 where nothing does; how many characters were looked at; and
    where literals ended on the way, from each of which another walk would only see the rest of this one.
    """

    end: int
    work: int
    literal_ends: tuple[int, ...]


def follow(reader: Reader, start: int, mark: str, *, behind: bool = False) -> Course:
    """Walk through a text from `start`, behind the closing `mark` of a literal; without a mark, from a value.

    `behind` says that the walk begins at an operator or a word of a query inside the text, of which nothing is known.
    """
    if mark and (first := reader.token(start)).kind in _NEVER_BEHIND:
        second = reader.token(first.end)
        return Course(0, (first if second is reader.end else second).end - start, ())
    walk = _Walk(reader, start, mark, behind=behind)
    found = walk.changes()
    ends = tuple([token.end - 1 for token in walk.tokens.read(walk.index) if token.kind is Kind.STRING])
    return Course(walk.tokens[walk.index].end if found else 0, walk.tokens.work, ends)
