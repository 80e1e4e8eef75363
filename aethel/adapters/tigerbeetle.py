"""TigerBeetle transfers as `create_transfers` takes them: one question for each transfer or linked chain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntFlag

from aethel.adapters.adapted import Adapted, Entry, NotUnderstood, adapted, each_once, refuse_size
from aethel.adapters.json_file import listed
from aethel.transaction import DoubleEntry, Posting
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
_RESOLVING = Flag.POST_PENDING_TRANSFER | Flag.VOID_PENDING_TRANSFER
_CLOSING = Flag.CLOSING_DEBIT | Flag.CLOSING_CREDIT
_OF_THE_LEDGER = _RESOLVING | _CLOSING | Flag.BALANCING_DEBIT | Flag.BALANCING_CREDIT | Flag.IMPORTED
"""Flags under which what a transfer does hangs on what the ledger holds, which a file does not say."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One transfer, every field a whole number of its width; fields left out are 0, as in the clients."""

    id: int
    debit_account_id: int
    credit_account_id: int
    amount: int
    pending_id: int
    user_data_128: int
    user_data_64: int
    user_data_32: int
    timeout: int
    ledger: int
    code: int
    timestamp: int
    flags: Flag


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
    """The legs of all transfers of a chain, in their order."""
    postings: list[Posting] = []
    assumptions: list[str] = []
    for one in chain:
        if isinstance(one.found, RowError):
            raise one.found
    for one in chain:
        assert isinstance(one.found, Transfer)
        transfer = one.found
        for flag in transfer.flags & _OF_THE_LEDGER:
            raise NotUnderstood(f"{one.path}.flags.{_named(flag)}")
        postings.extend(_legs(transfer))
        if Flag.PENDING in transfer.flags:
            until = f"for {transfer.timeout} s at most" if transfer.timeout else "without a timeout"
            assumptions.append(f"transfer {transfer.id} only reserves, {until}, until it is posted or voided")
    return Entry(DoubleEntry(tuple(postings)), tuple(assumptions))


def _legs(transfer: Transfer) -> tuple[Posting, Posting]:
    """A debit has a minus. What is pending is booked apart from what is posted, as TigerBeetle keeps it."""
    part = ":pending" if Flag.PENDING in transfer.flags else ""
    commodity = f"ledger:{transfer.ledger}"
    return (
        Posting(f"{transfer.debit_account_id}{part}", f"-{transfer.amount}", commodity),
        Posting(f"{transfer.credit_account_id}{part}", str(transfer.amount), commodity),
    )


def _read(value: object, path: str, seen: set[int]) -> _Read:
    """One item. Where `flags` cannot be read a chain may go on, so it does."""
    name, is_linked = path, True
    try:
        fields = Fields(value, path)
        flags = _flags(fields)
        is_linked = Flag.LINKED in flags
        identifier = _number(fields, "id", _WIDTHS["id"])
        name = str(identifier)
        others = {field: _number(fields, field, bits, "0") for field, bits in _WIDTHS.items() if field != "id"}
        for unknown in fields.take_all():
            raise NotUnderstood(fields.at(unknown))
        transfer = Transfer(id=identifier, flags=flags, **others)
        _refuse_fault(transfer, path)
        if identifier in seen:
            raise RowError(f"G01: {shown(f'{path}.id')} is {identifier} for the second time, expected it once")
        seen.add(identifier)
    except RowError as error:
        return _Read(path, name, is_linked, error)
    return _Read(path, name, is_linked, transfer)


def _refuse_fault(transfer: Transfer, path: str) -> None:
    """Raises `RowError` for the first rule of `create_transfers` that is broken, of those that need no ledger."""
    for field, is_broken, expected in _rules(transfer):
        if is_broken:
            found = "|".join(_named(flag) for flag in transfer.flags) if field == "flags" else getattr(transfer, field)
            raise RowError(f"{shown(f'{path}.{field}')} is {shown(str(found))}, expected {expected}")


def _rules(one: Transfer) -> Iterator[tuple[str, bool, str]]:
    """Field, whether its rule is broken, what was expected; in the order of precedence of the result codes.

    Source: TigerBeetle, reference of `create_transfers` and of the Transfer object.
    """
    flags, largest = one.flags, (1 << 128) - 1
    resolves = bool(flags & _RESOLVING)
    alone = flags & ~(Flag.LINKED | Flag.IMPORTED)
    yield "timestamp", one.timestamp != 0 and Flag.IMPORTED not in flags, "0, the cluster sets it"
    yield "id", one.id in (0, largest), "neither 0 nor 2^128 - 1"
    yield "flags", flags & _RESOLVING == _RESOLVING, "one of `post_pending_transfer` and `void_pending_transfer`"
    yield "flags", resolves and bool(alone & ~_RESOLVING), "no other flag beside one that resolves a pending transfer"
    yield "flags", bool(flags & _CLOSING) and Flag.PENDING not in flags, "`pending` beside a flag that closes"
    yield "pending_id", resolves and one.pending_id in (0, largest), "the identifier of a pending transfer"
    yield "pending_id", resolves and one.pending_id == one.id, "another identifier than that of the transfer"
    yield "pending_id", not resolves and one.pending_id != 0, "0 where no pending transfer is resolved"
    yield "timeout", one.timeout != 0 and Flag.PENDING not in flags, "0 for a transfer that is not pending"
    for field in ("debit_account_id", "credit_account_id"):
        account = getattr(one, field)
        yield field, account == largest or (account == 0 and not resolves), "neither 0 nor 2^128 - 1"
    same = one.debit_account_id == one.credit_account_id
    yield "credit_account_id", same and not resolves, "another account than `debit_account_id`"
    yield "ledger", one.ledger == 0 and not resolves, "a ledger, which is never 0"
    yield "code", one.code == 0 and not resolves, "a code, which is never 0"


def _number(fields: Fields, name: str, bits: int, default: str | None = None) -> int:
    text = fields.exact(name, default)
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
