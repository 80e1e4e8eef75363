"""Replay of counterexamples and witnesses in the reference interpreter, before anybody sees them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from aethel.intent.interpreter import Run, Values, run
from aethel.intent.neutrality import Neutrality, first_run, second_run
from aethel.intent.obligations import Aspect, Kind, Obligation, asset_name
from aethel.intent.program import Program
from aethel.intent.reading import Reading
from aethel.intent.terms import Value
from aethel.intent.types import DEFAULT_ASSET, Money, Rational, bounds_of
from aethel.rules import DEFAULT_ASSET_NAME, Rules


def confirms(reading: Reading, obligation: Obligation, values: Mapping[str, Value]) -> bool:
    """Whether the obligation really fails on these values, one for each variable of its program.

    The values must also satisfy every hypothesis: type ranges, distinct accounts, supply, guards and requires. For two
    runs `values` has those of both.
    """
    assert reading.file is not None
    program = reading.file.programs[obligation.program]
    runs = (values,) if obligation.neutrality is None else (first_run(values), second_run(values))
    within = all(_within_hypotheses(program, *one_unit(program, each)) for each in runs)
    return within and fails(reading, obligation, values)


def fails(reading: Reading, obligation: Obligation, values: Mapping[str, Value]) -> bool:
    """Whether the obligation fails on these values, one for each variable of its program, hypotheses aside."""
    assert reading.file is not None
    if obligation.neutrality is not None:
        return runs_differ(reading, obligation.program, obligation.neutrality, values)
    program, analysed = reading.file.programs[obligation.program], reading.analysed[obligation.program]
    before, arbitrary = one_unit(program, values)
    result = run(analysed, dict(program.scales), before, arbitrary)
    start = obligation.span.start
    if obligation.kind is Kind.IN_RANGE and start in result.undefined.values():
        return all(held or result.undefined.get(index) == start for index, held in enumerate(result.guards))
    if not result.admitted:
        return False
    match obligation.kind:
        case Kind.POST:
            return not result.lines[int(obligation.id.rpartition(".")[2]) - 1]
        case Kind.CONSERVED:
            return obligation.subject in _changed_sums(program, before, result)
        case Kind.SOLVENT:
            return any(found.what == "negative" and found.symbol == obligation.subject for found in result.violations)
        case Kind.IN_RANGE:
            return _range_violated(obligation, result)
        case Kind.ISSUED:
            return _over_its_cap(obligation.subject, result, reading.file.rules)
        case Kind.FRAME:
            return bool(unframed(program, before, result))
        case Kind.CONSISTENT | Kind.NON_VACUOUS | Kind.IDENTITY_NEUTRAL:
            return False


def runs_differ(reading: Reading, position: int, made: Neutrality, values: Mapping[str, Value]) -> bool:
    """Whether the reference interpreter tells the two runs apart, of which one is a renaming of the other.

    `values` has those of both runs; whether each satisfies the hypotheses of the language is not looked at. What is
    admitted and divides by zero has no end that another could differ from.
    """
    assert reading.file is not None
    program, analysed = reading.file.programs[position], reading.analysed[position]
    both = (first_run(values), second_run(values))
    if not _is_renaming(program, made, *both):
        return False
    first, second = (run(analysed, dict(program.scales), *one_unit(program, each)) for each in both)
    if any(each.admitted and any(found.what == "divisor" for found in each.violations) for each in (first, second)):
        return False
    if first.admitted != second.admitted:
        return True
    return first.admitted and any(
        first.after[cell.name] != second.after[cell.name]
        and (first.after[cell.name], second.after[cell.name]) not in _renamed(made, str(cell.before.value), *both)
        for cell in program.cells
    )


def unframed(program: Program, before: Values, result: Run) -> frozenset[str]:
    """The cells that an execution changes although the text does not write them."""
    kept = (cell.name for cell in program.cells if cell.name not in program.writable)
    return frozenset(name for name in kept if result.after[name] != before[name])


def admits(reading: Reading, position: int, values: Mapping[str, Value]) -> bool:
    """Whether guards and requires of the intent at `position` admit these values: the replay of a witness."""
    assert reading.file is not None
    program = reading.file.programs[position]
    before, arbitrary = one_unit(program, values)
    return run(reading.analysed[position], dict(program.scales), before, arbitrary).admitted


def one_unit(program: Program, values: Mapping[str, Value]) -> tuple[dict[str, Value], dict[str, Value]]:
    """A program's values by symbol key, in one unit: those before, and the arbitrary ones after."""
    before: dict[str, Value] = {}
    arbitrary: dict[str, Value] = {}
    for variable in program.variables:
        value = values[variable.name]
        if isinstance(variable.type, Money):
            assert isinstance(value, int | Fraction)
            value = Fraction(value) / 10**variable.scale
        time, _, key = variable.name.rpartition(" ")
        (arbitrary if time == "new" else before)[key] = value
    return before, arbitrary


