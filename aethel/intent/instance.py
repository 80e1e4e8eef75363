"""Instances: the values a request gives, bound to the variables of each program of a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from aethel.intent.accounts import canonical_account
from aethel.intent.program import Program, Role, Variable
from aethel.intent.reading import Reading, read
from aethel.intent.source import quoted
from aethel.intent.terms import Value, evaluate, variables
from aethel.intent.types import Account, Boolean, Integer, Money, Rational, bounds_of
from aethel.request import Question
from aethel.verdict import Finding

GIVEN_INTEGER_MINIMUM, GIVEN_INTEGER_MAXIMUM = -(2**63), 2**63 - 1
"""Where given values of unsized integers are bounded."""

GIVEN_DIGITS = 80
"""Digits of one given number, as for literals."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A text with what the request gives for it.

    `values` holds, per program, the value of each bound variable by its name; `open_names` the names that stay
    universally quantified, as the author writes them; `findings` what is wrong with the given values.
    """

    reading: Reading
    values: tuple[dict[str, Value], ...]
    open_names: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def complete(self) -> bool:
        """Whether every variable of every program has a value."""
        return not self.open_names

    @property
    def template(self) -> bool:
        """Whether nothing at all is given: the question is about all values."""
        return not any(self.values)


class _BadValue(Exception):
    """A given value that its type does not admit."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def instantiate(question: Question) -> Instance:
    """Read the text of a question and bind what it gives; never raises. Structured questions have no instance."""
    given = given_values(question)
    balances = frozenset(_plain(name) for name in question.context.balances)
    reading = read(question.intent_text or b"", given, balances)
    if reading.file is None:
        return Instance(reading, (), (), ())
    return _Binder(question, reading, given).bind(reading.file.programs)


def given_values(question: Question) -> dict[str, str]:
    """Every given value by the name the request uses for it, without the spellings of the state before."""
    merged: dict[str, str] = {}
    for source in (question.context.accounts, question.context.inputs, question.context.balances, question.arguments):
        for name, value in source.items():
            merged[_plain(name)] = value
    return merged


def _plain(name: str) -> str:
    """`old_x`, `x_old` and `x_before` as given names mean x: the state given is the state before."""
    for suffix in ("_old", "_before"):
        name = name.removesuffix(suffix)
    return name.removeprefix("old_")


class _Binder:
    def __init__(self, question: Question, reading: Reading, given: Mapping[str, str]) -> None:
        self.question = question
        self.reading = reading
        self.given = given
        self.findings: list[Finding] = []
        self.state: dict[str, Value | None] = {}

    def bind(self, programs: tuple[Program, ...]) -> Instance:
        self._refuse_unknown_arguments(programs)
        values: list[dict[str, Value]] = []
        open_names: dict[str, None] = {}
        for program in programs:
            bound = self._program(program)
            values.append(bound)
            for variable in program.variables:
                if variable.name not in bound and variable.role is not Role.NEW_CELL:
                    open_names[_shown(variable)] = None
            self._advance(program, bound)
            self._refuse_aliases(program, bound)
        return Instance(self.reading, tuple(values), tuple(open_names), tuple(self.findings))

    def _program(self, program: Program) -> dict[str, Value]:
        """Values of one program's variables: state from what earlier intents left, all else from the request."""
        bound: dict[str, Value] = {}
        for variable in program.variables:
            if variable.role is Role.NEW_CELL:
                continue
            cell = variable.name.removeprefix("old ") if variable.role is Role.OLD_CELL else None
            if cell is not None and cell in self.state:
                known = self.state[cell]
                if known is not None:
                    bound[variable.name] = known
                continue
            text = self._text(variable)
            if text is None:
                continue
            try:
                bound[variable.name] = parse_value(text, variable)
            except _BadValue as error:
                message = f"value of {quoted(_shown(variable))} {error}"
                self.findings.append(Finding(code=error.code, message=message, span=variable.span, intent=program.name))
        return bound

    def _text(self, variable: Variable) -> str | None:
        key = variable.name.removeprefix("old ")
        for name in (key, key.replace(".", "_")):
            if name in self.given:
                return self.given[name]
        return None

    def _advance(self, program: Program, bound: dict[str, Value]) -> None:
        """The state the next intent starts in: what can be computed, unknown otherwise."""
        for cell in program.cells:
            if not cell.account:
                continue
            known = all(name in bound for name in variables(cell.after))
            self.state[cell.name] = evaluate(cell.after, bound) if known else None

    def _refuse_unknown_arguments(self, programs: tuple[Program, ...]) -> None:
        known = {name for program in programs for variable in program.variables for name in _spelled(variable)}
        known |= {parameter.name for program in programs for parameter in program.parameters}
        for name in self.question.arguments:
            if _plain(name) not in known and name not in known:
                listed = ", ".join(quoted(found) for found in sorted({p.name for q in programs for p in q.parameters}))
                message = f"unknown argument {quoted(name)}, expected one of {listed or 'none'}"
                self.findings.append(Finding(code="UNKNOWN_NAME", message=message))
        for name, value in self.question.arguments.items():
            other = self.question.context.inputs.get(name, self.question.context.balances.get(name, value))
            if other != value:
                message = f"{quoted(name)} is given twice with different values"
                self.findings.append(Finding(code="BAD_VALUE", message=message))

    def _refuse_aliases(self, program: Program, bound: Mapping[str, Value]) -> None:
        """Two account names of one canonical id: rejected by default."""
        seen: dict[str, str] = {}
        for account in program.accounts:
            identity = bound.get(account, self.given.get(account))
            if not isinstance(identity, str):
                continue
            canonical = canonical_account(identity)
            if canonical in seen:
                message = f"{quoted(seen[canonical])} and {quoted(account)} are one account, expected distinct accounts"
                self.findings.append(
                    Finding(
                        code="ALIASED_ACCOUNTS",
                        message=message,
                        intent=program.name,
                        accounts=(seen[canonical], account),
                    )
                )
            seen[canonical] = account


