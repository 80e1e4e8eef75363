"""What the operator of a mesh allows a client beyond moving money, and what is demanded of the client's intents."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aethel.assets import ISO_4217_DECIMALS, Registry
from aethel.policy import STRICT, Policy, PolicyError, policy_of_table
from aethel.profile import NO_PROFILE, ProfileError, SecurityProfile, profile_of_table
from aethel.text_types import TYPES_BY_NAME, TextType

DEFAULT_ASSET_NAME = "default"
"""How rules name the asset of bare `Balance`."""

MAX_RULES_BYTES = 1_048_576
"""Bytes of a rules file: thousands of clients fit, and reading it takes no time worth mentioning."""

MAX_CAP_DIGITS = 80
"""Digits of one cap, as for the literals of an intent."""

MAX_NAME_CHARS = 128
"""Characters of a client, an asset or a pattern of cells, as for the names of an intent."""

MAX_DECIMALS = 30
"""Decimals of an asset: more than any has that is in use (18)."""

MAX_ENTRIES = 1_000
"""Assets, patterns of cells, and known payees, of one client."""

MAX_PAYEE_CHARS = 140
"""Characters of a payee, as ISO 20022 allows for the name of a creditor (Max140Text)."""


class RulesError(ValueError):
    """The rules cannot be used; the message is one sentence that names the entry."""


@dataclass(frozen=True, slots=True)
class Cap:
    """The most that one intent may mint, and the most that it may burn, of one asset.

    Both are exact decimal text in one unit of the asset. Raises RulesError for any other text.
    """

    mint: str = "0"
    burn: str = "0"

    def __post_init__(self) -> None:
        for text in (self.mint, self.burn):
            if not _is_decimal(text):
                raise RulesError(f"cap {_quoted(text)}, expected decimal digits with at most one decimal point")


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one client: `issuance` maps names of assets to caps, `writes` lists cells that may be written.

    An asset that is not in `issuance` may be neither minted nor burned. A pattern of `writes` is the name of a cell
    (`nonce`, `sender.nonce`) or, with a dot in front, a field of every account (`.nonce`). `assets` gives the decimals
    of assets that no standard names, and is the same for all clients of a mesh. `ledger` says how strictly structured
    transactions are read, `texts` gives the types of text fields by the name of the field or parameter (`payee`,
    `memo`), `security` says what is demanded of intents beyond the language. `payees` are the names of those whom the
    client pays: another name that looks like one of them is refused. Raises RulesError.
    """

    issuance: Mapping[str, Cap] = field(default_factory=dict)
    writes: tuple[str, ...] = ()
    assets: Mapping[str, int] = field(default_factory=dict)
    ledger: Policy = STRICT
    texts: Mapping[str, TextType] = field(default_factory=dict)
    security: SecurityProfile = NO_PROFILE
    payees: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        listed = (self.issuance, self.writes, self.assets, self.texts, self.payees)
        if max(map(len, listed)) > MAX_ENTRIES:
            raise RulesError(f"more than {MAX_ENTRIES} entries for one client")
        for name, decimals in self.assets.items():
            _check_asset(name, decimals)
        for name in (*self.issuance, *self.writes, *self.texts):
            _check_name(name)
        for pattern in self.writes:
            if not all(pattern.removeprefix(".").split(".")) or pattern.removeprefix(".").count(".") > 1:
                raise RulesError(f"pattern {_quoted(pattern)}, expected `cell`, `account.field` or `.field`")
        for payee in self.payees:
            _check_payee(payee)
        object.__setattr__(self, "payees", tuple(sorted(set(self.payees))))
        object.__setattr__(self, "issuance", dict(sorted(self.issuance.items())))
        object.__setattr__(self, "writes", tuple(sorted(set(self.writes))))
        object.__setattr__(self, "assets", dict(sorted(self.assets.items())))
        object.__setattr__(self, "texts", dict(sorted(self.texts.items())))

    def is_empty(self) -> bool:
        is_plain = self.ledger.is_strict() and self.security.is_empty()
        return is_plain and not (self.issuance or self.writes or self.assets or self.texts or self.payees)

    @property
    def registry(self) -> Registry:
        """Every asset that a text may name, with its decimals."""
        return {**ISO_4217_DECIMALS, **self.assets} if self.assets else ISO_4217_DECIMALS

    def may_write(self, account: str, name: str) -> bool:
        """Whether the cell `name` of `account`, or the lone name where that is empty, may be written."""
        wanted = {f"{account}.{name}", f".{name}"} if account else {name}
        return not wanted.isdisjoint(self.writes)