def _is_renaming(program: Program, made: Neutrality, first: Mapping[str, Value], second: Mapping[str, Value]) -> bool:
    """Whether a bijection for each role makes the one run of the other, all else being the same."""
    renamed = frozenset().union(*made.roles)
    if any(first[each.name] != second[each.name] for each in program.variables if each.name not in renamed):
        return False
    mapped = [{(first[name], second[name]) for name in role} for role in made.roles]
    return all(len({one for one, _ in each}) == len(each) == len({two for _, two in each}) for each in mapped)


def _renamed(
    made: Neutrality, name: str, first: Mapping[str, Value], second: Mapping[str, Value]
) -> set[tuple[Value, Value]]:
    """What the renaming of the role of one variable makes of which identity."""
    return {(first[each], second[each]) for role in made.roles if name in role for each in role}


def _over_its_cap(name: str, result: Run, rules: Rules) -> bool:
    """Whether more of an asset was minted or burned than the rules allow."""
    cap = rules.issuance[name]
    asset = DEFAULT_ASSET if name == DEFAULT_ASSET_NAME else name
    minted, burned = (sums.get(asset, Fraction(0)) for sums in (result.minted, result.burned))
    return minted > Fraction(cap.mint) or burned > Fraction(cap.burn)


def _range_violated(obligation: Obligation, result: Run) -> bool:
    """Whether the execution did what the range obligation forbids, at its place."""
    if obligation.aspect is Aspect.CONSTANT:
        return True
    wanted = {Aspect.DIVISOR: "divisor", Aspect.AMOUNT: "transfer", Aspect.STORE: "store"}[obligation.aspect]
    at = [found for found in result.violations if found.what == wanted and found.start == obligation.span.start]
    return any(obligation.aspect is not Aspect.STORE or found.symbol == obligation.subject for found in at)


def _within_hypotheses(program: Program, before: Values, arbitrary: Values) -> bool:
    for variable in program.variables:
        time, _, key = variable.name.rpartition(" ")
        value = (arbitrary if time == "new" else before)[key]
        low, high = bounds_of(variable.type)
        if isinstance(value, bool | str):
            continue
        unit = 10**variable.scale
        if not isinstance(variable.type, Rational) and (value * unit) % 1 != 0:
            return False
        if (low is not None and value * unit < low) or (high is not None and value * unit > high):
            return False
    accounts = [before[str(term.value)] for term in program.distinct]
    if len(set(accounts)) != len(accounts):
        return False
    return all(_sum_before(program, before, asset) <= maximum for asset, _, maximum in program.supply)


def _sum_before(program: Program, before: Values, asset: str) -> Fraction:
    """The sum of the written balances of an asset before, in minor units."""
    total = Fraction(0)
    for cell in program.cells:
        if cell.written and isinstance(cell.type, Money) and cell.type.asset == asset:
            value = before[cell.name]
            assert isinstance(value, int | Fraction)
            total += Fraction(value) * 10**cell.scale
    return total


def _changed_sums(program: Program, before: Values, result: Run) -> set[str]:
    """Names of the assets whose sum over the touched cells changes by other than what was minted and burned."""
    sums = {asset_name(asset): -issued for asset, issued in result.issued.items()}
    for cell in program.cells:
        if isinstance(cell.type, Money):
            old, new = before[cell.name], result.after[cell.name]
            assert isinstance(old, int | Fraction) and isinstance(new, int | Fraction)
            name = asset_name(cell.type.asset)
            sums[name] = sums.get(name, Fraction(0)) + Fraction(new) - Fraction(old)
    return {name for name, change in sums.items() if change != 0}
