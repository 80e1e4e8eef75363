"""Statements of query languages: how each begins, by the grammars of the common SQL dialects and of JavaScript."""

from __future__ import annotations

from enum import IntEnum

from aethel.security.query_tokens import Kind, Token, Tokens


class Weight(IntEnum):
    """How far words are a statement: not at all, as prose could be too, or as only a query language has them."""

    NONE = 0
    WORDS = 1
    SYNTAX = 2


_VALUES = frozenset({Kind.STRING, Kind.OPEN_STRING, Kind.NUMBER, Kind.VARIABLE})
_TERMINALS: dict[str, frozenset[Kind]] = {
    "STRING": frozenset({Kind.STRING, Kind.OPEN_STRING}),
    "VALUE": _VALUES,
    "ARGUMENT": _VALUES | {Kind.OPEN},
    "VARIABLE": frozenset({Kind.VARIABLE}),
    "NAME": frozenset({Kind.WORD, Kind.VARIABLE, Kind.STRING}),
    "(": frozenset({Kind.OPEN}),
    "LAST": frozenset({Kind.SEMICOLON, Kind.TAIL, Kind.END, Kind.OPEN_STRING}),
}
_OBJECTS = "table|database|schema|view|function|procedure|user|login|role|index|trigger|sequence|package"

_GRAMMAR = """
waitfor delay|time STRING
exec|execute ARGUMENT
exec|execute CALL
exec|execute NAME VALUE
exec|execute NAME FINAL
exec|execute DOTTED|IDENTIFIER
execute immediate STRING
print VARIABLE
print VALUE FINAL
declare VARIABLE
set VARIABLE =
begin declare|exec|execute|update|insert|delete|drop
bulk insert NAME from STRING
copy NAME to|from STRING|/|program
backup database|log NAME to NAME
load data infile|local
insert into NAME ( VALUE
insert into NAME ( NAME ,
insert into NAME ( NAME ) values|select
insert into NAME values|select|default
replace into NAME ( NAME ,
update NAME set NAME =
delete from NAME where
delete from NAME FINAL
merge into NAME using
create table NAME ( NAME WORD
create or replace OBJECT
create OBJECT NAME FINAL
create user|login NAME identified|with
drop OBJECT NAME FINAL
drop OBJECT if exists
truncate table NAME FINAL
alter OBJECT NAME FINAL
alter table NAME add|drop|rename|modify
alter user|login|role NAME with|identified
grant NAME on NAME to NAME FINAL
grant all on|privileges
desc|describe|use NAME FINAL
show tables|databases|columns FINAL
shutdown FINAL
shutdown with nowait
call CALL
"""
"""What no prose is, since it holds marks, values or ends that only a statement has there."""

_WORDS = """
create OBJECT NAME
drop OBJECT NAME
truncate table NAME
alter OBJECT NAME
delete from NAME
exec|execute DOTTED|VALUE
grant NAME to NAME
return true|false|(
return VALUE LAST
while ( true|false|VALUE|NAME
for ( var|let|; NAME
do {
if ( VALUE
var|let|const NAME =
throw VALUE|new
NAME = NAME|VALUE|(|new
"""
"""What words alone may spell, or marks that prose has too, so that it counts only where a statement must begin."""


def _rules(grammar: str) -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for line in grammar.split("\n"):
        parts = tuple(_OBJECTS if part == "OBJECT" else part for part in line.split())
        for first in parts[0].split("|") if parts else ():
            found.setdefault(first, []).append(parts[1:])
    return found


_BY_WORD = {Weight.SYNTAX: _rules(_GRAMMAR), Weight.WORDS: _rules(_WORDS)}


STATEMENT_WORDS = frozenset({"select", "with", *_BY_WORD[Weight.SYNTAX]})
"""The words with which a statement begins."""


def statement(tokens: Tokens, index: int) -> Weight:
    """How far a statement begins at a token."""
    first = tokens[index]
    if first.kind is not Kind.WORD:
        return Weight.NONE
    if first.text == "select":
        return selection(tokens, index + 1)
    if first.text == "with" and tokens[index + 2].text == "as" and tokens[index + 3].kind is Kind.OPEN:
        return Weight.SYNTAX
    for weight, rules in _BY_WORD.items():
        for rule in (*rules.get(first.text, ()), *rules.get("NAME", ())):
            if all(_is(tokens, index + 1 + place, part) for place, part in enumerate(rule)):
                return weight
    return Weight.NONE


