"""Blocks, lines and statements: their order, what is expected where, and that no text at all is an exception."""

from __future__ import annotations

import pytest

from aethel.intent import syntax
from aethel.intent.reading import read
from tests.intent.readings import intent, reading, refusal

HEAD = "intent pay(a: Account, n: Balance) { "
GUARD = "guard { n > 0; } "
VERIFY = "verify { n > 0; } }"
PAYMENT = """# a payment
intent pay(secret a: Account, b: Account, external n: Balance) {
    guard { n > 0.05; fee = n * 5%; old_a_balance >= n + fee; secret a != b; }
    solve { target: "the ledger"; }
    verify { a_balance == old(a.balance) - n; if (n > 1) { b_balance == old_b_balance + n; } else { not n < 0; } }
}"""
LOOP = """atomic_batch both {
    intent pay(a: Account, b: Account, n: Balance, t: Text(140)) {
        guard { n > 0; t != "caf\\u00e9 \U0001f600"; }
        effect { for i in 0..2 { transfer(a, b, n); } if (n > 7) { mint(a, 1); } else if (n > 8) { burn(b, 1); }
            require (if n > 2 then 7 % 3 else -1) == 1; b.balance -= div_ceil(n, 2); }
        verify { n > 0 => true and not false; }
    }
}"""
TEXTS = (PAYMENT, LOOP)


@pytest.mark.parametrize("text", TEXTS)
def test_every_beginning_of_a_text_is_read_or_refused_at_a_place(text: str) -> None:
    data = text.encode()
    assert read(data).file is not None
    for end in range(len(data)):
        _refused_or_read(data[:end])


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_that_lost_one_byte_is_read_or_refused_at_a_place(text: str) -> None:
    data = text.encode()
    for at in range(len(data)):
        _refused_or_read(data[:at] + data[at + 1 :])


def _refused_or_read(data: bytes) -> None:
    found = read(data)
    if found.file is None:
        (finding,) = found.findings
        assert finding.span is not None
        assert 0 <= finding.span.start <= finding.span.end <= len(data)
        assert finding.code in {"SYNTAX", "NAME", "TYPE", "ENCODING", "CYCLE"}


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        ("", "1:1", "`intent` or `atomic_batch`"),
        ("# nothing", "1:10", "`intent` or `atomic_batch`"),
        ("pay()", "1:1", "`intent` or `atomic_batch`"),
        ("intent (", "1:8", "the name of the intent"),
        ("intent and(", "1:8", "the name of the intent that is not a reserved word"),
        ("intent pay {", "1:12", "`(`"),
        ("intent pay(5", "1:12", "a parameter name"),
        ("intent pay(a", "1:13", "`:` and a type"),
        ("intent pay(a: 5", "1:15", "a type"),
        ("intent pay(a: Balance<5", "1:23", "the name of an asset"),
        ("intent pay(a: Rate<EUR/5", "1:24", "the name of an asset"),
        ("intent pay(a: Balance<EUR)", "1:26", "`>`"),
        ("intent pay(a: Text(x", "1:20", "a size"),
        ("intent pay(a: Text(1.5", "1:20", "a size"),
        ("intent pay(a: Text(5", "1:21", "`)`"),
        ("intent pay(a: Int b", "1:19", "`,` or `)`"),
        ("intent pay(a: Int,)", "1:19", "a parameter name"),
        ("intent pay(secret secret a: Int)", "1:19", "the modifier once"),
        ('intent pay("secret" a: Int)', "1:12", "a parameter name"),
        ("intent pay() guard", "1:14", "`{`"),
        ("atomic_batch 5", "1:14", "`{`"),
        ("atomic_batch { }", "1:16", "`intent` or `atomic_batch`"),
        ("atomic_batch { atomic_batch {", "1:16", "`intent` or `atomic_batch`"),
        (HEAD + VERIFY, "1:38", "a `guard` block"),
        (HEAD + "guard }", "1:44", "`{`"),
        (HEAD + "guard { }", "1:46", "a condition, an empty block says nothing"),
        (HEAD + GUARD + "}", "1:55", "a `solve`, `effect` or `verify` block"),
        (HEAD + GUARD + "solve { }", "1:63", "a setting, an empty block says nothing"),
        (HEAD + GUARD + "solve { 5", "1:63", "the name of a setting"),
        (HEAD + GUARD + "solve { a b", "1:65", "`:`"),
        (HEAD + GUARD + "solve { a: {", "1:66", "a name, a number or a string"),
        (HEAD + GUARD + "solve { a: b }", "1:68", "`;` at the end of the line"),
        (HEAD + GUARD + "solve { a: b; } }", "1:71", "an `effect` or `verify` block"),
        (HEAD + GUARD + "effect { }", "1:64", "a statement, an empty block says nothing"),
        (HEAD + GUARD + "effect { n += 1; } }", "1:74", "a `verify` block"),
        (HEAD + GUARD + "effect { n += 1; } solve { a: b; }", "1:74", "a `verify` block"),
        (HEAD + GUARD + "effect { 5", "1:64", "a statement"),
        (HEAD + GUARD + "effect { n == 5", "1:66", "`=`, `+=` or `-=`"),
        (HEAD + GUARD + "effect { n *= 5", "1:66", "`=`, `+=` or `-=`"),
        (HEAD + GUARD + "effect { transfer(5", "1:73", "an account"),
        (HEAD + GUARD + "effect { transfer(a, 5", "1:76", "an account"),
        (HEAD + GUARD + "effect { transfer(a, b)", "1:77", "`,`"),
        (HEAD + GUARD + "effect { mint(5", "1:69", "an account"),
        (HEAD + GUARD + "effect { if n > 0", "1:67", "`(` and a condition"),
        (HEAD + GUARD + "effect { if (n > 0) n", "1:75", "`{`"),
        (HEAD + GUARD + "effect { for 5", "1:68", "the name of the loop variable"),
        (HEAD + GUARD + "effect { for i of", "1:70", "`in`"),
        (HEAD + GUARD + "effect { for i in n", "1:73", "a constant whole number"),
        (HEAD + GUARD + "effect { for i in 0.5", "1:73", "a constant whole number"),
        (HEAD + GUARD + "effect { for i in 0,", "1:74", "`..`"),
        (HEAD + GUARD + "effect { for i in 0..n", "1:76", "a constant whole number"),
        (HEAD + GUARD + "verify { }", "1:64", "a condition, an empty block says nothing"),
        (HEAD + GUARD + "verify { n > 0 }", "1:70", "`;` at the end of the line"),
        (HEAD + GUARD + "verify { n = 0;", "1:66", "`==`, since a condition compares and does not assign"),
        (HEAD + GUARD + "verify { x = 0;", "1:66", "`==`, since a condition compares and does not assign"),
        (HEAD + GUARD + "verify { n > 0; } effect", "1:73", "`}`"),
        (HEAD + GUARD + VERIFY + " more", "1:75", "`intent` or `atomic_batch`"),
    ],
)
def test_what_is_expected_is_said_where_it_is_missing(text: str, place: str, expected: str) -> None:
    finding = refusal(text)
    assert finding.code == "SYNTAX"
    assert finding.message.endswith(f"expected {expected}")
    assert str(finding.span) == place


