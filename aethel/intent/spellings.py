"""Spellings: what reads as before or after of something, and names of one intent that people would mix up."""

from __future__ import annotations

from collections.abc import Iterable

from aethel.intent.confusables import skeleton
from aethel.intent.scope import Scope, Time
from aethel.intent.source import quoted

BEFORE_PREFIX, AFTER_PREFIX = "old_", "new_"
SUFFIXES = (("_old", Time.BEFORE), ("_before", Time.BEFORE), ("_new", Time.AFTER), ("_after", Time.AFTER))


def readings(name: str) -> list[tuple[str, Time]]:
    """Every reading of a spelling as before or after of something."""
    found: list[tuple[str, Time]] = []
    if name.startswith(BEFORE_PREFIX) and len(name) > len(BEFORE_PREFIX):
        found.append((name[len(BEFORE_PREFIX) :], Time.BEFORE))
    if name.startswith(AFTER_PREFIX) and len(name) > len(AFTER_PREFIX):
        found.append((name[len(AFTER_PREFIX) :], Time.AFTER))
    for suffix, time in SUFFIXES:
        if name.endswith(suffix) and len(name) > len(suffix):
            found.append((name[: -len(suffix)], time))
    return found


def account_prefix(accounts: Iterable[str], name: str) -> tuple[str, str]:
    """The longest of the accounts of which `name` spells a cell, and the field; empty where there is none."""
    fitting = [account for account in accounts if name.startswith(account + "_") and len(name) > len(account) + 1]
    if not fitting:
        return "", ""
    account = max(fitting, key=len)
    return account, name[len(account) + 1 :]


def refuse_two_readings(scope: Scope) -> None:
    """Raise IntentError (NAME) for a declared name or binding that reads as before or after of another name."""
    places = {name: (binding.start, binding.end) for name, binding in scope.bindings.items()}
    places |= {parameter.name: (parameter.start, parameter.end) for parameter in scope.intent.parameters}
    for name, (start, end) in places.items():
        for base, time in readings(name):
            if _occurs(scope, base):
                message = f"{quoted(name)} has two readings (itself, and {time.value} of {quoted(base)}), expected one"
                raise scope.source.error("NAME", message, start, end)


def _occurs(scope: Scope, name: str) -> bool:
    """Whether a spelling without before or after names something that occurs in the intent."""
    account, cell_field = account_prefix(scope.accounts, name)
    if not account and name.endswith("_balance"):
        account, cell_field = name.removesuffix("_balance"), "balance"
    return name in scope.symbols or f"{account}.{cell_field}" in scope.symbols


def refuse_confusables(scope: Scope) -> None:
    """Raise IntentError (NAME) for two names of one intent that look alike (UTS #39): people would read one."""
    seen: dict[str, str] = {}
    for name, (start, end) in _written(scope).items():
        other = seen.setdefault(skeleton(name), name)
        if other != name:
            message = f"{quoted(name)} looks like {quoted(other)}, expected names that people can tell apart"
            raise scope.source.error("NAME", message, start, end)


def _written(scope: Scope) -> dict[str, tuple[int, int]]:
    """Every name of an intent, types and fields included, with the first place where it stands."""
    found: dict[str, tuple[int, int]] = {}
    for parameter in scope.intent.parameters:
        found.setdefault(parameter.name, (parameter.start, parameter.end))
        found.setdefault(parameter.type.name, (parameter.type.start, parameter.type.end))
    for name, binding in scope.bindings.items():
        found.setdefault(name, (binding.start, binding.end))
    for symbol in scope.symbols.values():
        for name in (symbol.account, symbol.cell_field) if symbol.account else (symbol.key,):
            found.setdefault(name, (symbol.start, symbol.end))
    return found
