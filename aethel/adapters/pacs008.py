"""ISO 20022 pacs.008, FI to FI customer credit transfer: one question for each credit transfer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from aethel.adapters.adapted import Adapted, Entry, NotUnderstood, adapted, each_once, refuse_size
from aethel.adapters.control_totals import ControlTotals, held_to
from aethel.adapters.iso20022 import Node, control_sum, count, day, message, money, party_name
from aethel.adapters.iso_accounts import account_of, agent_of
from aethel.adapters.iso_credits import CHARGES, SET_ASIDE, charges_of, credit, identifier, loss_of, transfer_sum
from aethel.adapters.money import currency_of, decimal_of
from aethel.transaction import DoubleEntry, Posting
from aethel.wire.exact_json import RowError, shown

KIND = "pacs.008"
VERSIONS = ("pacs.008.001.02", "pacs.008.001.08")
"""The versions in use: that of 2009, and that of 2019 which SEPA, CBPR+ and FedNow ask for."""

_HEADER_ASIDE = frozenset({"CreDtTm", "BtchBookg", "PmtTpInf", "InstgAgt", "InstdAgt"})
_SETTLED_BY_TRANSFER = frozenset({"INDA", "INGA", "CLRG"})
_ASIDE = SET_ASIDE | {
    "SttlmPrty",
    "SttlmTmIndctn",
    "SttlmTmReq",
    "AccptncDtTm",
    "InstgAgt",
    "InstdAgt",
    "InitgPty",
    "Dbtr",
    "DbtrAgtAcct",
    *(f"PrvsInstgAgt{number}{suffix}" for number in ("", 1, 2, 3) for suffix in ("", "Acct")),
}
_DATE = "IntrBkSttlmDt"
_AMOUNT = "IntrBkSttlmAmt"
_TOTAL = "TtlIntrBkSttlmAmt"


def read_pacs008(content: bytes) -> tuple[Adapted, ...]:
    """The credit transfers of a file in its order; raises `RowError` where the file as a whole is none.

    The count, the control sum and the total settlement amount of the header are compared with what the file holds.
    """
    root = message(content, "FIToFICstmrCdtTrf", VERSIONS)
    header = root.one("GrpHdr")
    message_id = header.text("MsgId")
    stated_count, stated_sum = count(header, "NbOfTxs"), control_sum(header)
    total = header.maybe(_TOTAL)
    settled_sum, currency = (None, "") if total is None else _total(total)
    date = day(header, _DATE) if _DATE in header else ""
    settlement = header.one("SttlmInf")
    method = settlement.text("SttlmMtd")
    settlement.set_aside(frozenset({"SttlmAcct", "ClrSys"}))
    header.set_aside(_HEADER_ASIDE)
    transfers = root.many("CdtTrfTxInf")
    refuse_size(len(transfers), "`FIToFICstmrCdtTrf`")
    loss = loss_of(settlement, header, root)
    if method not in _SETTLED_BY_TRANSFER:
        loss = NotUnderstood(f"{settlement.at('SttlmMtd')} {method}")
    found_sum = transfer_sum(transfers, _AMOUNT)
    totals = (
        ControlTotals("GrpHdr", stated_count, len(transfers), stated_sum, found_sum),
        ControlTotals("GrpHdr", None, len(transfers), settled_sum, found_sum, _TOTAL),
    )
    return each_once(held_to(totals, _rows(message_id, transfers, date, currency, loss)))


def _total(node: Node) -> tuple[Decimal, str]:
    currency = currency_of(node.attribute("Ccy"), f"{node.path}/@Ccy")
    return decimal_of(node.own_text(), node.path), currency


def _rows(
    message_id: str, transfers: Sequence[Node], date: str, currency: str, loss: NotUnderstood | None
) -> list[Adapted]:
    rows: list[Adapted] = []
    for number, transfer in enumerate(transfers, 1):

        def read(transfer: Node = transfer) -> Entry:
            if loss is not None:
                raise loss
            return _entry(transfer, date, currency)

        rows.append(adapted(KIND, f"{message_id}/{identifier(transfer, number)}", read))
    return rows


def _entry(node: Node, date: str, group_currency: str) -> Entry:
    """One transfer: the debtor's account pays what the creditor's gets and the charges that agents took on the way."""
    identifiers = node.one("PmtId")
    code = identifiers.text("EndToEndId")
    identifiers.set_aside(frozenset({"InstrId", "TxId", "UETR", "ClrSysRef"}))
    identifiers.done()
    settled = node.one(_AMOUNT)
    amount, currency = money(settled)
    if group_currency and currency != group_currency:
        raise RowError(f"{shown(f'{settled.path}/@Ccy')} is `{currency}`, expected `{group_currency}` as of the total")
    if date and _DATE in node:
        raise RowError(f"{shown(node.at(_DATE))} is given for the message and for the transfer, expected it once")
    debtor = _account(node, "Dbtr", currency)
    creditor = _account(node, "Cdtr", currency)
    payee = party_name(node.maybe("Cdtr"))
    bearer = node.text(CHARGES)
    own_date = date or day(node, _DATE)
    entry = credit(debtor, creditor, amount, currency, date=own_date, payee=payee, code=code)
    entry = _with_charges(node, entry, bearer, currency)
    node.set_aside(_ASIDE)
    node.done()
    return Entry(entry, charges_of(bearer))


def _account(node: Node, side: str, currency: str) -> str:
    name = f"{side}Acct"
    account, stated = account_of(node.maybe(name), node.at(name), agent_of(node.maybe(f"{side}Agt")))
    if stated and stated != currency:
        raise NotUnderstood(f"{node.at(name)}/Ccy {stated} beside {_AMOUNT} {currency}")
    return account


def _with_charges(node: Node, entry: DoubleEntry, bearer: str, currency: str) -> DoubleEntry:
    """The entry as instructed: the debtor's leg is the instructed amount, and each charge taken is a leg of its own.

    Instructed and settled amounts differ by those charges alone (ISO 20022, charges deducted under `SHAR` and `CRED`),
    so the entry balances exactly where that holds. Another currency, or charges under `DEBT`, are not understood.
    """
    instructed = node.maybe("InstdAmt")
    charges = [_charge(charge, currency) for charge in node.many("ChrgsInf")]
    taken = [posting for posting in charges if posting is not None]
    if taken and (bearer not in ("SHAR", "CRED") or instructed is None):
        missing = "" if instructed else " and no InstdAmt"
        raise NotUnderstood(f"{node.at('ChrgsInf')} beside {CHARGES} {bearer}{missing}")
    if instructed is None:
        return entry
    amount, stated = money(instructed)
    if stated != currency:
        raise NotUnderstood(f"{instructed.path} {stated} beside {_AMOUNT} {currency}")
    payer, payee = entry.postings
    return replace(entry, postings=(replace(payer, amount=f"-{amount}"), *taken, payee))


def _charge(node: Node, currency: str) -> Posting | None:
    """The leg of a charge; None for a charge of 0, by which agents say that they took none."""
    charged = node.one("Amt")
    amount, stated = money(charged, may_be_zero=True)
    agent = agent_of(node.maybe("Agt") or node.maybe("Pty"))
    node.done()
    if not decimal_of(amount, charged.path):
        return None
    if stated != currency:
        raise NotUnderstood(f"{charged.path} {stated} beside {_AMOUNT} {currency}")
    if not agent:
        raise NotUnderstood(f"{node.path} of no agent")
    return Posting(f"charges of {agent}", amount, currency)