def parsed(text: str) -> syntax.Intent:
    tree = reading(text).syntax
    assert tree is not None
    return tree.intents()[0]


def test_the_optional_blocks_may_be_left_out() -> None:
    found = parsed(HEAD + GUARD + VERIFY)
    assert (found.settings, found.effect) == ((), None)


@pytest.mark.parametrize(
    ("modifiers", "secret", "external"),
    [("", False, False), ("secret", True, False), ("external", False, True), ("external secret", True, True)],
)
def test_modifiers_stand_before_a_parameter_or_a_condition(modifiers: str, secret: bool, external: bool) -> None:
    found = parsed(intent(f"{modifiers} n: Int", f"{modifiers} n > 0;", f"{modifiers} n > 1;"))
    (parameter,), (guard,), (check,) = found.parameters, found.guard, found.verify
    assert isinstance(guard, syntax.Check)
    assert isinstance(check, syntax.Check)
    assert {(each.secret, each.external) for each in (parameter, guard, check)} == {(secret, external)}


@pytest.mark.parametrize("word", ["secret", "external", "intent", "guard", "solve", "effect", "verify", "transfer"])
def test_a_word_with_a_meaning_elsewhere_may_be_a_name(word: str) -> None:
    found = parsed(intent(f"{word}: Int", f"{word} > 0; secret {word} > 1;", f"{word} > 0;", f"{word} += 1;"))
    assert found.parameters[0].name == word
    assert [line.secret for line in found.guard if isinstance(line, syntax.Check)] == [False, True]


@pytest.mark.parametrize("word", ["for", "require", "mint", "burn", "transfer"])
@pytest.mark.parametrize("operator", ["=", "+=", "-="])
def test_a_word_before_an_assignment_is_the_name_assigned(word: str, operator: str) -> None:
    (statement,) = parsed(intent(f"{word}: Int", "true;", "true;", f"{word} {operator} 1;")).effect or ()
    assert isinstance(statement, syntax.Assign)


def test_a_line_that_begins_with_if_is_a_block_or_a_choice() -> None:
    lines = "if (n > 1) { n > 0; } if (n > 1) then true else false; if (n > 1) and true then true else false;"
    found = parsed(intent("n: Int", "n > 1;", lines + ' if "(" == t then true else false;'))
    assert [type(line).__name__ for line in found.verify] == ["CheckIf", "Check", "Check", "Check"]


def test_else_belongs_to_the_nearest_branch() -> None:
    text = intent("n: Int", "n > 0;", "n > 0;", "if (n > 1) { if (n > 2) { n = 1; } else { n = 2; } }")
    (outer,) = parsed(text).effect or ()
    assert isinstance(outer, syntax.Branch)
    (inner,) = outer.then
    assert isinstance(inner, syntax.Branch)
    assert outer.other == ()
    assert len(inner.other) == 1


def test_every_line_stands_where_its_text_stands() -> None:
    (found,) = (parsed(LOOP),)
    shown = [LOOP[line.start : line.end].partition(" ")[0] for line in (*found.guard, *(found.effect or ()))]
    assert shown == ["n", "t", "for", "if", "require", "b.balance"]
    assert LOOP[found.start : found.end].startswith("intent pay(")
    assert LOOP[found.start : found.end].endswith("\n    }")
