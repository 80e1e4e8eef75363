"""What an assumption is in the author's text: the lines an answer names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from aethel.intent.instance import Instance
from aethel.intent.neutrality import Line
from aethel.intent.obligations import asset_name, distinctness, ended, supply, type_ranges
from aethel.intent.program import Condition, Program
from aethel.intent.rendering import decimal_text
from aethel.intent.terms import Term, variables

LISTED_LINES = 20
"""Lines one message names; more are counted."""


def lines_of(program: Program) -> dict[Term, str]:
    """Every assumption an obligation of the program may have, by its term, as a person would name it."""
    terms = program.terms
    named = {divisor.reached: "the `require` lines before it" for divisor in program.divisors}
    named[ended(program)] = "no division by zero"
    named |= {term: f"the range of `{_plain(variables(term)[0])}`" for term in type_ranges(program)}
    named |= dict.fromkeys(distinctness(program), "distinct accounts")
    named |= dict(zip(supply(program), supply_texts(program).values(), strict=True))
    for line in program.requires:
        named[terms.implies(line.path, line.term)] = line_text(line)
    for line in program.guards:
        named[line.term] = line_text(line)
    return named


def line_text(line: Condition | Line) -> str:
    """A line with its place; a secret one by its place alone."""
    return f"a secret line ({line.span})" if line.secret else f"`{line.text}` ({line.span})"


def supply_texts(program: Program) -> dict[str, str]:
    """The supply hypothesis of each asset, in the order of the program's supply."""
    scales = dict(program.scales)
    return {
        asset: f"the touched balances of {asset_name(asset)} sum to at most "
        f"{decimal_text(Fraction(maximum, 10 ** scales.get(asset, 0)))} before"
        for asset, _, maximum in program.supply
    }


def listed(texts: Iterable[str]) -> str:
    """The texts after one another, each once, the first LISTED_LINES of them."""
    found = list(dict.fromkeys(texts))
    more = len(found) - LISTED_LINES
    return ", ".join(found[:LISTED_LINES]) + (f" and {more} more" if more > 0 else "")


def assumed(program: Program, given: Mapping[str, object], bound_accounts: frozenset[str]) -> tuple[str, ...]:
    """The hypotheses of the language that a proof about the program rests on and that no given value has settled."""
    texts = supply_texts(program)
    found = [texts[asset] for asset, total, _ in program.supply if not all(name in given for name in variables(total))]
    accounts = [name for name in program.accounts if name not in given and name not in bound_accounts]
    if accounts and len(program.accounts) > 1:
        found.append(f"distinct accounts: {', '.join(f'`{name}`' for name in program.accounts)}")
    return tuple(found)


def assumptions(instance: Instance, given_names: frozenset[str]) -> tuple[str, ...]:
    """The hypotheses of the language that what is given by these names did not settle, each once."""
    assert instance.reading.file is not None
    found = [
        text
        for program, values in zip(instance.reading.file.programs, instance.values, strict=True)
        for text in assumed(program, values, given_names)
    ]
    return tuple(dict.fromkeys(found))


def _plain(name: str) -> str:
    return name.replace("old ", "old_").replace("new ", "").replace(".", "_")
