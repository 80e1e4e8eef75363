"""What the operator of a mesh demands of a client's intents beyond what every intent must hold to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

MAY_BE_REQUIRED = ("S06", "S14", "S18", "S19", "S20", "S23")
"""The classes of the Sentinel that only advise, unless a profile requires them."""

MAX_PROFILE_NAMES = 100
"""Names in one list of a profile: more fields of one kind no scheme has."""

MAX_PROFILE_NAME_CHARS = 128
"""Characters of one name, as for the names of an intent."""

MAX_BOUND_DIGITS = 80
"""Digits of one bound, as for the literals of an intent."""


class ProfileError(ValueError):
    """The profile cannot be used; the message is one sentence that names the entry."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The least and the greatest value of an external that the operator stands for, as exact decimal text.

    Raises ProfileError for any other text, and where the least is the greater one.
    """

    lowest: str
    highest: str

    def __post_init__(self) -> None:
        for text in (self.lowest, self.highest):
            if not _is_signed_decimal(text):
                raise ProfileError(f"bound `{text[:80]}`, expected decimal digits with at most one decimal point")
        if self.low > self.high:
            raise ProfileError(f"bounds `{self.lowest}` and `{self.highest}`, expected the lowest first")

    @property
    def low(self) -> Fraction:
        return Fraction(self.lowest)

    @property
    def high(self) -> Fraction:
        return Fraction(self.highest)


@dataclass(frozen=True, slots=True)
class SecurityProfile:
    """The security profile of one client.

    `required` are ids of MAY_BE_REQUIRED whose findings reject. `principals` name the parameters that stand for who
    authorised the request; `nonces`, `expiries` and `domains` name the parameters or cells that make a request good
    once, for a time, and for one ledger only, one of each list at least where it is not empty. `bounds` maps the names
    of externals to the range that the guards must keep them in. Raises ProfileError.
    """

    required: tuple[str, ...] = ()
    principals: tuple[str, ...] = ()
    nonces: tuple[str, ...] = ()
    expiries: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    bounds: Mapping[str, Bound] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for id_ in self.required:
            if id_ not in MAY_BE_REQUIRED:
                raise ProfileError(f"class `{id_[:80]}` cannot be required, expected one of {_listed(MAY_BE_REQUIRED)}")
        for name in ("required", "principals", "nonces", "expiries", "domains"):
            listed = getattr(self, name)
            _check_names(listed, name)
            object.__setattr__(self, name, tuple(sorted(set(listed))))
        _check_names(self.bounds, "bounds")
        object.__setattr__(self, "bounds", dict(sorted(self.bounds.items())))

    def is_empty(self) -> bool:
        lists = (self.required, self.principals, self.nonces, self.expiries, self.domains, self.bounds)
        return not any(lists)


def profile_of_table(table: Mapping[str, object]) -> SecurityProfile:
    """The profile as TOML or JSON has it; raises ProfileError naming what is none."""
    lists = ("required", "principals", "nonces", "expiries", "domains")
    _refuse_unknown(table, (*lists, "bounds"))
    names: dict[str, tuple[str, ...]] = {}
    for key in lists:
        listed = table.get(key, [])
        if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
            raise ProfileError(f"`{key}` is no list of texts")
        names[key] = tuple(listed)
    bounds = table.get("bounds", {})
    if not isinstance(bounds, dict):
        raise ProfileError("`bounds` is no table, expected an external and its range on each line")
    return SecurityProfile(**names, bounds={name: _bound(name, value) for name, value in bounds.items()})


def _bound(name: str, table: object) -> Bound:
    expected = '`{ lowest = "90", highest = "110.5" }`'
    if not isinstance(table, dict) or set(table) != {"lowest", "highest"}:
        raise ProfileError(f"the bound of `{name[:80]}` is none, expected {expected}")
    if not all(isinstance(value, str) for value in table.values()):
        raise ProfileError(f"the bound of `{name[:80]}` is no text, expected {expected}")
    return Bound(**table)


def _check_names(names: Iterable[str], what: str) -> None:
    listed = list(names)
    if len(listed) > MAX_PROFILE_NAMES:
        raise ProfileError(f"more than {MAX_PROFILE_NAMES} entries in `{what}`")
    for name in listed:
        if not name or len(name) > MAX_PROFILE_NAME_CHARS or not name.isprintable():
            shown = name[:80].encode("unicode_escape").decode("ascii")
            raise ProfileError(f"name `{shown}` in `{what}`, expected 1 to {MAX_PROFILE_NAME_CHARS} characters")


def _refuse_unknown(table: Mapping[str, object], known: tuple[str, ...]) -> None:
    for name in table:
        if name not in known:
            raise ProfileError(f"`{name[:80]}` is unknown, expected one of {_listed(known)}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _is_signed_decimal(text: str) -> bool:
    whole, point, decimals = text.removeprefix("-").partition(".")
    digits = whole + decimals
    return text.isascii() and whole.isdigit() and (decimals.isdigit() or not point) and len(digits) <= MAX_BOUND_DIGITS


NO_PROFILE = SecurityProfile()
"""Nothing is demanded beyond the language."""
