"""Binding given texts to a program that was read before, wherever reading again would give the same program."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from aethel.assets import ISO_4217_DECIMALS
from aethel.intent.instance import (
    GIVEN_DIGITS,
    GIVEN_INTEGER_MAXIMUM,
    GIVEN_INTEGER_MINIMUM,
    BadValue,
    accounts_named,
    parse_value,
)
from aethel.intent.program import Program, Role, Variable
from aethel.intent.scope import spellings_before
from aethel.intent.skeleton_literals import literal_number
from aethel.intent.terms import Value
from aethel.intent.types import Account, Integer, Money, bounds_of
from aethel.request import Context

_Parse = Callable[[str], Value]


class _Refused(Exception):
    """Something given that must be bound the long way, which says what is wrong with it or finds that it is right."""


class Binding:
    """Binds what a request gives to the variables of one program that is the only one of its text.

    Only plain cases are bound: every given name is known, none is given twice with different texts, every value is one
    that its type admits, and none would have changed how the text is read.
    """

    def __init__(self, program: Program) -> None:
        self._places: dict[str, tuple[str, _Parse] | None] = {}
        self._money: set[str] = set()
        named = accounts_named(program)
        types = {variable.name: variable.type for variable in program.variables}
        self._accounts = tuple(name for name in named if isinstance(types.get(name), Account))
        # A cell such as `payer_balance` makes an account of a parameter `payer` that is declared as something else.
        self._is_plain = all(name in self._accounts for name in named if name in types)
        for variable in program.variables:
            if variable.role is Role.NEW_CELL or literal_number(variable.name):
                continue
            place = variable.name, _parser(variable)
            for name in spellings_before(variable.name.removeprefix("old ")):
                self._places[name] = None if name in self._places else place
                if _is_balance(variable):
                    self._money.add(name)

    @property
    def names(self) -> Collection[str]:
        """Every name by which it binds a value; whatever is given by another one is left to reading."""
        return self._places.keys()

    def bind(self, arguments: Mapping[str, str], context: Context) -> dict[str, Value] | None:
        """The given values by the names of the program's variables; None where the text must be read with them.

        What it gives is what `instance.instantiate` gives for the same text without any finding.
        """
        if not (self._is_plain and self._money.issuperset(context.balances)):
            return None
        bound: dict[str, Value] = {}
        try:
            for given in (context.accounts, context.inputs, context.balances, arguments):
                if given:
                    self._bind(given, bound)
        except (_Refused, BadValue):
            return None
        identities = [bound[name] for name in self._accounts if name in bound]
        return bound if len(set(identities)) == len(identities) else None

    def _bind(self, given: Mapping[str, str], bound: dict[str, Value]) -> None:
        for name, text in given.items():
            place = self._places.get(name)
            if place is None or place[0] in bound:
                raise _Refused
            bound[place[0]] = place[1](text)


def _is_balance(variable: Variable) -> bool:
    """Whether a variable is a balance by its name, so that giving it as one says nothing new of it."""
    key = variable.name.removeprefix("old ")
    return isinstance(variable.type, Money) and key.endswith(("_balance", ".balance"))


def _parser(variable: Variable) -> _Parse:
    """What reads a given text for a variable as `parse_value` does, whole numbers quickly."""
    if not isinstance(variable.type, Money | Integer):
        return lambda text: parse_value(text, variable)
    least, greatest = bounds_of(variable.type)
    low = GIVEN_INTEGER_MINIMUM if least is None else least
    high = GIVEN_INTEGER_MAXIMUM if greatest is None else greatest
    units: list[int] = [10**missing for missing in range(variable.scale, -1, -1)]
    finest = _decimals_allowed(variable)

    def parse(text: str) -> Value:
        whole, point, fraction = text.partition(".")
        digits = whole + fraction
        plain = digits.isascii() and digits.isdigit() and whole and len(digits) <= GIVEN_DIGITS
        if plain and len(fraction) <= variable.scale and (fraction or not point):
            value = int(digits) * units[len(fraction)]
            if low <= value <= high:
                return value
        if finest is not None and len(fraction) > finest:
            raise _Refused
        return parse_value(text, variable)

    return parse


def _decimals_allowed(variable: Variable) -> int | None:
    """Decimals beyond which a given number changes how the text is read; None where the registry fixes them.

    An asset that is in no registry takes on as many decimals as it is given, and a name without a type that is given
    with a decimal point is rational. One that the operator's rules register is treated as the former: what is given
    too finely is left to reading, which refuses it.
    """
    if isinstance(variable.type, Money):
        registered = ISO_4217_DECIMALS.get(variable.type.asset)
        return variable.scale if registered is None else None
    return 0
