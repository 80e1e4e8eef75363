"""The types that parameters declare."""

from __future__ import annotations

from aethel.assets import Registry, nearest
from aethel.intent import syntax
from aethel.intent.source import Source, quoted
from aethel.intent.types import DEFAULT_ASSET, Account, Boolean, Hash, Integer, Money, Rational, Text, Type

_SIZED = {f"{sign}{bits}": (sign, bits) for sign in "ui" for bits in range(8, 257, 8)}
_INTEGERS = frozenset({"Int", "Integer", "Counter", "Nonce", "Timestamp", "Status"})
_RATIONALS = frozenset({"Price", "Rate", "Ratio", "Percent", "Decimal", "Degrees", "Meters"})


def declared_type(written: syntax.TypeName, source: Source, assets: Registry) -> tuple[Type | None, str | None]:
    """The type a parameter declares, or the nominal name of one that use decides; raises IntentError (TYPE)."""
    name = written.name
    if name in ("Balance", "Amount", "Account"):
        _no_size(written, source)
        asset = _asset(written, source, assets)
        return (Account(asset) if name == "Account" else Money(asset)), None
    if name in ("Rate", "Price") and written.second is not None:
        return Rational(written.argument, written.second, name), None
    if written.argument is not None:
        takes = "two" if name in ("Rate", "Price") else "one only with `Balance`, `Amount` or `Account`"
        message = f"type {quoted(name)} with one asset, expected {takes}"
        raise source.error("TYPE", message, written.start, written.end)
    if name == "Text":
        return Text(written.size), None
    _no_size(written, source)
    if name in _INTEGERS:
        return Integer(name=name), None
    if name in _RATIONALS:
        return Rational(name=name), None
    if name in ("Bool", "Boolean"):
        return Boolean(), None
    if name == "Hash":
        return Hash(), None
    if name in _SIZED:
        sign, bits = _SIZED[name]
        low, high = (0, 2**bits - 1) if sign == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        return Integer(low, high, name), None
    if name in assets:
        return Money(name), None
    if name[:1] in "ui" and name[1:].isdigit():
        message = f"unknown width {quoted(name)}, expected `u` or `i` with a multiple of 8 from 8 to 256"
        raise source.error("TYPE", message, written.start, written.end)
    return None, name


def _no_size(written: syntax.TypeName, source: Source) -> None:
    if written.size is not None:
        raise source.error(
            "TYPE",
            f"type {quoted(written.name)} with a size, expected one only with `Text`",
            written.start,
            written.end,
        )


def _asset(written: syntax.TypeName, source: Source, assets: Registry) -> str:
    if written.second is not None:
        raise source.error(
            "TYPE",
            f"type {quoted(written.name)} with two assets, expected two only with `Rate` or `Price`",
            written.start,
            written.end,
        )
    if written.argument is None:
        return DEFAULT_ASSET
    if written.argument not in assets:
        known = nearest(written.argument, assets)
        message = f"unknown asset {quoted(written.argument)}, expected an asset such as {known}"
        raise source.error("TYPE", message, written.start, written.end)
    return written.argument
