"""TigerBeetle transfers as `create_transfers` takes them: one question for each transfer or linked chain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntFlag

from aethel.adapters.adapted import Adapted, Entry, NotUnderstood, adapted, each_once, refuse_size
from aethel.adapters.json_file import listed
from aethel.transaction import Phase, Transfer, TransferBatch
from aethel.wire.exact_json import Number, RowError, shown
from aethel.wire.fields import Fields

KIND = "tigerbeetle"

_MOST_DIGITS = 39
"""Digits of 2^128 - 1."""

_WIDTHS = {
    "id": 128,
    "debit_account_id": 128,
    "credit_account_id": 128,
    "amount": 128,
    "pending_id": 128,
    "user_data_128": 128,
    "user_data_64": 64,
    "user_data_32": 32,
    "timeout": 32,
    "ledger": 32,
    "code": 16,
    "timestamp": 64,
}
"""Bits of each unsigned field, in the order of the Transfer object."""


class Flag(IntFlag):
    """The bits of `flags`, named as TigerBeetle names them."""

    LINKED = 1 << 0
    PENDING = 1 << 1
    POST_PENDING_TRANSFER = 1 << 2
    VOID_PENDING_TRANSFER = 1 << 3
    BALANCING_DEBIT = 1 << 4
    BALANCING_CREDIT = 1 << 5
    CLOSING_DEBIT = 1 << 6
    CLOSING_CREDIT = 1 << 7
    IMPORTED = 1 << 8


_BY_NAME = {flag.name.lower(): flag for flag in Flag if flag.name}
_ALL_FLAGS = sum(Flag)
_OF_THE_LEDGER = Flag.BALANCING_DEBIT | Flag.BALANCING_CREDIT | Flag.CLOSING_DEBIT | Flag.CLOSING_CREDIT | Flag.IMPORTED
"""Flags under which what a transfer does hangs on what the ledger holds, which a file does not say."""

_PHASES = {
    Flag(0): Phase.SINGLE,
    Flag.PENDING: Phase.PENDING,
    Flag.POST_PENDING_TRANSFER: Phase.POST,
    Flag.VOID_PENDING_TRANSFER: Phase.VOID,
}


@dataclass(frozen=True, slots=True)
class _Read:
    """One item of the file: its place, its identifier, whether a chain goes on after it, and what was read."""

    path: str
    name: str
    is_linked: bool
    found: Transfer | RowError


def read_tigerbeetle(content: bytes) -> tuple[Adapted, ...]:
    """The transfers of a JSON list, or of the list `transfers` of an object; raises `RowError`.

    A number may be written as a JSON number or as a string of digits, `flags` as a number, as a list of names or as
    names joined by `|`. A linked chain is one question, named by its first transfer: it happens as a whole or not.
    """
    items = listed(content, "transfers")
    refuse_size(len(items))
    seen: set[int] = set()
    parsed = [_read(item, f"transfers[{number}]", seen) for number, item in enumerate(items)]
    return each_once(tuple(_row(chain) for chain in _chains(parsed)))


def _chains(parsed: Sequence[_Read]) -> Iterator[list[_Read]]:
    """Transfers that succeed or fail together."""
    chain: list[_Read] = []
    for one in parsed:
        chain.append(one)
        if not one.is_linked:
            yield chain
            chain = []
    if chain:
        where = shown(f"{chain[-1].path}.flags")
        fault = RowError(f"G15: {where} is linked at the end of the file, expected a next transfer")
        yield [*chain, replace(chain[-1], found=fault)]


def _row(chain: Sequence[_Read]) -> Adapted:
    return adapted(KIND, chain[0].name, lambda: _entry(chain))


def _entry(chain: Sequence[_Read]) -> Entry:
    """All transfers of a chain, in their order."""
    transfers: list[Transfer] = []
    for one in chain:
        if isinstance(one.found, RowError):
            raise one.found
        transfers.append(one.found)
    return Entry(
        TransferBatch(tuple(transfers)), tuple(_reserves(one) for one in transfers if one.phase is Phase.PENDING)
    )


def _reserves(transfer: Transfer) -> str:
    until = "without a timeout" if transfer.timeout_s == "0" else f"for {transfer.timeout_s} s at most"
    return f"transfer {transfer.id} only reserves, {until}, until it is posted or voided"


def _read(value: object, path: str, seen: set[int]) -> _Read:
    """One item. Where `flags` cannot be read a chain may go on, so it does."""
    name, is_linked = path, True
    try:
        fields = Fields(value, path)
        flags = _flags(fields)
        is_linked = Flag.LINKED in flags
        identifier = _number(fields, "id")
        name = str(identifier)
        transfer = _transfer(fields, identifier, flags)
        if identifier in seen:
            raise RowError(f"G01: {shown(f'{path}.id')} is {identifier} for the second time, expected it once")
        seen.add(identifier)
    except RowError as error:
        return _Read(path, name, is_linked, error)
    return _Read(path, name, is_linked, transfer)


def _transfer(fields: Fields, identifier: int, flags: Flag) -> Transfer:
    """The other fields of one transfer; the rules of `create_transfers` on their values are the Guardian's."""
    numbers = {name: str(_number(fields, name, "0")) for name in _WIDTHS if name != "id"}
    for unknown in fields.take_all():
        raise NotUnderstood(fields.at(unknown))
    for flag in flags & _OF_THE_LEDGER:
        raise NotUnderstood(f"{fields.at('flags')}.{_named(flag)}")
    if numbers["timestamp"] != "0":
        raise RowError(f"{shown(fields.at('timestamp'))} is {numbers['timestamp']}, expected 0, the cluster sets it")
    phase = _PHASES.get(flags & ~Flag.LINKED)
    if phase is None:
        found = "|".join(_named(flag) for flag in flags)
        raise RowError(f"{shown(fields.at('flags'))} is {shown(found)}, expected one of `pending`, `post_…`, `void_…`")
    return Transfer(
        id=str(identifier),
        debit_account=numbers["debit_account_id"],
        credit_account=numbers["credit_account_id"],
        amount=numbers["amount"],
        ledger=numbers["ledger"],
        code=numbers["code"],
        phase=phase,
        linked=Flag.LINKED in flags,
        pending_id=numbers["pending_id"],
        timeout_s=numbers["timeout"],
    )


