"""Minting and burning stay within the caps that the rules of the client give, and rules are read strictly."""

from __future__ import annotations

import pytest

from aethel.decision.gate import plan
from aethel.intent.instance import instantiate
from aethel.intent.obligations import Kind, Obligation, obligations, unauthorised
from aethel.intent.reading import Reading, read
from aethel.intent.replay import confirms
from aethel.intent.terms import Value
from aethel.prover.local import local_expert
from aethel.request import Question
from aethel.rules import MAX_RULES_BYTES, NO_RULES, Cap, RuleBook, Rules, RulesError, read_rules
from aethel.verdict import Outcome

MINT = b"""intent gift(ann: Account<EUR>, amount: Balance<EUR>) {
    guard { amount > 0; amount <= 50; 1 <= old_ann_balance; old_ann_balance <= 100; }
    effect { mint(ann, amount); burn(ann, 1); }
    verify { ann_balance == old_ann_balance + amount - 1; }
}"""

KNOWN = "`issuance` or `writes` or `ledger` or `texts` or `security` or `payees`"


def reading(rules: Rules) -> Reading:
    """The text under rules."""
    found = instantiate(Question("tx", intent_text=MINT, rules=rules)).reading
    assert found.file is not None
    return found


def issued(rules: Rules) -> list[Obligation]:
    file = reading(rules).file
    assert file is not None
    return [each for each in obligations(file) if each.kind is Kind.ISSUED]


def caps(mint: str, burn: str) -> Rules:
    return Rules({"EUR": Cap(mint, burn)})


def test_without_a_rule_nothing_is_stated_and_everything_is_unauthorised() -> None:
    assert issued(NO_RULES) == []
    file = read(MINT).file
    assert file is not None
    assert [issue.text for issue in unauthorised(file.programs[0], NO_RULES)] == ["mint(ann, amount);", "burn(ann, 1);"]
    assert unauthorised(file.programs[0], caps("0", "0")) == ()


def test_without_a_rule_nobody_may_decide_that_something_is_issued() -> None:
    """Else an approval would hang on one expert alone that looks for an authority."""
    file = reading(NO_RULES).file
    assert plan(Question("tx", intent_text=MINT), file).required["issued.EUR"] == frozenset()


def test_the_digest_covers_no_rules() -> None:
    files = [reading(rules).file for rules in (NO_RULES, caps("1", "2"))]
    assert len({file.digest for file in files if file is not None}) == 1


@pytest.mark.parametrize(
    ("mint", "burn", "outcome"),
    [
        ("50", "1", Outcome.PROVED),
        ("49.99", "1", Outcome.REFUTED),
        ("50", "0.99", Outcome.REFUTED),
        ("50.005", "1.009", Outcome.PROVED),
        ("9" * 80, "9" * 80, Outcome.PROVED),
    ],
)
def test_both_caps_are_held_to_the_last_cent(mint: str, burn: str, outcome: Outcome) -> None:
    verdict = local_expert().verify(Question("tx", intent_text=MINT, rules=caps(mint, burn)), 10_000)
    (result,) = (each for each in verdict.obligations if each.id == "issued.EUR")
    assert result.outcome is outcome
    if outcome is Outcome.REFUTED:
        assert result.counterexample is not None
        assert result.counterexample.replayed


def test_the_interpreter_confirms_what_is_over_a_cap_and_nothing_else() -> None:
    rules = caps("30", "5")
    (obligation,) = issued(rules)
    for amount, is_over in ((3000, False), (3001, True)):
        values: dict[str, Value] = {"ann": "a", "old ann.balance": 100, "amount": amount}
        assert confirms(reading(rules), obligation, values) is is_over


def test_a_rules_file_has_a_table_for_everybody_and_one_for_each_client() -> None:
    book = read_rules(b"""
        [default]
        writes = [".nonce"]
        [default.issuance]
        EUR = { mint = "10.00" }
        [clients.acme.issuance]
        EUR = { mint = "1000", burn = "500" }
        default = { burn = "1" }
    """)
    assert book.of("") == book.of("nobody we know") == Rules({"EUR": Cap("10.00", "0")}, (".nonce",))
    assert book.of("acme") == Rules({"EUR": Cap("1000", "500"), "default": Cap("0", "1")})


def test_assets_are_the_same_for_every_client() -> None:
    book = read_rules(b"[assets]\nUSDC = 6\n[clients.acme]\nwrites = ['.nonce']")
    assert book.of("").assets == book.of("acme").assets == {"USDC": 6}
    assert book.of("").registry["USDC"] == 6
    assert book.of("").registry["EUR"] == 2


