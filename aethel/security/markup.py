"""Whether a text becomes markup, script, a server-side include or an XML declaration in a page that it is put into."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from html import unescape
from html.entities import html5

from aethel.security.breakout import Breakout
from aethel.security.classes import SecurityClass, Weakness
from aethel.security.html_tags import Declaration, Tag, markup, read_attributes
from aethel.security.sink_names import SinkNames, sink_names

_HANDLER = re.compile(r"on[a-z]{2,40}$")
_HANDLER_HINT = re.compile(r"on[a-z]{3,40}[\t\n\f\r ]*=", re.IGNORECASE)
_STRIPPED = re.compile(r"[\x00-\x20\x7f-\xa0\u2000-\u200f\u2028\u2029\u3000\ufeff]")
_SCRIPT_URL = re.compile(
    r"(?:\\x[0-9a-f]{2}|\\u[0-9a-f]{4})*(?:java|vb|live|j)script:|data:(?:[a-z]+/(?:html|xml|[a-z.]+\+xml)|[;,])"
)
_DATA_URL = re.compile(
    r"(?<![\w/])data:(?:text/(?:html|xml)|image/svg\+xml|application/x(?:ht)?ml(?:\+xml)?)[;,]", re.IGNORECASE
)
_ACTS = re.compile(r"[\w$\])]\s*[(=`]|//|&#|&[a-z]+;|%[0-9a-f]{2}", re.IGNORECASE)
_SPACED = re.compile(r"<\s{0,4}/?\s{0,4}(?:script|iframe|svg|object|embed)\s{0,4}>", re.IGNORECASE)
_XML_PREFIXES = ("xsl:", "xi:", "xs:", "xsd:", "soap:", "soapenv:", "svg:", "fo:")


def breakouts(text: str) -> Iterator[Breakout]:
    """What the text becomes in a page, at most one finding for each weakness; linear in the text."""
    # Some readers drop a NUL within a tag; a space keeps the places of the other characters and is read by all.
    text = text.replace("<\0", " <")
    found: dict[int, Breakout] = {}
    include = _INCLUDE.search(text) if "#" in text and "=" in text else None
    if include is not None and include.group(1).lower() in sink_names()["markup.includes"]:
        what = "is run by a web server as a server-side include"
        found[Weakness.SERVER_SIDE_INCLUDE] = _breakout(*include.span(), what, Weakness.SERVER_SIDE_INCLUDE)
    if ";" in text or "]]>" in text:
        entity = _entity(text)
        if entity is not None:
            found[entity.cwe] = entity
    if "<" in text:
        opened: set[str] = set()
        for item in markup(text):
            breakout = _of_declaration(item, text) if isinstance(item, Declaration) else _of_tag(item, sink_names())
            if breakout is None and isinstance(item, Tag) and _is_element(item, opened):
                what = f"is read by an XML parser as the element `{item.name[:32]}`"
                breakout = _breakout(item.start, item.end, what, Weakness.XML_ENTITY)
            if breakout is not None:
                found.setdefault(breakout.cwe, breakout)
                if len(found) == 3:
                    break
    if Weakness.SCRIPT_INJECTION not in found:
        script = _attribute(text) or _script_url(text) or _spaced(text)
        if script is not None:
            found[Weakness.SCRIPT_INJECTION] = script
    yield from found.values()


def _is_element(tag: Tag, opened: set[str]) -> bool:
    """Whether a tag is one of XML by its form: it closes one before it, closes itself, or has quoted attributes.

    `<smith@example.com>` and `<enter type here>` are none. `opened` gathers the names of the tags before it.
    """
    name = tag.name.removesuffix("/")
    if _XML_NAME.fullmatch(name) is None:
        return False
    if tag.closing:
        return name in opened
    if len(opened) < _OPENED:
        opened.add(name)
    if tag.self_closing and not tag.attributes:
        return True
    return bool(tag.attributes) and all(value is not None for _, value in tag.attributes)


def _entity(text: str) -> Breakout | None:
    """The end of a character section, or a reference to an entity that the document declares itself."""
    end = text.find("]]>")
    if end >= 0:
        return _breakout(end, end + 3, "ends a character section of an XML document", Weakness.XML_ENTITY)
    if _PARAMETERS.fullmatch(text) is not None:
        return _breakout(0, len(text), "is read by an XML parser as a parameter entity", Weakness.XML_ENTITY)
    for reference in _REFERENCE.finditer(text):
        if f"{reference.group(1)};" not in html5:
            return _breakout(*reference.span(), "is read by an XML parser as an entity", Weakness.XML_ENTITY)
    return None


_INCLUDE = re.compile(r"(?<!\w)#([A-Za-z]{2,12})\s+[a-z]{2,12}=[\"']")
_XML_NAME = re.compile(r"[a-z_][\w.-]{0,64}(?::[a-z_][\w.-]{0,64})?")
_OPENED = 64
_PARAMETERS = re.compile(r"\s*(?:%[A-Za-z_][\w.-]{1,64};\s*)+")
_REFERENCE = re.compile(r"&(?:(?<![^\s>]&)|(?<=\A[A-Z]{3}&))([A-Za-z_][\w.-]{1,64});(?![^\s<])")


def _of_declaration(declaration: Declaration, text: str) -> Breakout | None:
    """Comments, document types, entities and processing instructions: nothing that a person writes by accident."""
    word, start, end = declaration.word, declaration.start, declaration.end
    if word == "!--#" and text[end : end + 1].isalpha():
        return _breakout(start, end, "is run by a web server as a server-side include", Weakness.SERVER_SIDE_INCLUDE)
    if word.startswith("!--"):
        return _breakout(start, end, "starts a comment, which hides what stands behind it", Weakness.SCRIPT_INJECTION)
    if word in ("!doctype", "!entity", "!element", "!attlist", "!notation", "?xml", "![cdata", "![include", "![ignore"):
        return _breakout(start, end, f"is read by an XML parser as the declaration `<{word}`", Weakness.XML_ENTITY)
    return None


def _of_tag(tag: Tag, names: SinkNames) -> Breakout | None:
    """A tag that a browser obeys; `<enter type here>`, `<3` and `<smith@example.com>` are none."""
    start, end = tag.start, max(tag.end, tag.start + 1)
    name = tag.name
    assigned = any(value is not None for _, value in tag.attributes)
    if name.startswith("esi:"):
        return _breakout(start, end, "is run by a proxy as an edge-side include", Weakness.SERVER_SIDE_INCLUDE)
    if name.startswith(_XML_PREFIXES) or (_is_qualified(name) and (tag.self_closing or assigned)):
        return _breakout(start, end, f"is read by an XML parser as the element `{name}`", Weakness.XML_ENTITY)
    for key, value in tag.attributes:
        if value and (_HANDLER.match(key) or _is_script_url(value)):
            return _breakout(start, end, f"is read by a browser as a tag that runs its attribute `{key[:32]}`")
    if name in names["markup.active"]:
        return _breakout(start, end, f"is read by a browser as the element `{name}`")
    known = name in names["markup.passive"]
    if known and (tag.closing or assigned or tag.self_closing):
        return _breakout(start, end, f"is read by a browser as the element `{name}`")
    if (
        not known
        and name.startswith(_RUNNING)
        and any(name.startswith(active) and not name[len(active)].isalpha() for active in _RUNNING)
    ):
        return _breakout(start, end, "is read by some browsers as a script")
    if known and any(key.startswith("on") and "%" in key for key, _ in tag.attributes):
        return _breakout(start, end, "is read by a browser as a tag with a handler once decoded")
    return None


_RUNNING = ("script", "iframe", "img", "svg", "object", "embed", "style")


def _is_qualified(name: str) -> bool:
    prefix, colon, local = name.partition(":")
    return bool(colon) and prefix.isalnum() and local[:1].isalpha() and "@" not in local and "." not in local


def _is_script_url(value: str) -> bool:
    """Whether an attribute's value, with its character references read and its blanks dropped, is a script."""
    plain = _STRIPPED.sub("", unescape(value[:256])).lower()
    return _SCRIPT_URL.match(plain) is not None


