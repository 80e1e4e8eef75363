"""Bugs planted one at a time in reading, lowering, obligations, encoding, Guardian, interpreter and digests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from aethel.intent import (
    canonical,
    expressions,
    inference,
    instance,
    interpreter,
    lowering,
    neutrality,
    obligations,
    reading,
    rendering,
    spellings,
    terms,
    transition,
)
from aethel.intent.canonical import _Canonical
from aethel.intent.execution import SymbolicExecution
from aethel.intent.interpreter import _Machine
from aethel.intent.lowering import ExpressionLowerer
from aethel.intent.neutrality import _TwoRuns
from aethel.intent.obligations import Aspect, _Reaching
from aethel.intent.scope import Time
from aethel.intent.terms import Op
from aethel.ledger import facts, intents
from aethel.ledger.facts import Facts
from aethel.ledger.translation import Translation
from aethel.prover import encode, rounding, scaled
from aethel.prover.encode import Encoder
from tests.fuzz import mistakes as wrong


@dataclass(frozen=True, slots=True)
class Planted:
    """One bug: `plant` puts it in for as long as its context lasts.

    It is found `within` so many seeds: the count that was measured, taken about five times and rounded up, so that a
    program more or less does not matter.
    """

    name: str
    within: int
    plant: Callable[[], AbstractContextManager[object]]


def instead(owner: object, name: str, made: Callable[[Any], object]) -> Callable[[], AbstractContextManager[object]]:
    """Replace an attribute by what `made` makes of it."""

    @contextmanager
    def planted() -> Iterator[object]:
        with patch.object(owner, name, made(getattr(owner, name))):
            yield None

    return planted


def _entry(table: dict[Any, Any], key: object, value: object) -> Callable[[], AbstractContextManager[object]]:
    """Replace one entry of a table."""
    return lambda: patch.dict(table, {key: value})


_SUFFIXES = tuple((suffix, Time.AFTER if suffix == "_before" else time) for suffix, time in spellings.SUFFIXES)

_READING = (
    Planted("minus binds loosely", 10, instead(expressions.ExpressionParser, "_binding", wrong.loose_minus)),
    Planted("* binds like +", 10, _entry(expressions._INFIX, "*", expressions._SUM)),
    Planted("x_before is after", 10, instead(spellings, "SUFFIXES", lambda _: _SUFFIXES)),
    Planted("undeclared money is a number", 50, instead(inference, "_strongest", wrong.integers_first)),
    Planted("a later intent starts in the old state", 2000, instead(instance._Binder, "_advance", wrong.stuck)),
    Planted("given values are in smallest units", 200, instead(instance, "parse_value", wrong.given_unscaled)),
    Planted("values are shown in smallest units", 10, instead(rendering, "rendered", wrong.in_smallest_units)),
)

_LOWERING = (
    Planted("floor division goes towards zero", 10, instead(terms, "divided", wrong.divided_towards_zero)),
    Planted(
        "a remainder has the sign of the dividend", 2000, instead(terms, "divided", wrong.remainder_of_the_dividend)
    ),
    Planted("-= adds", 20, instead(SymbolicExecution, "_assign", wrong.added_for_taken)),
    Planted("else is dropped", 20, instead(SymbolicExecution, "_branch", wrong.without_else)),
    Planted("then and else are swapped", 20, instead(SymbolicExecution, "_branch", wrong.branches_swapped)),
    Planted("a transfer debits nobody", 50, instead(SymbolicExecution, "_transfer", wrong.only_credited)),
    Planted("burn mints", 500, instead(SymbolicExecution, "_issue", wrong.minted)),
    Planted("a loop turns once too little", 500, instead(SymbolicExecution, "statement", wrong.one_turn_less)),
    Planted("a require counts on every path", 500, instead(SymbolicExecution, "statement", wrong.require_everywhere)),
    Planted("old is read as current", 10, instead(SymbolicExecution, "read_current", wrong.always_current)),
    Planted("stores lose their branch", 20, instead(SymbolicExecution, "store", wrong.everywhere)),
    Planted("a ceiling is a floor", 20, _entry(lowering._ROUNDINGS, "div_ceil", Op.FLOOR_DIV)),
    Planted("half-even is a floor", 50, _entry(lowering._ROUNDINGS, "div_half_even", Op.FLOOR_DIV)),
    Planted("min is max", 50, instead(ExpressionLowerer, "_call", wrong.other_function)),
    Planted("< is <=", 100, instead(ExpressionLowerer, "_compare", wrong.less_as_at_most)),
    Planted("a rate loses the scale", 500, instead(lowering, "converts", lambda _: lambda *_: False)),
    Planted("a literal loses the scale", 10, instead(ExpressionLowerer, "convert", wrong.unscaled)),
    Planted("and does not guard its divisors", 500, instead(ExpressionLowerer, "_junction", wrong.without_path)),
    Planted("if does not guard its divisors", 200, instead(ExpressionLowerer, "under", wrong.not_under)),
    Planted("a definition has the wrong sign", 10, instead(transition.Transition, "_solved", wrong.wrong_sign)),
    Planted("a line under if counts always", 20, instead(transition.Transition, "_verify", wrong.always_reached)),
    Planted("the supply misses a cell", 10, instead(transition.Transition, "_supply", wrong.supply_of_all_but_one)),
)

_OBLIGATIONS = (
    Planted("a guard is dropped", 10, instead(obligations, "admitted", wrong.all_but_the_last)),
    Planted("money may be negative", 10, instead(obligations, "type_ranges", wrong.nothing)),
    Planted("accounts may be one", 2000, instead(obligations, "distinctness", wrong.nothing)),
    Planted("a guard keeps its own divisor from zero", 500, instead(_Reaching, "assumptions", wrong.in_its_own_guard)),
    Planted("the last line is not asked for", 200, instead(obligations, "_posts", wrong.last_missing)),
    Planted("a line may assume those before", 20, instead(obligations, "_posts", wrong.each_after_the_ones_before)),
    Planted("solvency looks at the last leg", 200, instead(obligations, "_solvent", wrong.last_store)),
    Planted("a width is one too wide", 1000, instead(obligations, "_store_claim", wrong.one_too_many)),
    Planted("the solver's sums miss a cell", 10, instead(obligations, "deltas", wrong.all_but_one_cell)),
    Planted("the solver's sums miss what is minted", 500, instead(obligations, "deltas", wrong.nothing_issued)),
)

_IDENTITIES = (
    Planted("literals name nobody", 200, instead(neutrality, "_meetings", wrong.nothing)),
    Planted("who takes part may decide what happens", 2000, instead(_TwoRuns, "_renamed", wrong.as_it_likes)),
)

_FRAME = (
    Planted("the text writes nothing", 10, instead(reading, "mentioned", wrong.nothing)),
    Planted("what is not written grows", 50, instead(reading, "lower", wrong.growing)),
)

_MISSING = (
    Planted("nothing asks for solvency", 10, instead(obligations, "_solvencies", wrong.nothing)),
    Planted("nothing asks for conservation", 20, instead(obligations, "_conservations", wrong.nothing)),
    Planted("nothing asks for lines", 10, instead(obligations, "_posts", wrong.nothing)),
    Planted("nothing asks for constants", 100, instead(obligations, "_ranges", wrong.without(Aspect.CONSTANT))),
    Planted("nothing asks for divisors", 500, instead(obligations, "_ranges", wrong.without(Aspect.DIVISOR))),
    Planted("nothing asks for amounts", 500, instead(obligations, "_ranges", wrong.without(Aspect.AMOUNT))),
    Planted("nothing asks for widths", 10, instead(obligations, "_ranges", wrong.without(Aspect.STORE))),
    Planted("nothing asks for an execution", 50, instead(obligations, "_satisfiable", wrong.nothing)),
    Planted("stores need not be whole", 500, instead(obligations, "_store_claim", wrong.whole_or_not)),
)

_ENCODER = (
    Planted("the solver takes else for then", 20, instead(scaled, "chosen", wrong.swapped)),
    Planted("the solver takes <= for <", 10, instead(Encoder, "_truth", wrong.at_most_as_less)),
    Planted("the solver's floor is a ceiling", 10, _entry(rounding.ROUNDINGS, Op.FLOOR_DIV, rounding.ceiling)),
    Planted("the solver rounds halves up", 200, _entry(rounding.ROUNDINGS, Op.HALF_EVEN_DIV, wrong.half_up)),
    Planted("the solver forgets signs of divisors", 500, instead(encode, "by_sign", wrong.as_if_positive)),
    Planted("the solver forgets denominators", 20, instead(scaled, "on_one_denominator", wrong.numerators)),
    Planted(
        "the solver's remainders come from above", 2000, instead(Encoder, "_remainder", wrong.remainder_from_above)
    ),
    Planted("the solver's quotients are anything", 10, instead(Encoder, "definitions", lambda _: lambda *_: [])),
)

GUARDIAN = (
    Planted("the Guardian's sums miss a cell", 10, instead(intents, "deltas", wrong.all_but_one_cell)),
    Planted("the Guardian does not round", 2000, instead(Translation, "_divided", wrong.never_rounded)),
    Planted("the Guardian's ceiling is a floor", 2000, instead(Translation, "_divided", wrong.ceiling_as_floor)),
    Planted("the Guardian takes then always", 20, instead(Translation, "_number", wrong.never_chosen)),
    Planted("the Guardian denies too much", 5000, instead(Facts, "assume", wrong.both_deny)),
    Planted("the Guardian takes what holds for denied", 20, instead(Facts, "_hold", wrong.denied)),
    Planted("the Guardian overlooks not", 500, instead(facts, "_parts", wrong.without_not)),
    Planted("the Guardian takes or for and", 2000, instead(facts, "_parts", wrong.or_taken_apart)),
    Planted("the Guardian's witness ignores a guard", 500, instead(intents, "search_of", wrong.one_condition_less)),
)

INTERPRETER = (
    Planted("the interpreter rounds up", 10, instead(_Machine, "_floored", wrong.rounded_up)),
    Planted(
        "the interpreter rounds halves up", 50, lambda: patch.object(interpreter, "round", wrong.halves_up, create=True)
    ),
    Planted("the interpreter debits nobody", 50, instead(_Machine, "_add", wrong.never_debited)),
)

_DIGESTS = (
    Planted("operators do not count in digests", 200, instead(_Canonical, "term", wrong.without_operator)),
    Planted("numbers do not count in digests", 200, instead(canonical, "_constant", lambda _: lambda value: "")),
    Planted("guards do not count in digests", 200, instead(canonical, "_section", wrong.without_guards)),
    Planted("names count in digests", 10, instead(_Canonical, "_name", lambda _: lambda self, of, _: of.name)),
    Planted("the order of summands counts", 100, instead(canonical, "_COMMUTATIVE", lambda found: found - {Op.ADD})),
    Planted("no order of operands counts", 10, instead(canonical, "_COMMUTATIVE", lambda _: frozenset(Op))),
    Planted("the order of lines counts", 10, lambda: patch.object(canonical, "sorted", list, create=True)),
)

PLANTED = (
    *_READING,
    *_LOWERING,
    *_OBLIGATIONS,
    *_MISSING,
    *_IDENTITIES,
    *_FRAME,
    *_ENCODER,
    *GUARDIAN,
    *INTERPRETER,
    *_DIGESTS,
)