NO_RULES = Rules()
"""Nothing is allowed."""


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules of every client: those of its own where it has any, else the default ones."""

    default: Rules = NO_RULES
    clients: Mapping[str, Rules] = field(default_factory=dict)

    def of(self, client: str) -> Rules:
        """The rules of an authenticated client; the empty name is nobody in particular."""
        return self.clients.get(client, self.default)


def rules_of_table(table: Mapping[str, object], place: str, assets: Mapping[str, int] | None = None) -> Rules:
    """The rules of one client as TOML or JSON has them; raises RulesError naming the `place` of what is no rule."""
    _refuse_unknown(table, place, ("issuance", "writes", "ledger", "texts", "security", "payees"))
    writes = _texts(table.get("writes", []), f"{place}.writes", "names of cells")
    payees = _texts(table.get("payees", []), f"{place}.payees", "names of payees")
    issuance = table.get("issuance", {})
    if not isinstance(issuance, dict):
        raise RulesError(f"`{place}.issuance` is no table, expected an asset and its caps on each line")
    caps = {asset: _cap(cap, f"{place}.issuance.{asset}") for asset, cap in issuance.items()}
    ledger = _policy(table.get("ledger", {}), f"{place}.ledger")
    texts = table.get("texts", {})
    if not isinstance(texts, dict):
        raise RulesError(f"`{place}.texts` is no table, expected the type of a text field on each line")
    types = {name: text_type(name, value) for name, value in texts.items()}
    security = _profile(table.get("security", {}), f"{place}.security")
    try:
        return Rules(caps, writes, assets or {}, ledger, types, security, payees)
    except RulesError as error:
        raise RulesError(f"`{place}`: {error}") from error


def text_type(name: str, value: object) -> TextType:
    """The type that a rule gives a text field; raises RulesError where there is none of that name."""
    found = TYPES_BY_NAME.get(value) if isinstance(value, str) else None
    if found is None:
        expected = ", ".join(f"`{known}`" for known in TYPES_BY_NAME)
        raise RulesError(f"type of text {_quoted(name)} is {_quoted(str(value))}, expected one of {expected}")
    return found


def read_rules(content: bytes) -> RuleBook:
    """The rules in a TOML file; raises RulesError for whatever is no rule, so that nothing is allowed by mistake."""
    if len(content) > MAX_RULES_BYTES:
        raise RulesError(f"more than {MAX_RULES_BYTES} bytes")
    try:
        table = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise RulesError(f"no TOML file: {str(error)[:200]}") from error
    found = _tables(table, "", ("default", "clients", "assets"))
    assets = {name: _decimals(name, decimals) for name, decimals in found.get("assets", {}).items()}
    clients = found.get("clients", {})
    for name in clients:
        _check_name(name)
    return RuleBook(
        rules_of_table(found.get("default", {}), "default", assets),
        {name: rules_of_table(rules, f"clients.{name}", assets) for name, rules in _tables(clients, "clients").items()},
    )


def _texts(value: object, place: str, expected: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise RulesError(f"`{place}` is no list of texts, expected {expected}")
    return tuple(value)


def _decimals(name: str, value: object) -> int:
    _check_asset(name, value)
    assert isinstance(value, int)
    return value


def _cap(table: object, place: str) -> Cap:
    if not isinstance(table, dict):
        raise RulesError(f'{_quoted(place)} is no table, expected `{{ mint = "10.00", burn = "0" }}`')
    _refuse_unknown(table, place, ("mint", "burn"))
    for direction, value in table.items():
        if not isinstance(value, str):
            raise RulesError(f"{_quoted(f'{place}.{direction}')} is no text, expected an exact amount in quotes")
    try:
        return Cap(**table)
    except RulesError as error:
        raise RulesError(f"{_quoted(place)}: {error}") from error


def _policy(table: object, place: str) -> Policy:
    if not isinstance(table, dict):
        raise RulesError(f"`{place}` is no table, expected settings such as `implicit_exchange = false`")
    try:
        return policy_of_table(table)
    except PolicyError as error:
        raise RulesError(f"`{place}`: {error}") from error


def _profile(table: object, place: str) -> SecurityProfile:
    if not isinstance(table, dict):
        raise RulesError(f"`{place}` is no table, expected settings such as `required = ['S19']`")
    try:
        return profile_of_table(table)
    except ProfileError as error:
        raise RulesError(f"`{place}`: {error}") from error


def _tables(table: Mapping[str, object], place: str, known: Iterable[str] = ()) -> dict[str, dict[str, object]]:
    """The entries of a table that holds nothing but tables, by `known` names where there are any."""
    _refuse_unknown(table, place, known or table)
    found: dict[str, dict[str, object]] = {}
    for name, value in table.items():
        if not isinstance(value, dict):
            raise RulesError(f"{_quoted(f'{place}.{name}'.removeprefix('.'))} is no table")
        found[name] = value
    return found


def _refuse_unknown(table: Mapping[str, object], place: str, known: Iterable[str]) -> None:
    expected = tuple(known)
    for name in table:
        if name not in expected:
            named = _quoted(f"{place}.{name}".removeprefix("."))
            raise RulesError(f"{named} is unknown, expected {' or '.join(f'`{each}`' for each in expected)}")


def _check_name(name: str) -> None:
    if not name or len(name) > MAX_NAME_CHARS or not name.isprintable():
        raise RulesError(f"name {_quoted(name)}, expected 1 to {MAX_NAME_CHARS} printable characters")


def _check_payee(name: str) -> None:
    """A payee is named in any script; what the Sentinel refuses in every name cannot be a known one."""
    controls = any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in name)
    if not name.strip() or len(name) > MAX_PAYEE_CHARS or controls:
        raise RulesError(f"payee {_quoted(name)}, expected 1 to {MAX_PAYEE_CHARS} characters without controls")


def _check_asset(name: str, decimals: object) -> None:
    """An asset has a name that texts can spell and no standard has, and so many decimals."""
    _check_name(name)
    if not (name.isascii() and name.replace("_", "").isalnum() and name[0].isalpha()):
        raise RulesError(f"asset {_quoted(name)}, expected letters, digits and `_` behind a first letter")
    if name.upper() in ISO_4217_DECIMALS or name == DEFAULT_ASSET_NAME:
        raise RulesError(f"asset {_quoted(name)} is known already, expected one that no standard names")
    if type(decimals) is not int or not 0 <= decimals <= MAX_DECIMALS:
        raise RulesError(f"decimals {_quoted(str(decimals))} of {_quoted(name)}, expected 0 to {MAX_DECIMALS}")


def _is_decimal(text: str) -> bool:
    whole, point, decimals = text.partition(".")
    digits = whole + decimals
    return text.isascii() and whole.isdigit() and (decimals.isdigit() or not point) and len(digits) <= MAX_CAP_DIGITS


def _quoted(text: str) -> str:
    """Text of the file in backticks, shortened, what is not printable as an escape."""
    shown = "".join(char if char.isprintable() and char != "`" else f"\\u{ord(char):04x}" for char in text)
    return f"`{shown if len(shown) <= 80 else shown[:79] + '…'}`"
