"""ISO 20022 pain.001, customer credit transfer initiation: one question for each credit transfer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from aethel.adapters.adapted import Adapted, Entry, NotUnderstood, adapted, each_once, refuse_size
from aethel.adapters.control_totals import ControlTotals, held_to
from aethel.adapters.iso20022 import Node, control_sum, count, day, message, money, party_name
from aethel.adapters.iso_accounts import account_of, agent_of
from aethel.adapters.iso_credits import CHARGES, SET_ASIDE, charges_of, credit, identifier, loss_of, transfer_sum
from aethel.wire.exact_json import RowError, shown

KIND = "pain.001"
VERSIONS = ("pain.001.001.03", "pain.001.001.09")
"""The versions in use: that of 2009, and that of 2019 which SEPA and CBPR+ ask for."""

_HEADER_ASIDE = frozenset({"CreDtTm", "InitgPty", "FwdgAgt"})
_GROUP_ASIDE = frozenset({"BtchBookg", "PmtTpInf", "UltmtDbtr", "DbtrAgtAcct"})


@dataclass(frozen=True, slots=True)
class _Group:
    """What a payment information block says of all its transfers."""

    date: str
    account: str
    currency: str
    charges: str


def read_pain001(content: bytes) -> tuple[Adapted, ...]:
    """The credit transfers of a file in its order; raises `RowError` where the file as a whole is none.

    Control totals of the message and of each payment information block are compared with what they hold.
    """
    root = message(content, "CstmrCdtTrfInitn", VERSIONS)
    header = root.one("GrpHdr")
    message_id = header.text("MsgId")
    stated_count, stated_sum = count(header, "NbOfTxs"), control_sum(header)
    header.set_aside(_HEADER_ASIDE)
    groups = [(node, node.many("CdtTrfTxInf")) for node in root.many("PmtInf")]
    every = [transfer for _, transfers in groups for transfer in transfers]
    refuse_size(len(every), "`CstmrCdtTrfInitn`")
    whole = ControlTotals("GrpHdr", stated_count, len(every), stated_sum, _sum(every))
    loss = loss_of(header, root)
    rows: list[Adapted] = []
    for node, transfers in groups:
        rows.extend(_rows(message_id, node, transfers, loss, len(rows)))
    return each_once(held_to((whole,), rows))


def _rows(
    message_id: str, node: Node, transfers: Sequence[Node], loss: NotUnderstood | None, before: int
) -> Iterator[Adapted]:
    group_id = node.text("PmtInfId")
    stated_count = count(node, "NbOfTxs") if "NbOfTxs" in node else None
    stated_sum = control_sum(node)
    totals = ControlTotals(node.path, stated_count, len(transfers), stated_sum, _sum(transfers))
    group = _of_group(node)
    rows = []
    for number, transfer in enumerate(transfers, before + 1):
        name = f"{message_id}/{group_id}/{identifier(transfer, number)}"

        def read(transfer: Node = transfer) -> Entry:
            if loss is not None:
                raise loss
            if isinstance(group, RowError):
                raise group
            return _entry(transfer, group)

        rows.append(adapted(KIND, name, read))
    yield from held_to((totals,), rows)


def _of_group(node: Node) -> _Group | RowError:
    try:
        method = node.text("PmtMtd")
        if method != "TRF":
            raise NotUnderstood(f"{node.at('PmtMtd')} {method}")
        date = day(node, "ReqdExctnDt")
        node.set_aside(_GROUP_ASIDE | {"Dbtr"})
        account, currency = account_of(node.maybe("DbtrAcct"), node.at("DbtrAcct"), agent_of(node.maybe("DbtrAgt")))
        charges = node.text_or(CHARGES)
        node.done()
    except RowError as error:
        return error
    return _Group(date, account, currency, charges)


def _entry(node: Node, group: _Group) -> Entry:
    """One transfer: the debtor's account pays the instructed amount to the creditor's account."""
    identifiers = node.one("PmtId")
    code = identifiers.text("EndToEndId")
    identifiers.set_aside(frozenset({"InstrId", "UETR"}))
    identifiers.done()
    amounts = node.one("Amt")
    instructed = amounts.maybe("InstdAmt")
    amounts.done()
    if instructed is None:
        raise RowError(f"{shown(amounts.at('InstdAmt'))} is missing")
    amount, currency = money(instructed)
    account, stated = account_of(node.maybe("CdtrAcct"), node.at("CdtrAcct"), agent_of(node.maybe("CdtrAgt")))
    payee = party_name(node.maybe("Cdtr"))
    own = node.text_or(CHARGES)
    if own and group.charges:
        raise RowError(f"{shown(node.at(CHARGES))} is given for the block and for the transfer, expected it once")
    node.set_aside(SET_ASIDE)
    node.done()
    for found, where in ((group.currency, "DbtrAcct/Ccy"), (stated, node.at("CdtrAcct/Ccy"))):
        if found and found != currency:
            raise NotUnderstood(f"{where} {found} beside {instructed.path} {currency}")
    entry = credit(group.account, account, amount, currency, date=group.date, payee=payee, code=code)
    return Entry(entry, charges_of(own or group.charges))


def _sum(transfers: Sequence[Node]) -> Decimal | None:
    return transfer_sum(transfers, "Amt/InstdAmt", "Amt/EqvtAmt/Amt")