def selection(tokens: Tokens, index: int) -> Weight:
    """How far the list of a `select` begins at a token: SYNTAX where it holds what is no word, or ends as no prose."""
    while tokens[index].text in ("distinct", "all", "top", "unique"):
        counts = tokens[index].text == "top" and tokens[index + 1].kind is Kind.NUMBER
        if counts and tokens[index + 2].kind is Kind.END:
            return Weight.SYNTAX
        index += 2 if counts else 1
    for _ in range(_SELECTED):
        item = tokens[index]
        match item.kind:
            case Kind.OPEN:
                return Weight.NONE if tokens[index + 1].kind is Kind.CLOSE else Weight.SYNTAX
            case Kind.VARIABLE | Kind.OPEN_STRING | Kind.TAIL:
                return Weight.SYNTAX
            case Kind.STRING | Kind.NUMBER:
                if tokens[index + 1].text == "from":
                    return _source(tokens, index + 1)
                if tokens[index + 1].kind is Kind.COMMA:
                    index += 2
                    continue
                return Weight.SYNTAX if _follows_value(tokens[index + 1]) else Weight.NONE
            case Kind.OPERATOR:
                return Weight.SYNTAX if item.text == "*" and _follows_star(tokens, index + 1) else Weight.NONE
            case Kind.WORD:
                if item.text in ("null", "case"):
                    return Weight.SYNTAX
                if is_call(tokens, index) and tokens[index + 2].kind is not Kind.WORD:
                    return Weight.SYNTAX
                if is_call(tokens, index) and is_call(tokens, index + 2):
                    return Weight.SYNTAX
                if is_call(tokens, index) and tokens[index + 3].kind is Kind.CLOSE:
                    index += 3
            case _:
                return Weight.NONE
        following = tokens[index + 1]
        if following.text == "as":
            index += 2
            following = tokens[index + 1]
        if following.kind is not Kind.COMMA:
            return _source(tokens, index + 1)
        index += 2
    return Weight.WORDS


_SELECTED = 64
"""Items of a selection that are looked at; whoever lists more names than that is not named so."""


def _source(tokens: Tokens, index: int) -> Weight:
    """What stands behind the names of a selection."""
    following = tokens[index]
    if following.kind in (Kind.SEMICOLON, Kind.TAIL):
        return Weight.SYNTAX
    if following.kind is Kind.END and is_identifier(tokens[index - 1]):
        return Weight.SYNTAX
    if following.text == "from" and tokens[index + 1].kind is Kind.OPEN and tokens[index + 2].text == "select":
        return Weight.SYNTAX
    if following.text != "from" or tokens[index + 1].kind is not Kind.WORD:
        return Weight.WORDS
    behind = tokens[index + 2]
    if is_call(tokens, index + 1) or is_identifier(tokens[index + 1]) or is_identifier(tokens[index - 1]):
        return Weight.SYNTAX
    if behind.kind in (Kind.SEMICOLON, Kind.TAIL, Kind.CLOSE):
        return Weight.SYNTAX
    if behind.text in ("where", "limit", "order", "group", "join", "union"):
        return Weight.SYNTAX
    return Weight.WORDS


def _follows_value(token: Token) -> bool:
    ends = (Kind.COMMA, Kind.SEMICOLON, Kind.TAIL, Kind.END, Kind.OPERATOR, Kind.CLOSE, Kind.OPEN_STRING)
    return token.kind in ends or token.text in ("into", "where", "else", "union", "as")


def _follows_star(tokens: Tokens, index: int) -> bool:
    return tokens[index].text == "from" and tokens[index + 1].kind in (Kind.WORD, Kind.OPEN, Kind.STRING, Kind.VARIABLE)


def is_call(tokens: Tokens, index: int) -> bool:
    """Whether a word stands before a parenthesis without a blank between them."""
    word, mark = tokens[index], tokens[index + 1]
    return word.kind is Kind.WORD and mark.kind is Kind.OPEN and mark.start == word.end


def is_identifier(token: Token) -> bool:
    """Whether a word is a name that only machines have: with a low line, a dollar sign or two dots inside."""
    inside = token.text[1:-1]
    return token.kind is Kind.WORD and ("_" in inside or "$" in inside or ".." in inside)


def _is_final(tokens: Tokens, index: int) -> bool:
    """Whether a statement ends there and nothing else begins: `a; b` is how prose goes on."""
    if tokens[index].kind is Kind.SEMICOLON:
        return tokens[index + 1].kind in (Kind.END, Kind.TAIL)
    return tokens[index].kind is Kind.TAIL


def _is(tokens: Tokens, index: int, part: str) -> bool:
    token = tokens[index]
    for choice in part.split("|"):
        kinds = _TERMINALS.get(choice)
        if kinds is not None:
            found = token.kind in kinds
        elif choice == "FINAL":
            found = _is_final(tokens, index)
        elif choice == "CALL":
            found = is_call(tokens, index)
        elif choice == "DOTTED":
            found = token.kind is Kind.WORD and "." in token.text
        elif choice == "WORD":
            found = token.kind is Kind.WORD
        elif choice == "IDENTIFIER":
            found = is_identifier(token)
        else:
            found = choice == token.text and token.kind not in (Kind.STRING, Kind.OPEN_STRING)
        if found:
            return True
    return False
