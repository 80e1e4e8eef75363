"""ISO 20022 documents read element by element; whatever nobody reads or sets aside is reported, never dropped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from aethel.adapters.adapted import NotUnderstood
from aethel.adapters.money import MAX_SUM_DIGITS, amount_of, currency_of, decimal_of
from aethel.adapters.xml_tree import Element, read_xml
from aethel.wire.exact_json import RowError, shown

_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"

COUNT_DIGITS = 15
"""Digits of a count of transactions (ISO 20022, Max15NumericText)."""

REFERENCE_CHARS = 35
"""Characters of an identifier (ISO 20022, Max35Text)."""


class Node:
    """One element at `path` whose children are taken by name, each at most once; every method raises `RowError`."""

    def __init__(self, element: Element, path: str) -> None:
        self.path = path
        self._element = element
        self._left: dict[str, list[Element]] = {}
        for child in element.children:
            name = child.name if child.namespace == element.namespace else f"{{{child.namespace}}}{child.name}"
            self._left.setdefault(name, []).append(child)
        self._attributes = dict(element.attributes)
        if element.children and element.text:
            raise RowError(f"{shown(path)} holds text {shown(element.text)} between its elements, expected none")

    def at(self, name: str) -> str:
        """The path of a child."""
        return f"{self.path}/{name}" if self.path else name

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def many(self, name: str) -> list[Node]:
        """All children of a name, numbered from 1 in their paths."""
        found = self._left.pop(name, [])
        return [Node(element, f"{self.at(name)}[{number}]") for number, element in enumerate(found, 1)]

    def maybe(self, name: str) -> Node | None:
        """The child of a name, None where there is none."""
        found = self._left.pop(name, [])
        if len(found) > 1:
            raise RowError(f"{shown(self.at(name))} is given {len(found)} times, expected it once")
        return Node(found[0], self.at(name)) if found else None

    def one(self, name: str) -> Node:
        """The child of a name, which must be there."""
        found = self.maybe(name)
        if found is None:
            raise RowError(f"{shown(self.at(name))} is missing")
        return found

    def text(self, name: str, most_chars: int = REFERENCE_CHARS) -> str:
        """The text of a child that must be there, 1 to `most_chars` characters."""
        return self.one(name).own_text(most_chars)

    def text_or(self, name: str, default: str = "", most_chars: int = REFERENCE_CHARS) -> str:
        """The text of a child, the default where there is none."""
        found = self.maybe(name)
        return default if found is None else found.own_text(most_chars)

    def own_text(self, most_chars: int = REFERENCE_CHARS) -> str:
        """The text of this element, which may hold no other element and no attribute."""
        self.done()
        text = self._element.text
        if not 1 <= len(text) <= most_chars:
            found = "empty" if not text else f"{len(text)} characters long"
            raise RowError(f"{shown(self.path)} is {found}, expected 1 to {most_chars} characters")
        return text

    def attribute(self, name: str) -> str:
        """An attribute that must be there."""
        if name not in self._attributes:
            raise RowError(f"{shown(f'{self.path}/@{name}')} is missing")
        return self._attributes.pop(name)

    def peek(self, path: str) -> list[str]:
        """The texts of all elements along a path of names, without taking them."""
        return [found.text for found in _along(self._element, path.split("/"))]

    def set_aside(self, names: frozenset[str]) -> None:
        """Leave children unread that say nothing about which account pays which amount to which account."""
        for name in names:
            self._left.pop(name, None)

    def done(self) -> None:
        """Raises `NotUnderstood` for the first child or attribute that nobody took."""
        for name in (*self._left, *(f"@{name}" for name in self._attributes)):
            raise NotUnderstood(self.at(name))


def message(content: bytes, name: str, versions: tuple[str, ...]) -> Node:
    """The message inside `Document`, of one of the versions, such as `pain.001.001.09`; raises `RowError`."""
    root = read_xml(content)
    known = ", ".join(f"`{version}`" for version in versions)
    if root.name != "Document" or root.namespace.removeprefix(_NAMESPACE) not in versions:
        named = f"{shown(root.name)} of namespace {shown(root.namespace)}"
        raise RowError(f"the root is {named}, expected `Document` of {known}")
    root.attributes.pop(_INSTANCE, None)
    document = Node(root, "")
    found = document.one(name)
    document.done()
    found.path = ""
    return found


def count(node: Node, name: str) -> int:
    """A count of transactions that must be there."""
    text = node.text(name, COUNT_DIGITS)
    if not (text.isascii() and text.isdigit()):
        raise RowError(f"{shown(node.at(name))} is {shown(text)}, expected digits")
    return int(text)


def control_sum(node: Node, name: str = "CtrlSum") -> Decimal | None:
    """A control sum where one is stated."""
    if name not in node:
        return None
    return decimal_of(node.text(name, MAX_SUM_DIGITS + 1), node.at(name), MAX_SUM_DIGITS)


def money(node: Node, *, may_be_zero: bool = False) -> tuple[str, str]:
    """The amount of an element at the scale of its currency, and the currency."""
    currency = currency_of(node.attribute("Ccy"), f"{node.path}/@Ccy")
    return amount_of(node.own_text(), currency, node.path, may_be_zero=may_be_zero), currency


def day(node: Node, name: str) -> str:
    """An ISO 8601 date, plain or as the choice of `Dt` and `DtTm` of newer versions; of a date and time the text."""
    child = node.one(name)
    if "DtTm" in child:
        text = child.text("DtTm")
        child.done()
        try:
            datetime.fromisoformat(text)
        except ValueError:
            raise RowError(f"{shown(child.at('DtTm'))} is {shown(text)}, expected a date and time") from None
        return text
    inner = child.maybe("Dt")
    text = child.own_text() if inner is None else inner.own_text()
    child.done()
    try:
        if len(text) != len("2026-01-31"):
            raise ValueError
        date.fromisoformat(text)
    except ValueError:
        raise RowError(f"{shown(child.path)} is {shown(text)}, expected a date such as `2026-01-31`") from None
    return text


def party_name(node: Node | None) -> str:
    """The name of a party, empty where it has none; addresses and identifiers of parties are set aside."""
    if node is None:
        return ""
    return node.text_or("Nm", most_chars=140)


def _along(element: Element, names: list[str]) -> Iterator[Element]:
    if not names:
        yield element
        return
    for child in element.children:
        if child.name == names[0] and child.namespace == element.namespace:
            yield from _along(child, names[1:])
