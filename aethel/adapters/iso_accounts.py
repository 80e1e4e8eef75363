"""Accounts and agents of ISO 20022 as one text each, so that two accounts never share a name."""

from __future__ import annotations

from aethel.adapters.adapted import NotUnderstood
from aethel.adapters.iso20022 import Node
from aethel.wire.exact_json import RowError, shown

_SAID_OF_AGENTS = frozenset({"Nm", "PstlAdr", "LEI"})
_SAID_OF_ACCOUNTS = frozenset({"Tp", "Nm"})
_IBAN_CHARS = 34


def agent_of(node: Node | None) -> str:
    """What identifies a financial institution: its BIC, or its member number in a clearing system; else empty."""
    if node is None:
        return ""
    institution = node.one("FinInstnId")
    bic = institution.text_or("BICFI") or institution.text_or("BIC")
    member = institution.maybe("ClrSysMmbId")
    number = "" if member is None else _member(member)
    other = institution.maybe("Othr")
    if other is not None:
        identifier = other.text("Id")
        other.set_aside(frozenset({"SchmeNm", "Issr"}))
        other.done()
        if identifier != "NOTPROVIDED" and not (bic or number):
            raise NotUnderstood(other.path)
    institution.set_aside(_SAID_OF_AGENTS)
    institution.done()
    node.set_aside(frozenset({"BrnchId"}))
    node.done()
    return bic or number


def account_of(node: Node | None, path: str, agent: str) -> tuple[str, str]:
    """An account as text, and its currency where one is stated.

    An IBAN (ISO 13616) stands for itself in capitals, its check digits verified. Any other number is unique at its
    agent only: `AGENT/SCHEME:NUMBER`. Raises `NotUnderstood` where no account is named, or the agent of one is not.
    """
    if node is None:
        raise NotUnderstood(f"no {path}")
    identifier = node.one("Id")
    iban, other = identifier.maybe("IBAN"), identifier.maybe("Othr")
    identifier.done()
    currency = node.text_or("Ccy")
    node.set_aside(_SAID_OF_ACCOUNTS)
    node.done()
    if (iban is None) == (other is None):
        found = "neither" if iban is None else "both"
        raise RowError(f"{shown(identifier.path)} has {found} of `IBAN` and `Othr`, expected exactly one")
    if iban is not None:
        return _iban(iban), currency
    assert other is not None
    return _other(other, agent), currency


def _iban(node: Node) -> str:
    given = node.own_text(_IBAN_CHARS)
    text = given.upper()
    digits = text[4:] + text[:4]
    formed = given.isascii() and text.isalnum() and text[:2].isalpha() and text[2:4].isdigit() and len(text) > 4
    if not formed or int("".join(str(int(character, 36)) for character in digits)) % 97 != 1:
        raise RowError(f"{shown(node.path)} is {shown(given)}, expected an IBAN whose check digits fit")
    return text


def _other(node: Node, agent: str) -> str:
    number = node.text("Id", _IBAN_CHARS)
    scheme = node.maybe("SchmeNm")
    kind = ""
    if scheme is not None:
        kind = scheme.text_or("Cd") or scheme.text_or("Prtry")
        scheme.done()
    issuer = node.text_or("Issr")
    node.done()
    if not agent:
        raise NotUnderstood(f"{node.path} at no agent")
    named = ":".join(part for part in (kind, issuer, number) if part)
    return f"{agent}/{named}"


def _member(node: Node) -> str:
    system = node.maybe("ClrSysId")
    code = ""
    if system is not None:
        code = system.text_or("Cd") or system.text_or("Prtry")
        system.done()
    number = node.text("MmbId")
    node.done()
    return f"{code}:{number}" if code else number
