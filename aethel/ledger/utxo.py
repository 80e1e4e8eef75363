"""Judges UTXO transactions in order: each input exists and is spent once, and no transaction makes value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from aethel.ledger.amounts import Refused, scan_whole, scan_whole_all
from aethel.ledger.checked import Checked, Judgement, run
from aethel.ledger.freshness import bound_to
from aethel.ledger.wording import counted, quoted, safe
from aethel.transaction import UtxoBatch, UtxoSpend
from aethel.verdict import Finding

COINS = 10_000
"""Most unspent outputs given, and most inputs and outputs of all transactions together."""

VALUE_MAXIMUM = 2**63 - 1
"""Largest value, and largest sum of one transaction: what nodes keep in a signed 64-bit number."""


@dataclass(frozen=True, slots=True)
class _Spend:
    """One transaction, read: `paid` is what its inputs are worth, None where one of them cannot be spent.

    `made` and `fee` are None where a text is no whole number, `fee` also where it is not declared.
    """

    spend: UtxoSpend
    paid: int | None
    made: int | None
    fee: int | None


@dataclass(frozen=True, slots=True)
class _Batch:
    """All transactions, read in order against the outputs that are unspent by then.

    `refused` are the texts that are no values, `values` counts the others, of which some may be `too_wide`.
    """

    spends: tuple[_Spend, ...]
    refused: tuple[tuple[str, Refused], ...]
    values: int
    too_wide: tuple[tuple[str, int], ...]
    misspent: tuple[Finding, ...]
    state_version: str


def judge_utxo(batch: UtxoBatch) -> Judgement:
    """Runs G01, G04, G10, G11, G22 and G24; work is linear in unspent outputs, inputs and outputs."""
    moved = sum(len(spend.inputs) + len(spend.outputs) for spend in batch.transactions) + len(batch.transactions)
    for count, what in ((len(batch.utxo_set), "unspent outputs"), (moved, "transactions, inputs and outputs")):
        if count > COINS:
            message = f"the batch has {count} {what}, expected at most {COINS}"
            return Judgement(
                findings=(Finding("TOO_LARGE", message),), not_applicable=tuple(code for code, _ in UTXO_CHECKS)
            )
    judgement = run(UTXO_CHECKS, _Reader().read(batch))
    return replace(judgement, assumptions=("unspent outputs are as the caller gave them",))


class _Reader:
    """Reads a batch once, from the first transaction to the last."""

    def __init__(self) -> None:
        self.refused: list[tuple[str, Refused]] = []
        self.values = 0
        self.too_wide: list[tuple[str, int]] = []
        self.misspent: list[Finding] = []
        self.coins: dict[str, str | None] = {}
        self.unspent: dict[str, int | None] = {}
        self.spent: set[str] = set()

    def read(self, batch: UtxoBatch) -> _Batch:
        values = self._values([coin.value for coin in batch.utxo_set])
        names = canonical_outpoints([coin.outpoint for coin in batch.utxo_set])
        for position, coin in enumerate(batch.utxo_set):
            self._add(
                coin.outpoint,
                names[position],
                self._value(coin.value, "the value of", coin.outpoint) if values is None else values[position],
            )
        spends = tuple(self._spend(spend) for spend in batch.transactions)
        if not spends:
            self._misspent("the batch has no transactions, expected at least one")
        refused, too_wide, misspent = tuple(self.refused), tuple(self.too_wide), tuple(self.misspent)
        return _Batch(spends, refused, self.values, too_wide, misspent, batch.state_version)

    def _spend(self, spend: UtxoSpend) -> _Spend:
        inputs = [self._take(outpoint, spend.txid) for outpoint in spend.inputs]
        if not inputs:
            self._misspent(f"transaction {quoted(spend.txid)} has no inputs, expected at least one")
        values = self._values(spend.outputs)
        outputs = enumerate(spend.outputs)
        made = (
            [self._value(text, f"output {position} of transaction", spend.txid) for position, text in outputs]
            if values is None
            else values
        )
        new = [f"{spend.txid}:{position}" for position in range(len(made))]
        for outpoint, name, value in zip(new, canonical_outpoints(new), made, strict=True):
            self._add(outpoint, name, value)
        fee = self._value(spend.fee, "the fee of transaction", spend.txid) if spend.fee else None
        return _Spend(spend, _total(inputs) if inputs else None, _total(made), fee)

    def _values(self, texts: Sequence[str]) -> Sequence[int | None] | None:
        """All values at once where nothing is wrong with any."""
        values = scan_whole_all(texts)
        if values is None or max(values, default=0) > VALUE_MAXIMUM:
            return None
        self.values += len(values)
        return values

    def _value(self, text: str, what: str, name: str) -> int | None:
        found = scan_whole(text)
        if isinstance(found, Refused):
            self.refused.append((f"{what} {quoted(name)}", found))
            return None
        self.values += 1
        if found > VALUE_MAXIMUM:
            self.too_wide.append((f"{what} {quoted(name)}", found))
        return found

    def _add(self, outpoint: str, coin: str | None, value: int | None) -> None:
        self.coins[outpoint] = coin
        if coin is None:
            self._misspent(f"{quoted(outpoint)} is no outpoint, expected an identifier, `:` and an index", outpoint)
        elif coin in self.unspent or coin in self.spent:
            self._misspent(f"output {quoted(outpoint)} exists already, expected a new one", outpoint)
        else:
            self.unspent[coin] = value

    def _take(self, outpoint: str, txid: str) -> int | None:
        known = self.coins.get(outpoint)  # as it was written where it was made, but for a few
        coin = known or canonical_outpoint(outpoint) or outpoint
        if coin in self.spent:
            self._misspent(f"transaction {quoted(txid)} spends {quoted(outpoint)}, which is spent already", outpoint)
            return None
        if coin not in self.unspent:
            self._misspent(f"transaction {quoted(txid)} spends {quoted(outpoint)}, which does not exist", outpoint)
            return None
        self.spent.add(coin)
        return self.unspent.pop(coin)

    def _misspent(self, message: str, outpoint: str = "") -> None:
        self.misspent.append(Finding("G22", message, accounts=(safe(outpoint),) if outpoint else ()))


def _total(values: Sequence[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def canonical_outpoints(outpoints: Sequence[str]) -> list[str | None]:
    """The one spelling of each, None for what is no outpoint."""
    parts = [outpoint.rpartition(":") for outpoint in outpoints]
    if scan_whole_all([index for _, _, index in parts]) is None:
        return [canonical_outpoint(outpoint) for outpoint in outpoints]
    return [f"{identifier.lower()}:{index}" if identifier else None for identifier, _, index in parts]


def canonical_outpoint(outpoint: str) -> str | None:
    """The one spelling of an outpoint: hexadecimal identifiers differ in case only, an index has no leading zero."""
    identifier, _, index = outpoint.rpartition(":")
    if not identifier or isinstance(scan_whole(index), Refused):
        return None
    return f"{identifier.lower()}:{index}"


def _form(batch: _Batch) -> Checked:
    """G04: every value and fee is a whole number, so none is negative."""
    findings = tuple(Finding("G04", f"{what}: {found.message}") for what, found in batch.refused if not found.too_long)
    return Checked(f"{counted(batch.values, 'value is', 'values are')} whole", findings)


def _conserved(batch: _Batch) -> Checked | None:
    """G10: the inputs of each transaction are worth its outputs and its fee; an undeclared fee is what is left."""
    findings: list[Finding] = []
    compared = 0
    for spend in batch.spends:
        if spend.paid is None or spend.made is None or (spend.fee is None and spend.spend.fee):
            continue
        compared += 1
        left = spend.paid - spend.made
        off = left - spend.fee if spend.fee is not None else min(left, 0)
        if off:
            declared = str(spend.fee) if spend.fee is not None else "none"
            numbers = (("inputs", str(spend.paid)), ("outputs", str(spend.made)), ("fee", declared))
            message = (
                f"transaction {quoted(spend.spend.txid)} is off by {off}, expected inputs equal to outputs and fee"
            )
            findings.append(Finding("G10", message, numbers=numbers, delta=str(off)))
    if not findings and compared < len(batch.spends):
        return None
    return Checked(f"{counted(compared, 'transaction makes', 'transactions make')} no value", tuple(findings))


def _width(batch: _Batch) -> Checked:
    """G11: no value, and no sum of one transaction, is wider than a signed 64-bit number."""
    return Checked("every value and sum fits 64 bits", tuple(_too_wide(batch)))


def _too_wide(batch: _Batch) -> Iterator[Finding]:
    for what, found in batch.refused:
        if found.too_long:
            yield Finding("G11", f"{what}: {found.message}")
    sums = [
        (f"the {side} of {quoted(spend.spend.txid)}", total) for spend in batch.spends for side, total in _sums(spend)
    ]
    for what, number in (*batch.too_wide, *sums):
        if number > VALUE_MAXIMUM:
            yield Finding("G11", f"{what}: {number} is out of range, expected at most {VALUE_MAXIMUM}")


def _sums(spend: _Spend) -> Iterator[tuple[str, int]]:
    if spend.paid is not None:
        yield "sum of inputs", spend.paid
    if spend.made is not None:
        yield "sum of outputs and fee", spend.made + (spend.fee or 0)


def _spent_once(batch: _Batch) -> Checked:
    """G22: each input exists, is unspent, and is used once in the batch; no output takes the place of another."""
    inputs = sum(len(spend.spend.inputs) for spend in batch.spends)
    return Checked(f"{counted(inputs, 'input exists and is', 'inputs exist and are')} spent once", batch.misspent)


def _ids(batch: _Batch) -> Checked:
    """G01: each transaction has an identifier, and no two of the batch the same, upper and lower case being one."""
    seen: set[str] = set()
    findings: list[Finding] = []
    for number, spend in enumerate(batch.spends, 1):
        name = spend.spend.txid.lower()
        if not name.strip():
            findings.append(Finding("G01", f"transaction {number} has no identifier"))
        elif name in seen:
            message = f"transaction {number} has the identifier {quoted(spend.spend.txid)} of an earlier one"
            findings.append(Finding("G01", message))
        seen.add(name)
    return Checked(f"{counted(len(batch.spends), 'identifier is', 'identifiers are')} unique", tuple(findings))


def _fresh(batch: _Batch) -> Checked | None:
    """G24: the unspent outputs carry a version or root."""
    return bound_to(batch.state_version)


UTXO_CHECKS: tuple[tuple[str, Callable[[_Batch], Checked | None]], ...] = (
    ("G01", _ids),
    ("G04", _form),
    ("G10", _conserved),
    ("G11", _width),
    ("G22", _spent_once),
    ("G24", _fresh),
)
