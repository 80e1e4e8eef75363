"""`aethel check`: what an author learns without a mesh."""

import re
from pathlib import Path

import pytest

from tests.cli.command import EXAMPLES, MINT, Command
from tests.intent.test_corpus import CORPUS


def test_every_obligation_is_shown_with_its_outcome(aethel: Command) -> None:
    done = aethel("check", EXAMPLES / "payment.ae")
    assert done.code == 0
    assert "payment.ae: proved" in done.out
    assert re.search(r"solvent\.sender_balance +\d+:\d+ +.*PROVED", done.out)


def test_an_obligation_that_fails_is_shown_with_its_place(aethel: Command) -> None:
    done = aethel("check", EXAMPLES / "overdraft.ae")
    assert done.code == 1
    assert re.search(r"solvent\.sender_balance +.*REFUTED", done.out)
    assert re.search(r"5 \| +sender\.balance +-= amount;\n +\| +\^+", done.out)


def test_a_text_that_is_no_intent_is_shown_where_it_ends_to_be_one(aethel: Command) -> None:
    done = aethel("check", "-", stdin="intent pay(a: Account) {\n    guard { a >> 1; }\n}\n")
    assert done.code == 1
    assert "-: is no intent" in done.out
    assert re.search(r"2 \| +guard \{ a >> 1; \}\n +\| +\^", done.out)


def test_the_exit_code_is_that_of_the_worst_file(aethel: Command) -> None:
    done = aethel("check", EXAMPLES / "payment.ae", EXAMPLES / "overdraft.ae", "--json")
    assert done.code == 1
    assert [row["is_intent"] for row in done.rows] == [True, True]


def test_json_names_every_claim_and_its_counterexample(aethel: Command) -> None:
    (row,) = aethel("check", EXAMPLES / "overdraft.ae", "--json").rows
    claims = row["obligations"]
    assert isinstance(claims, list)
    solvent = next(claim for claim in claims if claim["id"] == "solvent.sender_balance")
    assert solvent["outcome"] == "REFUTED"
    assert dict(solvent["counterexample"]["after"])["sender_balance"].startswith("-")


def test_without_a_solver_nothing_is_proved_and_it_is_said(aethel: Command) -> None:
    done = aethel.program("check", EXAMPLES / "payment.ae", without=["z3"])
    assert done.code == 2
    assert "z3 is not installed" in done.err
    assert "not decided" in done.out
    assert "PROVED" not in done.out


@pytest.mark.parametrize("command", ["check", "explain"])
@pytest.mark.parametrize(
    ("rules", "code"),
    [("", 1), ('[default.issuance]\nEUR = { mint = "50" }', 0), ('[default.issuance]\nEUR = { mint = "49" }', 1)],
)
def test_what_is_minted_must_be_allowed(aethel: Command, tmp_path: Path, command: str, rules: str, code: int) -> None:
    (tmp_path / "rules.toml").write_text(rules)
    done = aethel(command, "-", "--rules", tmp_path / "rules.toml", stdin=MINT)
    assert done.code == code
    assert ("G10" in done.out) == (rules == "")


@pytest.mark.parametrize("arguments", [[], ["/no/such.ae"]])
def test_nothing_to_read_is_wrong_usage(aethel: Command, arguments: list[str]) -> None:
    assert aethel("check", *arguments).code == 64


def test_a_file_that_cannot_be_an_intent_is_not_read_to_its_end(aethel: Command) -> None:
    done = aethel("check", "/dev/zero")
    assert done.code == 1
    assert "more than 1048576 bytes" in done.err


def test_rules_add_what_is_issued_to_the_claims(aethel: Command, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('[default.issuance]\nEUR = { mint = "50" }\n')
    for text, word in (("issued_within_its_cap", "PROVED"), ("issued_over_its_cap", "REFUTED")):
        done = aethel("check", CORPUS / f"{text}.ae", "--rules", rules)
        assert re.search(rf"issued\.EUR +.*{word}", done.out)
    rules.write_text("[defaults]")
    done = aethel("check", CORPUS / "issued_within_its_cap.ae", "--rules", rules)
    assert done.code == 64
    assert "`defaults` is unknown, expected `default` or `clients`" in done.err
