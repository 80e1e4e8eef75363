"""XML from strangers: what could expand, fetch or pile up is refused before it does."""

import pytest
from lxml import etree

from aethel.adapters import xml_tree
from aethel.adapters.xml_tree import MAX_DEPTH, Building, read_xml
from aethel.wire.exact_json import RowError


def refusal(content: bytes) -> str:
    with pytest.raises(RowError) as caught:
        read_xml(content)
    return caught.value.message


LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (level, (b"&l%d;" % (level - 1)) * 10 if level else b"lol") for level in range(20)
)


@pytest.mark.parametrize(
    "declared",
    [
        b"[" + LAUGHS + b"]",
        b'[<!ENTITY big "' + b"x" * 100_000 + b'">]',
        b'[<!ENTITY x SYSTEM "file:///etc/passwd">]',
        b'[<!ENTITY % p SYSTEM "http://localhost:9/p.dtd"> %p;]',
        b'SYSTEM "http://localhost:9/x.dtd"',
        b'PUBLIC "-//X//EN" "x.dtd"',
        b"[<!ELEMENT a ANY>]",
        b"",
    ],
    ids=["laughs", "blowup", "external", "parameter", "system", "public", "element", "bare"],
)
def test_every_document_type_is_refused_before_an_element_is_met(
    declared: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    met = []
    monkeypatch.setattr(Building, "start", lambda self, tag, attributes: met.append(tag))
    content = b"<!DOCTYPE a " + declared + b"><a>&l19;&big;&x;</a>"
    assert refusal(content) == "the document declares a document type `a`, expected none"
    assert met == []


def test_an_entity_that_nobody_declared_is_an_error() -> None:
    assert "not XML: entity 'x' not defined" in refusal(b"<a>&x;</a>")


def test_ten_thousand_nested_elements_are_refused_at_the_first_that_is_too_deep() -> None:
    building = Building()
    deep = b"<a>" * 10_000 + b"</a>" * 10_000
    with pytest.raises(RowError, match=f"nested more than {MAX_DEPTH} deep"):
        etree.fromstring(deep, etree.XMLParser(target=building))
    assert building.started == MAX_DEPTH + 1
    assert "nested more than" in refusal(deep)


def test_reading_stops_at_the_first_element_that_is_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_tree, "MAX_ELEMENTS", 10)
    building = Building()
    with pytest.raises(RowError, match="more than 10 elements"):
        etree.fromstring(b"<a>" + b"<b/>" * 1_000 + b"</a>", etree.XMLParser(target=building))
    assert building.started == 11


def test_a_file_that_is_too_large_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_tree, "MAX_FILE_BYTES", 10)
    assert refusal(b"<not xml...") == "the file has 11 bytes, expected at most 10"


def test_many_attributes_are_refused() -> None:
    many = b" ".join(b'a%d="x"' % number for number in range(1_000))
    assert refusal(b"<a " + many + b"/>") == "`a` has 1000 attributes, expected at most 16"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not XML: document is empty"),
        (b"<a>", "not XML: "),
        (b"<a/><b/>", "not XML: "),
        (b"<a b='1' b='2'/>", "not XML: attribute b redefined"),
        (b"{}", "not XML: "),
        (b"<a>\xff</a>", "byte 3 is not UTF-8"),
        ('<?xml version="1.0" encoding="utf-16"?><a/>'.encode("utf-16"), "byte 0 is not UTF-8"),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?><a/>', "the encoding `ISO-8859-1`, expected `UTF-8`"),
        (b"<?xml version='1.0' encoding = 'UTF-7'?><a>+AGEA-</a>", "the encoding `UTF-7`, expected `UTF-8`"),
        (b'<?xml version="1.0"' + b" " * 300 + b'encoding="UTF-7"?><a/>', "the XML declaration has more than 256"),
    ],
)
def test_what_is_no_plain_xml_in_utf_8_is_refused(content: bytes, message: str) -> None:
    assert message in refusal(content)


@pytest.mark.parametrize("content", [b"<a>1</a>", b"\xef\xbb\xbf<a>1</a>", b'<?xml version="1.0"?><a>\n1 </a>'])
def test_text_is_read_without_the_space_around_it(content: bytes) -> None:
    assert read_xml(content).text == "1"


def test_a_comment_does_not_cut_an_amount_short() -> None:
    assert read_xml(b"<a>1<!-- -->00<![CDATA[0]]>&#48;<?p i?>0</a>").text == "100000"