def _attribute(text: str) -> Breakout | None:
    """A handler attribute behind the quote or the blank that ends the attribute in which the text stands."""
    if "=" not in text or _HANDLER_HINT.search(text) is None:
        return None
    starts = {text.find(quote) + 1 for quote in "\"'`"} | {0}
    for start in sorted(start for start in starts if start or text[:1].isspace() or " " in text):
        tag = Tag("", start)
        read_attributes(text, start, tag)
        for key, value in tag.attributes:
            name = key.lstrip("\"'`\xa0")
            if value and _HANDLER.match(name) and _ACTS.search(value[:256]):
                return _breakout(start, tag.end, f"is read by a browser as the attribute `{name}`")
    return None


def _script_url(text: str) -> Breakout | None:
    """A URL that is a script: its scheme, then code rather than prose (`JavaScript: basics` is prose)."""
    if ":" not in text:
        return None
    folded = text.lower()
    data = _DATA_URL.search(text) if "data:" in folded else None
    if data is not None:
        return _breakout(data.start(), data.end(), "is opened by a browser as a page of its own")
    at = folded.find("script:")
    while at >= 0:
        start = next((at - len(head) for head in ("java", "vb", "live") if folded.endswith(head, 0, at)), -1)
        behind = text[at + 7 : at + 207]
        if start >= 0 and behind[:1].strip() and _ACTS.search(behind.partition(" ")[0]):
            return _breakout(start, at + 7, "is opened by a browser as a script")
        at = folded.find("script:", at + 7)
    return None


def _spaced(text: str) -> Breakout | None:
    found = _SPACED.search(text) if "<" in text else None
    return None if found is None else _breakout(found.start(), found.end(), "is read as a tag once blanks are dropped")


def _breakout(start: int, end: int, what: str, cwe: int = Weakness.SCRIPT_INJECTION) -> Breakout:
    return Breakout(
        SecurityClass.BREAKOUT,
        start,
        end,
        what,
        "write `<`, `>`, `&` and quotes as character references wherever the text reaches a page",
        cwe,
        Decimal("0.97"),
    )
