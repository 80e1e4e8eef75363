"""`aethel certify`: certificates made, checked, and compared with a text."""

from pathlib import Path

import pytest

import certificate_checker
from tests.cli.command import EXAMPLES, MINT, Command
from tests.prover.certificate.files import opened, signed


@pytest.fixture
def payment(aethel: Command, tmp_path: Path) -> Path:
    """The certificate of a payment."""
    path = tmp_path / "payment.certificate"
    assert aethel("certify", "make", EXAMPLES / "payment.ae", "-o", path).code == 0
    return path


def test_a_payment_is_certified_whole(aethel: Command, tmp_path: Path) -> None:
    path = tmp_path / "payment.certificate"
    done = aethel("certify", "make", EXAMPLES / "payment.ae", "-o", path)
    assert done.code == 0
    assert "payment.ae: 11 of 11 certified" in done.out
    assert len(certificate_checker.check(path.read_bytes()).obligations) == 11


def test_the_certificate_lies_beside_the_text_where_no_place_is_named(aethel: Command, tmp_path: Path) -> None:
    text = tmp_path / "pay.ae"
    text.write_bytes((EXAMPLES / "payment.ae").read_bytes())
    assert aethel("certify", "make", text).code == 0
    assert (tmp_path / "pay.certificate").exists()


def test_what_is_not_certified_is_shown_with_its_reason(aethel: Command, tmp_path: Path) -> None:
    done = aethel("certify", "make", EXAMPLES / "cubes.ae", "-o", tmp_path / "c", "--json")
    assert done.code == 2
    rows = done.json["obligations"]
    assert isinstance(rows, list)
    assert [(row["id"], row["why_not"]) for row in rows if not row["certified"]] == [("post.1", "NONLINEAR")]


def test_a_text_that_is_no_intent_has_no_certificate(aethel: Command, tmp_path: Path) -> None:
    done = aethel("certify", "make", "-", "-o", tmp_path / "c", stdin="intent pay(a: Account) { guard { a >> 1; } }")
    assert done.code == 1
    assert "is no intent" in done.out
    assert not (tmp_path / "c").exists()


def test_a_text_from_standard_input_needs_a_place_for_its_certificate(aethel: Command) -> None:
    assert aethel("certify", "make", "-", stdin="").code == 64


def test_a_certificate_that_cannot_be_written_is_said(aethel: Command) -> None:
    done = aethel("certify", "make", EXAMPLES / "payment.ae", "-o", "/no/such/folder/c")
    assert done.code == 64
    assert "cannot write" in done.err


def test_a_certificate_holds_alone_and_for_its_text(aethel: Command, payment: Path) -> None:
    assert aethel("certify", "check", payment).code == 0
    done = aethel("certify", "check", payment, "--intent", EXAMPLES / "payment.ae", "--json")
    assert done.code == 0
    assert done.json["holds"] is True
    assert done.json["missing"] == []


def test_a_certificate_does_not_hold_for_another_text(aethel: Command, payment: Path) -> None:
    done = aethel("certify", "check", payment, "--intent", EXAMPLES / "escrow.ae")
    assert done.code == 1
    assert "refused: the certificate is for a text with another digest" in done.out


def test_a_certificate_holds_for_a_text_without_a_changed_number(
    aethel: Command, payment: Path, tmp_path: Path
) -> None:
    text = (EXAMPLES / "payment.ae").read_text(encoding="utf-8")
    assert text.count("amount > 0") == 1
    (tmp_path / "pay.ae").write_text(text.replace("amount > 0", "amount > 1"), encoding="utf-8")
    assert aethel("certify", "check", payment, "--intent", tmp_path / "pay.ae").code == 1


def test_a_false_statement_of_the_text_is_found_whatever_digest_it_claims(
    aethel: Command, payment: Path, tmp_path: Path
) -> None:
    document = opened(payment.read_bytes())
    terms = document["programs"][0]["terms"]
    place = terms.index(["integer", 2**63 - 1])
    terms[place] = ["integer", 2**63 - 2]
    other = tmp_path / "other"
    other.write_bytes(signed(document))
    assert aethel("certify", "check", other).code == 0
    done = aethel("certify", "check", other, "--intent", EXAMPLES / "payment.ae")
    assert done.code == 1
    assert "states something else" in done.out


def test_obligations_without_a_certificate_are_named(aethel: Command, tmp_path: Path) -> None:
    path = tmp_path / "cubes.certificate"
    aethel("certify", "make", EXAMPLES / "cubes.ae", "-o", path)
    assert aethel("certify", "check", path).code == 0
    done = aethel("certify", "check", path, "--intent", EXAMPLES / "cubes.ae", "--json")
    assert done.code == 2
    assert done.json["missing"] == ["post.1"]


def test_a_broken_certificate_is_refused(aethel: Command, payment: Path) -> None:
    payment.write_bytes(payment.read_bytes().replace(b'"post.1"', b'"post.9"'))
    done = aethel("certify", "check", payment, "--json")
    assert done.code == 1
    assert done.json["reason"] == "the checksum does not fit the file"
    assert done.json["obligations"] == []


def test_a_text_that_is_no_intent_is_not_what_was_certified(aethel: Command, payment: Path) -> None:
    done = aethel("certify", "check", payment, "--intent", "-", stdin="intent")
    assert done.code == 1
    assert "is no intent" in done.out


def test_what_is_minted_is_certified_under_the_rules_that_allow_it(aethel: Command, tmp_path: Path) -> None:
    text, allowed, other, path = (tmp_path / name for name in ("mint.ae", "rules.toml", "other.toml", "certificate"))
    text.write_text(MINT)
    allowed.write_text('[default.issuance]\nEUR = { mint = "50" }')
    other.write_text('[default.issuance]\nEUR = { mint = "51" }')
    assert aethel("certify", "make", text, "--rules", allowed, "-o", path).code == 0
    assert aethel("certify", "check", path, "--intent", text, "--rules", allowed).code == 0
    done = aethel("certify", "check", path, "--intent", text, "--rules", other)
    assert (done.code, "`issued.EUR` of the text states something else" in done.out) == (1, True)
    done = aethel("certify", "check", path, "--intent", text)
    assert (done.code, "no obligation `issued.EUR` under these rules" in done.out) == (1, True)
    assert aethel("certify", "check", path, "--rules", allowed).code == 64


@pytest.mark.parametrize("arguments", [("/no/such/file",), ("-",)])
def test_a_certificate_that_cannot_be_read_is_wrong_usage(aethel: Command, arguments: tuple[str, ...]) -> None:
    assert aethel("certify", "check", *arguments).code == 64