def _number(fields: Fields, name: str, default: str | None = None) -> int:
    text, bits = fields.exact(name, default), _WIDTHS[name]
    if not (text.isascii() and text.isdigit()) or len(text) > _MOST_DIGITS or int(text) >= 1 << bits:
        raise RowError(f"{shown(fields.at(name))} is {shown(text)}, expected a whole number below 2^{bits}")
    return int(text)


def _flags(fields: Fields) -> Flag:
    path = fields.at("flags")
    value = fields.take("flags") if "flags" in fields else Number("0")
    if isinstance(value, str) and value.isascii() and value.isdigit():
        if len(value) > _MOST_DIGITS or int(value) > _ALL_FLAGS:
            raise RowError(f"{shown(path)} is {shown(value)}, expected no bits beyond {_ALL_FLAGS}")
        return Flag(int(value))
    names = value.split("|") if isinstance(value, str) and not isinstance(value, Number) else value
    if not isinstance(names, list):
        raise RowError(f"{shown(path)} is {shown(value)}, expected a number or names of flags")
    flags = Flag(0)
    for name in names:
        known = _BY_NAME.get(name.strip()) if isinstance(name, str) else None
        if known is None:
            raise RowError(f"{shown(path)} names {shown(name)}, expected flags of {', '.join(_BY_NAME)}")
        flags |= known
    return flags


def _named(flag: Flag) -> str:
    return str(flag.name).lower()
