"""Values as people read them: the author's names, decimals in one unit, nothing of what is secret."""

from __future__ import annotations

from collections.abc import Container, Mapping
from fractions import Fraction

from aethel.intent.evaluation import evaluate
from aethel.intent.program import Program, Role, Variable
from aethel.intent.terms import Value, variables
from aethel.intent.types import Money, Type
from aethel.verdict import Counterexample


def untold(program: Program, given: Container[str]) -> frozenset[str]:
    """Variables whose values nobody is shown: the secret ones, and what was found to go with a secret that is given."""
    secret = frozenset(variable.name for variable in program.variables if variable.secret)
    if not any(name in given for name in secret):
        return secret
    return secret | {variable.name for variable in program.variables if variable.name not in given}


def counterexample(
    program: Program,
    values: Mapping[str, Value],
    *,
    replayed: bool,
    minimal: bool = False,
    given: Container[str] = frozenset(),
) -> Counterexample:
    """The values as a counterexample in the author's names; `after` is computed from them.

    Secrets are left out, and so are values that were found beside a secret among the `given` ones, since a guard may
    equate the two.
    """
    hidden = untold(program, given)
    inputs: list[tuple[str, str]] = []
    before: list[tuple[str, str]] = []
    labels = {cell.name: cell.label for cell in program.cells}
    for variable in program.variables:
        if variable.secret or variable.name not in values or variable.role is Role.NEW_CELL:
            continue
        value = values[variable.name]
        # An identity that is made up bears the name of its variable, which tells nothing.
        if variable.name in hidden and value != variable.name:
            continue
        shown = rendered(value, variable.type, variable.scale)
        if variable.role is Role.OLD_CELL:
            before.append((f"old_{labels[variable.name.removeprefix('old ')]}", shown))
        else:
            inputs.append((variable.name, shown))
    known = dict(values)
    # What is computed from a secret tells it, beside the values before.
    tellable = known.keys() - hidden
    after = [
        (cell.label, rendered(evaluate(cell.after, known), cell.type, cell.scale))
        for cell in program.cells
        if cell.written and not cell.secret and tellable.issuperset(variables(cell.after))
    ]
    return Counterexample(tuple(inputs), tuple(before), tuple(after), replayed, minimal)


def rendered(value: Value, type_: Type, scale: int) -> str:
    """One value as exact text: money in one unit with its decimals, fractions as `numerator/denominator`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(type_, Money):
        return decimal_text(Fraction(value) / 10**scale, least_decimals=scale)
    return decimal_text(Fraction(value))


def decimal_text(value: Fraction, least_decimals: int = 0) -> str:
    """Exact decimal text where the value has one, else `numerator/denominator`."""
    denominator = value.denominator
    decimals = 0
    while denominator % 10 == 0:
        denominator //= 10
        decimals += 1
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
            decimals += 1
    if denominator != 1:
        return f"{value.numerator}/{value.denominator}"
    decimals = max(decimals, least_decimals)
    digits = str(abs(value.numerator) * 10**decimals // value.denominator).rjust(decimals + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else f"{sign}{digits}"


def variable_text(variable: Variable, value: Value) -> str:
    """`name = value` as the author would write it, or the name alone where the value is secret."""
    name = variable.name.replace("old ", "old_").replace("new ", "").replace(".", "_")
    return name if variable.secret else f"{name} = {rendered(value, variable.type, variable.scale)}"