def test_an_empty_file_allows_nothing() -> None:
    assert read_rules(b"") == RuleBook()
    assert NO_RULES.is_empty()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"[defaults]", "`defaults` is unknown, expected `default` or `clients` or `assets`"),
        (b"[assets]\nEUR = 3", "asset `EUR` is known already, expected one that no standard names"),
        (b"[assets]\neur = 3", "asset `eur` is known already, expected one that no standard names"),
        (b"[assets]\nUSDC = 31", "decimals `31` of `USDC`, expected 0 to 30"),
        (b"[assets]\nUSDC = -1", "decimals `-1` of `USDC`, expected 0 to 30"),
        (b"[assets]\nUSDC = true", "decimals `True` of `USDC`, expected 0 to 30"),
        (b'[assets]\nUSDC = "6"', "decimals `6` of `USDC`, expected 0 to 30"),
        (b'[assets]\n"U-C" = 6', "asset `U-C`, expected letters, digits and `_` behind a first letter"),
        (b"[assets]\n9C = 6", "asset `9C`, expected letters, digits and `_` behind a first letter"),
        (b"default = 1", "`default` is no table"),
        (
            b"[default]\nwrite = []",
            f"`default.write` is unknown, expected {KNOWN}",
        ),
        (
            b"[clients.acme.issued]",
            f"`clients.acme.issued` is unknown, expected {KNOWN}",
        ),
        (b"[clients]\nacme = 1", "`clients.acme` is no table"),
        (b'[default]\nwrites = "nonce"', "`default.writes` is no list of texts, expected names of cells"),
        (b"[default]\nwrites = [1]", "`default.writes` is no list of texts, expected names of cells"),
        (b'[default]\nwrites = ["a.b.c"]', "`default`: pattern `a.b.c`, expected `cell`, `account.field` or `.field`"),
        (b'[default]\nwrites = ["."]', "`default`: pattern `.`, expected `cell`, `account.field` or `.field`"),
        (b'[default]\nwrites = [""]', "`default`: name ``, expected 1 to 128 printable characters"),
        (b"[default]\nissuance = 1", "`default.issuance` is no table, expected an asset and its caps on each line"),
        (
            b'[default.issuance]\nEUR = "5"',
            '`default.issuance.EUR` is no table, expected `{ mint = "10.00", burn = "0" }`',
        ),
        (
            b"[default.issuance]\nEUR = { mint = 5 }",
            "`default.issuance.EUR.mint` is no text, expected an exact amount in quotes",
        ),
        (
            b'[default.issuance]\nEUR = { mint = "-5" }',
            "`default.issuance.EUR`: cap `-5`, expected decimal digits with at most one decimal point",
        ),
        (
            b'[default.issuance]\nEUR = { give = "5" }',
            "`default.issuance.EUR.give` is unknown, expected `mint` or `burn`",
        ),
    ],
)
def test_whatever_is_no_rule_is_named(content: bytes, sentence: str) -> None:
    with pytest.raises(RulesError) as raised:
        read_rules(content)
    assert str(raised.value) == sentence


@pytest.mark.parametrize(
    "content",
    [b"[default", b"\xff", b"[default]\n[default]", b"a=" + b"[" * 5_000, b"#" * (MAX_RULES_BYTES + 1)],
)
def test_a_file_that_is_no_toml_is_refused(content: bytes) -> None:
    with pytest.raises(RulesError):
        read_rules(content)


@pytest.mark.parametrize("text", ["", ".", "1.", ".5", "1e3", "+1", " 1", "1_000", "٣", "NaN", "1" * 81])
def test_a_cap_is_plain_decimal_text(text: str) -> None:
    with pytest.raises(RulesError):
        Cap(text)


@pytest.mark.parametrize(
    ("pattern", "account", "name", "allowed"),
    [
        ("nonce", "", "nonce", True),
        ("nonce", "ann", "nonce", False),
        (".nonce", "ann", "nonce", True),
        (".nonce", "", "nonce", False),
        ("ann.nonce", "ann", "nonce", True),
        ("ann.nonce", "bob", "nonce", False),
        ("non", "", "nonce", False),
    ],
)
def test_a_pattern_names_a_cell_or_a_field_of_every_account(
    pattern: str, account: str, name: str, allowed: bool
) -> None:
    assert Rules(writes=(pattern,)).may_write(account, name) is allowed


def test_rules_that_only_burn_let_nothing_be_minted() -> None:
    question = Question("tx", intent_text=MINT, rules=Rules({"EUR": Cap(burn="1")}))
    verdict = local_expert().verify(question, 10_000)
    assert verdict.code == "ISSUED"
    assert verdict.reason == (
        "more of EUR can be issued than allowed, which is that at most 0 of EUR is minted and at most 1 burned"
    )