def _shown(variable: Variable) -> str:
    return variable.name.replace("old ", "old_").replace(".", "_")


def _spelled(variable: Variable) -> tuple[str, str]:
    key = variable.name.removeprefix("old ")
    return key, key.replace(".", "_")


def parse_value(text: str, variable: Variable) -> Value:
    """The value of a given text at the variable's type; raises _BadValue with what was expected."""
    match variable.type:
        case Boolean():
            if text not in ("true", "false"):
                raise _BadValue("BAD_VALUE", "is not `true` or `false`")
            return text == "true"
        case Integer():
            return _in_range(_whole(_decimal(text), "a whole number"), variable)
        case Money():
            scaled = _decimal(text) * 10**variable.scale
            expected = (
                f"a multiple of {Fraction(1, 10**variable.scale)} of one unit" if variable.scale else "whole units"
            )
            return _in_range(_whole(scaled, expected), variable)
        case Rational():
            return _decimal(text)
        case Account():
            return canonical_account(_identity(text))
        case _:
            return _identity(text)


def _identity(text: str) -> str:
    if not text:
        raise _BadValue("BAD_VALUE", "is empty")
    return text


def _whole(value: Fraction, expected: str) -> int:
    if value.denominator != 1:
        raise _BadValue("BAD_VALUE", f"is not {expected}")
    return value.numerator


def _in_range(value: int, variable: Variable) -> int:
    low, high = bounds_of(variable.type)
    low = GIVEN_INTEGER_MINIMUM if low is None else low
    high = GIVEN_INTEGER_MAXIMUM if high is None else high
    if not low <= value <= high:
        raise _BadValue("OUT_OF_RANGE", f"is outside {low}…{high} in the smallest unit")
    return value


def _decimal(text: str) -> Fraction:
    """Plain decimal text, `-` allowed in front: no exponent, separator, plus sign or digit other than 0-9."""
    body = text.removeprefix("-")
    whole, point, fraction = body.partition(".")
    if len(body) > GIVEN_DIGITS + 1:
        raise _BadValue("BAD_VALUE", f"has more than {GIVEN_DIGITS} digits")
    plain = all(part.isascii() and part.isdigit() for part in ((whole, fraction) if point else (whole,)))
    if not plain:
        raise _BadValue("BAD_VALUE", f"is {quoted(text)}, expected a plain decimal number such as `12.50`")
    return Fraction(text)
