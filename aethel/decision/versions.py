"""The table of versions: which version of an expert a question belongs to, exact, sticky and not to be steered."""

from __future__ import annotations

import hashlib
import hmac
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

SLOTS = 1000
"""Slots of a split: a weight is a number of them, so a version's share is exact to a thousandth."""

STABLE = "stable"
"""The name of the only version of an expert that the table does not list."""

MAX_TABLE_BYTES = 1_048_576
"""Bytes of a table: every version there is fits many times over."""

MAX_VERSIONS = 16
"""Versions of one expert."""

MAX_NAME_CHARS = 64
"""Characters of the name of a version."""

MIN_SECRET_CHARS = 32
"""Hexadecimal digits of a secret: 128 bits, which nobody guesses."""


class VersionsError(ValueError):
    """The table cannot be used; the message is one sentence that names the entry."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an expert: its processes, as `host:port` texts, and the slots whose questions it answers.

    A shadow is sent copies of the questions of its slots, and answers none.
    """

    name: str
    addresses: tuple[str, ...] = ()
    slots: frozenset[int] = frozenset()
    is_shadow: bool = False

    @property
    def weight(self) -> int:
        """The share of the questions, in thousandths."""
        return len(self.slots)


@dataclass(frozen=True, slots=True)
class Split:
    """The versions of one expert. What no canary owns belongs to `stable`; no slot belongs to two canaries.

    `secret` keeps whoever chooses identifiers from choosing a version with them, and splits uncorrelated.
    """

    stable: Version
    others: tuple[Version, ...] = ()
    secret: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        owned = [slot for version in self.others if not version.is_shadow for slot in version.slots]
        if len(set(owned)) < len(owned):
            raise VersionsError("a slot belongs to two versions, expected one owner")
        names = [version.name for version in self.versions]
        if len(set(names)) < len(names):
            raise VersionsError("two versions have one name, expected a name for each")

    @property
    def versions(self) -> tuple[Version, ...]:
        """All versions, the stable one first."""
        return (self.stable, *self.others)

    def assigned(self, client: str, transaction_id: str) -> str:
        """The name of the version that has to answer; the same for the same client and identifier."""
        if not self.others:
            return self.stable.name
        slot = slot_of(self.secret, client, transaction_id)
        return next((each.name for each in self.others if not each.is_shadow and slot in each.slots), self.stable.name)

    def shadows(self, client: str, transaction_id: str) -> tuple[str, ...]:
        """The names of the shadows that are sent a copy."""
        if not any(version.is_shadow for version in self.others):
            return ()
        slot = slot_of(self.secret, client, transaction_id)
        return tuple(version.name for version in self.others if version.is_shadow and slot in version.slots)

    def with_weight(self, name: str, weight: int) -> Split:
        """The split in which a canary has so many slots: more come from stable only, fewer go back to it.

        Raises VersionsError where stable has not so many to give, or where there is no such canary.
        """
        version = next((each for each in self.others if each.name == name), None)
        if version is None:
            raise VersionsError(f"there is no canary `{name}`")
        changed = replace(version, slots=_resized(version, weight, self._free(version)))
        return replace(self, others=tuple(changed if each is version else each for each in self.others))

    def _free(self, version: Version) -> frozenset[int]:
        """The slots that a version may take: of a shadow any, since nobody loses what is copied."""
        taken = {slot for each in self.others if not each.is_shadow and each is not version for slot in each.slots}
        return frozenset(range(SLOTS)) - version.slots - (frozenset() if version.is_shadow else taken)


def slot_of(secret: bytes, client: str, transaction_id: str) -> int:
    """The slot of a question, 0 to 999: HMAC-SHA256 over the client and the identifier, modulo 1000."""
    named = client.encode("utf-8", "surrogatepass")
    content = b"%d:%b%b" % (len(named), named, transaction_id.encode("utf-8", "surrogatepass"))
    return int.from_bytes(hmac.digest(secret, content, hashlib.sha256)) % SLOTS


def _resized(version: Version, weight: int, free: frozenset[int]) -> frozenset[int]:
    kept = sorted(version.slots)[:weight]
    wanted = weight - len(kept)
    if not 0 <= weight <= SLOTS or wanted > len(free):
        raise VersionsError(f"`{version.name}` cannot have {weight} of {SLOTS} slots, expected what stable can give")
    return frozenset(kept) | frozenset(sorted(free)[:wanted])


