"""Compiled terms: conditions and hypotheses as Python functions, made once and run in less than a microsecond."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from operator import itemgetter
from typing import Any, assert_never

from aethel.intent.compiled_partly import Partly
from aethel.intent.compiled_source import Source
from aethel.intent.obligations import distinctness, supply
from aethel.intent.program import Condition, Program, Role, Variable
from aethel.intent.skeleton_literals import literal_number
from aethel.intent.terms import Op, Sort, Term, Value, in_order
from aethel.intent.types import bounds_of

MAXIMUM_NODES = 10_000
"""Nodes and operands of what is compiled: Python takes about 10 µs for each, once; what is longer is evaluated."""


class NotCompiled(ValueError):
    """Terms of more than MAXIMUM_NODES nodes and operands, which `evaluation.evaluate` must do."""


class Reason(Enum):
    """Why a hypothesis is one, in the order in which a false one is blamed."""

    LITERAL = "literal"
    RANGE = "range"
    GUARD = "guard"
    REQUIRE = "require"
    DISTINCT = "distinct"
    SUPPLY = "supply"


PRECONDITIONS = frozenset({Reason.GUARD, Reason.REQUIRE})
"""The reasons of which a false one is a rejection by the author's own word."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One thing every proof about a program assumes.

    It is that `variable` has a value of its sort within its bounds, or else that `term` holds; `line` is the guard or
    `require` it stands for. `subject` names it: the variable, the line's text, the asset, `accounts`.
    """

    reason: Reason
    subject: str
    term: Term
    variable: Variable | None = None
    line: Condition | None = None


def compile_conditions(roots: Sequence[Term], variables: Sequence[str]) -> Callable[..., tuple[Value, ...]]:
    """A function of the variables' values, in order, that gives the value of every root as `evaluation.evaluate` would.

    Raises NotCompiled for terms that are too large, KeyError for a variable of theirs that is not listed.
    """
    _refuse_large(roots)
    places = {name: f"v{index}" for index, name in enumerate(variables)}
    source = Source(roots, places)
    results = [source.value(root) for root in roots]
    lines = [*source.take_lines(), f"return ({''.join(f'{result}, ' for result in results)})"]
    text = "\n    ".join([f"def compiled({', '.join(places.values())}):", *lines])
    made: Callable[..., tuple[Value, ...]] = _run(text, source.constants)["compiled"]
    return made


def hypotheses_of(program: Program, conditions: Sequence[Term] = ()) -> tuple[Hypothesis, ...]:
    """Every hypothesis of a program in the order of blame; `conditions` are those that its literals must meet."""
    terms = program.terms
    given = [variable for variable in program.variables if variable.role is not Role.NEW_CELL]
    ranges = [_range(program, variable) for variable in given]
    apart, fitting = distinctness(program), supply(program)
    return (
        *(found for found in ranges if found.reason is Reason.LITERAL),
        *(Hypothesis(Reason.LITERAL, "literals", term) for term in conditions),
        *(found for found in ranges if found.reason is Reason.RANGE),
        *(Hypothesis(Reason.GUARD, line.text, line.term, line=line) for line in program.guards),
        *(
            Hypothesis(Reason.REQUIRE, line.text, terms.implies(line.path, line.term), line=line)
            for line in program.requires
        ),
        *([Hypothesis(Reason.DISTINCT, "accounts", terms.and_(*apart))] if apart else ()),
        *(Hypothesis(Reason.SUPPLY, asset, term) for (asset, _, _), term in zip(program.supply, fitting, strict=True)),
    )


def _range(program: Program, variable: Variable) -> Hypothesis:
    terms = program.terms
    low, high = bounds_of(variable.type)
    least = terms.true if low is None else terms.le(terms.const(low), variable.term)
    most = terms.true if high is None else terms.le(variable.term, terms.const(high))
    reason = Reason.LITERAL if literal_number(variable.name) else Reason.RANGE
    return Hypothesis(reason, variable.name, terms.and_(least, most), variable)


class CompiledHypotheses:
    """The hypotheses of one program, decided for concrete values.

    `hypotheses` are in the order of blame. `names` are the variables that need a value, the literals last. Raises
    NotCompiled where they are too large.
    """

    def __init__(self, program: Program, conditions: Sequence[Term] = ()) -> None:
        self.hypotheses = hypotheses_of(program, conditions)
        roots = [found.term for found in self.hypotheses]
        _refuse_large(roots)
        given = [found.name for found in program.variables if found.role is not Role.NEW_CELL]
        self.names = tuple(sorted(given, key=literal_number))
        namespace = _compiled_hypotheses(self.hypotheses, self.names)
        self.position_at: Callable[..., int] = namespace["position"]
        self._positions_of: Callable[[Iterator[Sequence[Value]]], list[int]] = namespace["positions"]
        self._pick = picker(self.names)
        self._partly = Partly(roots)

    def first_false(self, values: Mapping[str, Value]) -> int | None:
        """The index of the first hypothesis that is false, None where all hold; KeyError where a value is missing."""
        position = self.position_at(*self._pick(values))
        return None if position == len(self.hypotheses) else position

    def first_false_many(self, columns: Sequence[Sequence[Value]]) -> list[int | None]:
        """For each row of the columns, one column for each of `names`, what `first_false` gives."""
        rows = zip(*columns, strict=True) if columns else iter(())
        all_hold = len(self.hypotheses)
        return [None if position == all_hold else position for position in self._positions_of(rows)]

    def partly(self, values: Mapping[str, Value]) -> tuple[int | None, tuple[int, ...]]:
        """Where some values are missing: the first hypothesis that is false whatever these are, and all open ones."""
        for index, found in enumerate(self.hypotheses):
            if found.variable is not None and not _may_be(found.variable, values):
                return index, ()
        open_ones: list[int] = []
        for index, truth in enumerate(self._partly.truths(values)):
            if truth is False:
                return index, ()
            variable = self.hypotheses[index].variable
            if truth is None or (variable is not None and variable.name not in values):
                open_ones.append(index)
        return None, tuple(open_ones)


def _compiled_hypotheses(hypotheses: Sequence[Hypothesis], names: Sequence[str]) -> dict[str, Any]:
    """Functions `position` of one row of values and `positions` of an iterator of rows, from the same tests."""
    places = {name: f"v{index}" for index, name in enumerate(names)}
    source = Source([found.term for found in hypotheses], places)
    one: list[str] = []
    many: list[str] = []
    for index, found in enumerate(hypotheses):
        test = source.truth(found.term)
        if found.variable is not None:
            place = places[found.variable.name]
            bounded = "" if found.term.op is Op.CONST else f" and {test}"
            test = _sort_test(found.variable.term.sort, place) + bounded
        lines = source.take_lines()
        one += [*lines, f"if not ({test}): return {index}"]
        many += [*lines, f"if not ({test}):", f"    add({index})", "    continue"]
    arguments = "".join(f"{place}, " for place in places.values())
    text = "\n    ".join([f"def position({arguments}):", *one, f"return {len(hypotheses)}"])
    loop = f"for ({arguments}) in rows:" if arguments else "for _ in rows:"
    body = "\n        ".join([loop, *many, f"add({len(hypotheses)})"])
    text += f"\ndef positions(rows):\n    found = []\n    add = found.append\n    {body}\n    return found"
    return _run(text, source.constants)


def _sort_test(sort: Sort, place: str) -> str:
    match sort:
        case Sort.INT:
            return f"type({place}) is int"
        case Sort.RATIONAL:
            return f"(type({place}) is Fraction or type({place}) is int)"
        case Sort.BOOL:
            return f"({place} is True or {place} is False)"
        case Sort.IDENTITY:
            return f"type({place}) is str"
        case _:
            assert_never(sort)


_CLASSES = {Sort.INT: (int,), Sort.RATIONAL: (int, Fraction), Sort.BOOL: (bool,), Sort.IDENTITY: (str,)}


def _may_be(variable: Variable, values: Mapping[str, Value]) -> bool:
    """Whether a value is missing or of the variable's sort."""
    return variable.name not in values or type(values[variable.name]) in _CLASSES[variable.term.sort]


def picker(names: Sequence[str]) -> Callable[[Mapping[str, Value]], tuple[Value, ...]]:
    """What takes the values of these names, in order, out of a mapping; it raises KeyError where one is missing."""
    match names:
        case []:
            return lambda _values: ()
        case [only]:
            return lambda values: (values[only],)
        case _:
            return itemgetter(*names)


def _refuse_large(roots: Sequence[Term]) -> None:
    size = 0
    for node in in_order(*roots):
        size += 1 + len(node.args)
        if size > MAXIMUM_NODES:
            raise NotCompiled(f"more than {MAXIMUM_NODES} nodes and operands")


def _run(source: str, constants: dict[str, object]) -> dict[str, Any]:
    """The functions that a source defines. It is made of operators, positions and numbers alone, with no builtins."""
    namespace: dict[str, Any] = {"__builtins__": {}, **constants}
    exec(compile(source, "<compiled terms>", "exec"), namespace)  # nosec B102
    return namespace
