"""Answers one script in SMT-LIB 2 text, for problems that come from elsewhere than an intent.

Source: SMT-LIB 2.7, sections 3.1 (lexicon) and 3.9 (scripts). Only commands that state a problem are taken: others make
a solver write files, print, or answer something else than was asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext

import z3

from aethel.prover.alarm import Alarm
from aethel.prover.solver import Answer, Status
from aethel.prover.stops import Unmodelled

STATEMENTS = frozenset(
    {
        "assert",
        "check-sat",
        "declare-const",
        "declare-datatype",
        "declare-datatypes",
        "declare-fun",
        "declare-sort",
        "define-const",
        "define-fun",
        "define-fun-rec",
        "define-funs-rec",
        "define-sort",
        "set-info",
        "set-logic",
    }
)
"""Commands that state a problem. `assert-soft`, which the binding takes as a wish, is beside them in `WISHES`."""

WISHES = frozenset({"assert-soft"})
"""Commands of the solver's own dialect that change which answer is preferred, never whether there is one."""

MAXIMUM_CHARACTERS = 1_000_000
"""Characters of one script; a proof obligation of the longest intent takes fewer."""

MAXIMUM_DEPTH = 1_000
"""Nested parentheses of one script, below what exhausts the stack of the solver's parser."""

_LARGEST_BUDGET = 2**32 - 1
_SPACE = frozenset(" \t\r\n")


def solve_text(text: str, budget: int, deadline_ms: float | None = None) -> Answer:
    """Whether the assertions of a script can hold together, in at most `budget` solver resource units.

    The context is fresh and the seed fixed, so that an answer within the budget and its work are always the same.
    `deadline_ms` milliseconds from now the solver is interrupted and the answer is UNDECIDED; without it no thread
    watches. Raises `Unmodelled` where the text is no script of statements with exactly one `check-sat`, at its end.
    """
    _check(text)
    context = z3.Context()
    with nullcontext() if deadline_ms is None else Alarm(deadline_ms) as alarm:
        if alarm is not None:
            alarm.watch(context)
        try:
            solver = z3.Solver(ctx=context)
            solver.set("random_seed", 0)
            solver.set("rlimit", min(budget, _LARGEST_BUDGET))
            solver.from_string(text)
        except z3.Z3Exception as error:
            raise Unmodelled(f"the solver cannot read the script: {error}") from error
        try:
            if alarm is not None and alarm.rang():
                return Answer(Status.UNDECIDED, 0, reason="the deadline has passed")
            found = solver.check()
        except z3.Z3Exception as error:
            return Answer(Status.UNDECIDED, 0, reason=str(error))
        work = int(solver.statistics().get_key_value("rlimit count"))
        reason = solver.reason_unknown() if found == z3.unknown else ""
        return Answer(Status(str(found)), work, reason=reason)


def _check(text: str) -> None:
    """Raise `Unmodelled` unless the text is statements and then one `check-sat`."""
    if len(text) > MAXIMUM_CHARACTERS:
        raise Unmodelled(f"the script has {len(text)} characters, expected at most {MAXIMUM_CHARACTERS}")
    names = list(_commands(text))
    counted = Counter(names)
    for name in counted:
        if name not in STATEMENTS | WISHES:
            raise Unmodelled(
                f"the command `{name[:40]}` states no problem, expected one of {', '.join(sorted(STATEMENTS))}"
            )
    if counted["check-sat"] != 1 or names[-1] != "check-sat":
        raise Unmodelled(f"the script has {counted['check-sat']} times `check-sat`, expected one, at its end")


def _commands(text: str) -> Iterator[str]:
    """The name of every command of a script, in order; raises `Unmodelled` where parentheses do not fit."""
    depth = 0
    name_is_next = False
    for piece in _tokens(text):
        if name_is_next:
            yield piece
        name_is_next = False
        match piece:
            case "(":
                depth += 1
                name_is_next = depth == 1
                if depth > MAXIMUM_DEPTH:
                    raise Unmodelled(f"the script nests deeper than {MAXIMUM_DEPTH} parentheses")
            case ")":
                depth -= 1
            case _:
                pass
        if depth < 0 or (depth == 0 and piece != ")"):
            raise Unmodelled("the script has something outside of its commands")
    if depth:
        raise Unmodelled("the script ends within a command")


def _tokens(text: str) -> Iterator[str]:
    """Parentheses and whatever stands between them, comments and spaces aside."""
    position = 0
    while position < len(text):
        character = text[position]
        end = position + 1
        match character:
            case ";":
                position = _end_of_line(text, position)
                continue
            case '"' | "|":
                # A doubled quote within a string reads as two strings side by side, which is the same for counting.
                end = text.find(character, position + 1) + 1
                if end == 0:
                    raise Unmodelled("the script ends within a quotation")
            case "(" | ")":
                pass
            case _ if character in _SPACE:
                position = end
                continue
            case _:
                while end < len(text) and text[end] not in _SPACE and text[end] not in '();"|':
                    end += 1
        yield text[position:end]
        position = end


def _end_of_line(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end