def read_versions(content: bytes) -> Mapping[str, Split]:
    """The splits of a table in TOML, by the name of the expert's process; raises VersionsError.

    An expert is a table with a `secret` and a list `versions` of tables with a `name`, `addresses`, and but for the
    one that is stable a `weight` in thousandths; `slots` names the ones it owns, and `shadow` says that it is a shadow.
    Slots that are not named are given in the order of the table, lowest first.
    """
    if len(content) > MAX_TABLE_BYTES:
        raise VersionsError(f"the table has more than {MAX_TABLE_BYTES} bytes")
    try:
        table = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise VersionsError(f"the table is no TOML: {str(error).lower()}") from error
    return {name: _split(name, entry) for name, entry in table.items()}


def _split(place: str, entry: object) -> Split:
    table = _table(place, entry, ("secret", "versions"))
    rows = table.get("versions")
    if not isinstance(rows, list) or not 1 <= len(rows) <= MAX_VERSIONS:
        raise VersionsError(f"`{place}.versions` is no list of 1 to {MAX_VERSIONS} versions")
    read = [_row(f"{place}.versions[{position}]", row) for position, row in enumerate(rows)]
    stable = [version for version, weight in read if weight is None]
    if len(stable) != 1 or stable[0].is_shadow:
        raise VersionsError(f"`{place}` has {len(stable)} versions without a weight, expected one, the stable one")
    canaries = [(version, weight) for version, weight in read if weight is not None]
    try:
        split = Split(stable[0], tuple(version for version, _ in canaries), _secret(place, table.get("secret")))
        for version, weight in canaries:
            if version.slots and version.weight != weight:
                raise VersionsError(f"`{version.name}` names {version.weight} slots and has the weight {weight}")
            split = split.with_weight(version.name, weight)
    except VersionsError as error:
        raise VersionsError(f"`{place}`: {error}") from error
    return split


def _row(place: str, entry: object) -> tuple[Version, int | None]:
    table = _table(place, entry, ("name", "addresses", "weight", "slots", "shadow"))
    name, addresses, weight = table.get("name"), table.get("addresses"), table.get("weight")
    if not isinstance(name, str) or not name.isprintable() or not 1 <= len(name) <= MAX_NAME_CHARS:
        raise VersionsError(f"`{place}.name` is no name, expected 1 to {MAX_NAME_CHARS} characters")
    if not isinstance(addresses, list) or not addresses or not all(isinstance(each, str) for each in addresses):
        raise VersionsError(f"`{place}.addresses` is no list of addresses, expected at least one `host:port`")
    if weight is not None and (type(weight) is not int or not 0 <= weight <= SLOTS):
        raise VersionsError(f"`{place}.weight` is no weight, expected an integer from 0 to {SLOTS}")
    is_shadow = table.get("shadow", False)
    if not isinstance(is_shadow, bool):
        raise VersionsError(f"`{place}.shadow` is neither `true` nor `false`")
    slots = _slots(place, table.get("slots", ""))
    if slots and weight is None:
        raise VersionsError(f"`{place}.slots` names slots of the stable version, which owns what nobody else does")
    return Version(name, tuple(addresses), slots, is_shadow), weight


def _slots(place: str, text: object) -> frozenset[int]:
    """Slots written as `0-49 120`, each range with both ends."""
    if not isinstance(text, str):
        raise VersionsError(f"`{place}.slots` is no text, expected ranges such as `0-49 120`")
    found: set[int] = set()
    for part in text.split():
        first, dash, last = part.partition("-")
        low, high = _slot(first), _slot(last if dash else first)
        if low is None or high is None or low > high:
            raise VersionsError(f"`{place}.slots` holds a part that is no range below {SLOTS}, such as `0-49`")
        span = set(range(low, high + 1))
        if not found.isdisjoint(span):
            raise VersionsError(f"`{place}.slots` names a slot twice")
        found |= span
    return frozenset(found)


def _slot(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(SLOTS))
    return int(text) if is_number and int(text) < SLOTS else None


def _secret(place: str, text: object) -> bytes:
    try:
        if isinstance(text, str) and text.isascii() and len(text) >= MIN_SECRET_CHARS and text.isalnum():
            return bytes.fromhex(text)
    except ValueError:
        pass
    raise VersionsError(f"`{place}.secret` is no secret, expected at least {MIN_SECRET_CHARS} hexadecimal digits")


def _table(place: str, entry: object, known: tuple[str, ...]) -> Mapping[str, object]:
    if not isinstance(entry, dict):
        raise VersionsError(f"`{place}` is no table")
    unknown = next((name for name in entry if name not in known), None)
    if unknown is not None:
        raise VersionsError(f"`{place}.{unknown}` is not known, expected one of {', '.join(known)}")
    return entry
