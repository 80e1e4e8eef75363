"""XML read safely and in bounded work: no document type, no entities, nothing fetched, bounded size and depth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from aethel.adapters.adapted import MAX_FILE_BYTES
from aethel.wire.exact_json import RowError, shown

MAX_DEPTH = 24
"""Elements inside one another; the deepest of pain.001 and pacs.008 have 16."""

MAX_ELEMENTS = 500_000
"""Elements of one file: fifty for each of the most transactions it may hold."""

MAX_ATTRIBUTES = 16
"""Attributes of one element; the standards here know one, and the root declares a few more."""

_DECLARED_CHARS = 256
"""Where the XML declaration ends at the latest."""


@dataclass(slots=True)
class Element:
    """One element: its name without namespace, its namespace, attributes, children in order and own text."""

    name: str
    namespace: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text directly inside, without white space around it."""
        return "".join(self.pieces).strip(" \t\r\n")

    def named(self, name: str) -> Iterator[Element]:
        """The children of one name."""
        return (child for child in self.children if child.name == name)


def read_xml(content: bytes) -> Element:
    """The root of a document in UTF-8; raises `RowError` for everything that is not plain, well-formed XML.

    Reading stops at the first element that is too deep or too many, and at any document type declaration, before an
    entity is defined: so there is none to expand or to fetch.
    """
    if len(content) > MAX_FILE_BYTES:
        raise RowError(f"the file has {len(content)} bytes, expected at most {MAX_FILE_BYTES}")
    _refuse_encoding(content)
    building = Building()
    parser = etree.XMLParser(
        target=building,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise RowError(f"{line}:{column}: not XML: {_first_line(str(error.msg))}") from None
    assert isinstance(root, Element)
    return root


class Building:
    """Receives what the parser meets, and refuses it as soon as it is too much; `started` counts elements."""

    def __init__(self) -> None:
        self.started = 0
        self._open: Final[list[Element]] = []
        self._root: Element | None = None

    def doctype(self, name: str, *_identifiers: str | None) -> None:
        raise RowError(f"the document declares a document type {shown(name)}, expected none")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.started += 1
        if self.started > MAX_ELEMENTS:
            raise RowError(f"the document has more than {MAX_ELEMENTS} elements, expected at most that")
        if len(self._open) >= MAX_DEPTH:
            raise RowError(f"the elements are nested more than {MAX_DEPTH} deep, expected at most that")
        namespace, name = _split(tag)
        if len(attributes) > MAX_ATTRIBUTES:
            raise RowError(f"{shown(name)} has {len(attributes)} attributes, expected at most {MAX_ATTRIBUTES}")
        element = Element(name, namespace, dict(attributes))
        if self._open:
            self._open[-1].children.append(element)
        else:
            self._root = element
        self._open.append(element)

    def data(self, piece: str) -> None:
        self._open[-1].pieces.append(piece)

    def end(self, _tag: str) -> None:
        self._open.pop()

    def close(self) -> Element | None:
        """The root; None where reading stopped before there was one, which the parser reports itself."""
        return self._root


def _split(tag: str) -> tuple[str, str]:
    if not tag.startswith("{"):
        return "", tag
    namespace, _, name = tag[1:].rpartition("}")
    return namespace, name


def _refuse_encoding(content: bytes) -> None:
    """Raise for bytes that are not UTF-8 or say they are not: another reader would see other text in them."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RowError(f"byte {error.start} is not UTF-8, expected XML in UTF-8") from None
    head = content.removeprefix(b"\xef\xbb\xbf")[:_DECLARED_CHARS]
    if not head.startswith(b"<?xml"):
        return
    declaration, closed, _ = head.partition(b"?>")
    if not closed:
        raise RowError(f"the XML declaration has more than {_DECLARED_CHARS} bytes, expected at most that")
    _, named, rest = declaration.partition(b"encoding")
    value = rest.lstrip(b" \t\r\n=")
    encoding = value[1:].partition(value[:1])[0] if named and value else b"UTF-8"
    if encoding.upper() != b"UTF-8":
        found = shown(encoding.decode("ascii", "replace"))
        raise RowError(f"the document declares the encoding {found}, expected `UTF-8`")


def _first_line(message: str) -> str:
    line = message.partition("\n")[0]
    return line[:1].lower() + line[1:]
