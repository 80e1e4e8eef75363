"""Instances: the values a request gives, bound to the variables of each program of a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from aethel.intent.accounts import canonical_account
from aethel.intent.evaluation import evaluate
from aethel.intent.program import Program, Role, Variable
from aethel.intent.reading import Reading, read
from aethel.intent.readings import Readings
from aethel.intent.scope import spellings_before
from aethel.intent.source import quoted
from aethel.intent.state import shared_cell
from aethel.intent.terms import Value, variables
from aethel.intent.types import Account, Boolean, Integer, Money, Rational, Text, bounds_of
from aethel.request import Question
from aethel.verdict import Finding

GIVEN_INTEGER_MINIMUM, GIVEN_INTEGER_MAXIMUM = -(2**63), 2**63 - 1
"""Where given values of unsized integers are bounded."""

GIVEN_DIGITS = 80
"""Digits of one given number, as for literals."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A text with what the request gives for it.

    `values` holds, per program, the value of each bound variable by its name (where anything is given, a later intent
    starts in the state that earlier ones leave, as far as it is known); `open_names` the names that stay
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


GIVEN_TEXT_LENGTH = 4096
"""Code points of one given text or account id: a page."""


class BadValue(Exception):
    """A given value that its type does not admit; `hidden` says so without any of it, for a value that is secret."""

    def __init__(self, code: str, message: str, hidden: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.hidden = hidden or message


def instantiate(question: Question, readings: Readings | None = None) -> Instance:
    """Read the text of a question and bind what it gives; never raises. Structured questions have no instance.

    With `readings` a text that is kept there is not read again. Whoever has them may not lift literals of the text,
    which completes what was found of its names.
    """
    given, balances = given_values(question), frozenset(question.context.balances)
    text, assets = question.intent_text or b"", question.rules.registry
    if readings is None:
        reading = read(text, given, balances, assets=assets)
    else:
        reading = readings.read(text, given, balances, assets)
    if reading.file is None:
        return Instance(reading, (), (), ())
    under_rules = replace(reading, file=replace(reading.file, rules=question.rules))
    return bound(question, under_rules)


def bound(question: Question, reading: Reading) -> Instance:
    """What a question gives, bound in its text, which was read for these values and is an intent."""
    assert reading.file is not None
    return _Binder(question, reading).bind(reading.file.programs)


def given_values(question: Question) -> dict[str, str]:
    """Every given value by the name the request uses for it; where two parts of it name one, the arguments count."""
    merged: dict[str, str] = {}
    for source in _sources(question):
        merged |= source
    return merged


def _sources(question: Question) -> tuple[Mapping[str, str], ...]:
    return question.context.accounts, question.context.inputs, question.context.balances, question.arguments


class _Binder:
    def __init__(self, question: Question, reading: Reading) -> None:
        self.question = question
        self.reading = reading
        self.given: dict[str, list[str]] = {}
        for source in _sources(question):
            for name, value in source.items():
                self.given.setdefault(name, []).append(value)
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
            if self.given:
                self._advance(program, bound)
        self._refuse_aliases(programs, values)
        return Instance(self.reading, tuple(values), tuple(open_names), tuple(self.findings))

    def _program(self, program: Program) -> dict[str, Value]:
        """Values of one program's variables: state from what earlier intents left, all else from the request."""
        bound: dict[str, Value] = {}
        for variable in program.variables:
            if variable.role is Role.NEW_CELL:
                continue
            cell = shared_cell(program, variable.name.removeprefix("old "))
            if cell is not None and cell in self.state:
                known = self.state[cell]
                if known is not None:
                    bound[variable.name] = known
                continue
            text = self._text(variable, program)
            if text is None:
                continue
            try:
                bound[variable.name] = parse_value(text, variable)
            except BadValue as error:
                said = error.hidden if variable.secret else str(error)
                message = f"value of {quoted(_shown(variable))} {said}"
                self.findings.append(Finding(code=error.code, message=message, span=variable.span, intent=program.name))
        return bound

    def _text(self, variable: Variable, program: Program) -> str | None:
        """The one text given for a variable, whatever it is called there; a finding where two of them differ."""
        texts = [text for name in _spelled(variable) for text in self.given.get(name, ())]
        if len(set(texts)) > 1:
            message = f"{quoted(_shown(variable))} is given twice with different values, expected one value"
            self.findings.append(Finding("BAD_VALUE", message, span=variable.span, intent=program.name))
        return texts[0] if texts else None

    def _advance(self, program: Program, bound: dict[str, Value]) -> None:
        """The state the next intent starts in: what can be computed, unknown otherwise."""
        for cell in program.cells:
            shared = shared_cell(program, cell.name)
            if shared is not None:
                known = all(name in bound for name in variables(cell.after))
                self.state[shared] = evaluate(cell.after, bound) if known else None

    def _refuse_unknown_arguments(self, programs: tuple[Program, ...]) -> None:
        known = {name for program in programs for variable in program.variables for name in _spelled(variable)}
        known |= {parameter.name for program in programs for parameter in program.parameters}
        for name in self.question.arguments:
            if name not in known:
                listed = ", ".join(quoted(found) for found in sorted({p.name for q in programs for p in q.parameters}))
                message = f"unknown argument {quoted(name)}, expected one of {listed or 'none'}"
                self.findings.append(Finding(code="UNKNOWN_NAME", message=message))

    def _refuse_aliases(self, programs: tuple[Program, ...], values: list[dict[str, Value]]) -> None:
        """Two account names of one canonical id: rejected by default, also where they stand in different intents."""
        seen: dict[str, str] = {}
        for program, bound in zip(programs, values, strict=True):
            for account in accounts_named(program):
                identity = bound.get(account, next(iter(self.given.get(account, ())), None))
                if not isinstance(identity, str) or len(identity) > GIVEN_TEXT_LENGTH:
                    continue
                first = seen.setdefault(canonical_account(identity), account)
                if first != account:
                    message = f"{quoted(first)} and {quoted(account)} are one account, expected distinct accounts"
                    found = Finding("ALIASED_ACCOUNTS", message, intent=program.name, accounts=(first, account))
                    self.findings.append(found)


def accounts_named(program: Program) -> tuple[str, ...]:
    """The accounts of an intent, those included that only a declared cell such as `payer_balance` names."""
    cells = (shared_cell(program, cell.name) or "" for cell in program.cells)
    return tuple(dict.fromkeys((*program.accounts, *(cell.partition(".")[0] for cell in cells if "." in cell))))


def _shown(variable: Variable) -> str:
    return variable.name.replace("old ", "old_").replace(".", "_")


def _spelled(variable: Variable) -> tuple[str, ...]:
    return spellings_before(variable.name.removeprefix("old "))


def parse_value(text: str, variable: Variable) -> Value:
    """The value of a given text at the variable's type; raises BadValue with what was expected."""
    match variable.type:
        case Boolean():
            if text not in ("true", "false"):
                raise BadValue("BAD_VALUE", "is no truth value, expected `true` or `false`")
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
        case Text(maximum_length=int(limit)) if len(text) > limit:
            raise BadValue("OUT_OF_RANGE", f"is too long, expected at most {limit} characters")
        case _:
            return _identity(text)


def _identity(text: str) -> str:
    if not text:
        raise BadValue("BAD_VALUE", "is empty, expected a text")
    if len(text) > GIVEN_TEXT_LENGTH:
        raise BadValue("BAD_VALUE", f"is too long, expected at most {GIVEN_TEXT_LENGTH} characters")
    return text


def _whole(value: Fraction, expected: str) -> int:
    if value.denominator != 1:
        raise BadValue("BAD_VALUE", f"has too many decimals, expected {expected}")
    return value.numerator


def _in_range(value: int, variable: Variable) -> int:
    low, high = bounds_of(variable.type)
    low = GIVEN_INTEGER_MINIMUM if low is None else low
    high = GIVEN_INTEGER_MAXIMUM if high is None else high
    if not low <= value <= high:
        raise BadValue("OUT_OF_RANGE", f"is out of range, expected {low}…{high} in the smallest unit")
    return value


def _decimal(text: str) -> Fraction:
    """Plain decimal text, `-` allowed in front: no exponent, separator, plus sign or digit other than 0-9."""
    body = text.removeprefix("-")
    whole, point, fraction = body.partition(".")
    if len(whole) + len(fraction) > GIVEN_DIGITS:
        raise BadValue("BAD_VALUE", f"has too many digits, expected at most {GIVEN_DIGITS}")
    plain = all(part.isascii() and part.isdigit() for part in ((whole, fraction) if point else (whole,)))
    if not plain:
        expected = "a plain decimal number such as `12.50`"
        raise BadValue("BAD_VALUE", f"is {quoted(text)}, expected {expected}", f"is no number, expected {expected}")
    return Fraction(text)
