"""Skeletons: which literals are lifted, which texts match, and that no text matches that the lexer reads otherwise."""

from __future__ import annotations

from random import Random

import pytest

from aethel.intent.compiled import CompiledHypotheses, Reason
from aethel.intent.lexer import Kind, lex
from aethel.intent.limits import DEFAULT_LIMITS
from aethel.intent.obligations import obligations
from aethel.intent.skeleton import MAXIMUM_LITERALS, MAXIMUM_TEXT_BYTES, Skeleton, lift, lift_text
from aethel.intent.skeleton_key import MAXIMUM_OF_SHAPE, Key, Skeletons
from aethel.intent.source import IntentError, decode
from aethel.intent.terms import variables
from tests.fuzz.generator import generate
from tests.intent.readings import intent, reading


def lifted(text: str) -> Skeleton:
    """The skeleton of a text that has one."""
    found = lift(reading(text))
    assert found is not None
    return found


def matching(text: str, other: str | bytes) -> tuple[int, ...] | None:
    """The literals of the other text, None where it is none of the first one's skeleton."""
    found = lifted(text)
    known: Skeletons[Skeleton] = Skeletons(8)
    known.put(found.key, found)
    match = known.match(other if isinstance(other, bytes) else other.encode())
    return None if match is None else match[1]


def paying(amount: str, guard: str = "true", verify: str = "a_balance <= old_a_balance") -> str:
    """A payment of a literal amount."""
    return intent("a: Account, b: Account", f"{guard};", f"{verify};", f"transfer(a, b, {amount});")


def literals_of(text: str) -> tuple[str, ...]:
    """The lifted literals of a text as they are written there."""
    found = lift_text(text.encode())
    if found is None:
        return ()
    return tuple(
        found.key.text([each.value for each in found.literals])[start:end].decode() for start, end in _spans(found)
    )


def _spans(found: Skeleton) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    position = 0
    for part, literal in zip(found.key.parts, found.literals, strict=False):
        start = position + len(part)
        single = Key((b"", b""), (literal.decimals,))
        position = start + len(single.text([literal.value]))
        spans.append((start, position))
    return spans


def test_texts_that_differ_in_an_amount_share_a_skeleton() -> None:
    assert matching(paying("250"), paying("1999")) == (1999,)


def test_a_skeleton_matches_its_own_text() -> None:
    text = paying("250.75", "old_a_balance >= 300.50")
    assert matching(text, text) == (30050, 25075)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (paying("250"), ("250",)),
        (paying("250 + 2.50"), ("250", "2.50")),
        (paying("5", "old_a_balance - 7 >= 12"), ("7", "12", "5")),
        (paying("5", "old_a_balance >= min(8, 9)"), ("8", "9", "5")),
        (paying("old_a_balance * 3 / 100"), ()),
        (paying("5", "old_a_balance % 10 == 4"), ("4", "5")),
        (paying("250 * 2%"), ("250",)),
        (paying("250 * 2"), ()),
        (paying("5 + old_a_balance / 3"), ("5",)),
        (paying("5 / old_a_balance"), ()),
        (paying("5", "old_a_balance * 12% >= 9"), ("9", "5")),
        (paying("5", "fee = 3; old_a_balance * fee >= 9"), ("9", "5")),
        (paying("(old_a_balance + 5) * 25 / 1000"), ("5",)),
        (paying("(old_a_balance + 5) * old_b_balance"), ()),
    ],
)
def test_literals_are_lifted_where_the_program_stays_linear(text: str, expected: tuple[str, ...]) -> None:
    assert literals_of(text) == expected


def test_bounds_of_loops_sizes_settings_and_texts_are_not_lifted() -> None:
    text = (
        'intent pay(a: Account, b: Account, m: Text(140)) { guard { m != "7"; } solve { retries: 3; } '
        "effect { for i in 0..2 { transfer(a, b, 5); } } verify { a_balance <= old_a_balance; } }"
    )
    assert literals_of(text) == ("5",)
    for change in (("140", "141"), ('"7"', '"8"'), ("3;", "4;"), ("0..2", "0..3"), ("0..2", "1..2")):
        assert matching(text, text.replace(*change)) is None
    assert matching(text, text.replace("b, 5", "b, 6")) == (6,)


@pytest.mark.parametrize(
    "other",
    [
        paying("250.0"),
        paying("250.00"),
        paying("250%"),
        paying("- 250"),
        paying("-250"),
        paying("2 50"),
        paying("250 + 1"),
        paying("250_"),
        paying("250a"),
        paying("a250"),
        paying("2.5.0"),
        paying("250."),
        paying(".250"),
        paying("٢٥٠"),
        paying("²50"),
        paying("9" * 81),
        paying("0" * 80 + "1"),
        paying("250") + " ",
        paying("250").replace("pay(", "pay2("),
        "# 250\n" + paying("250"),
    ],
)
def test_what_is_written_otherwise_does_not_match(other: str) -> None:
    assert matching(paying("250"), other) is None


def test_decimals_are_part_of_the_key_and_leading_zeros_are_not() -> None:
    assert matching(paying("1.50"), paying("1.5")) is None
    assert matching(paying("1.50"), paying("00012.05")) == (1205,)
    assert matching(paying("1.50"), paying("1.505")) is None


def test_a_literal_of_eighty_digits_is_the_longest() -> None:
    assert matching(paying("250"), paying("9" * 80)) == (int("9" * 80),)
    assert matching(paying("2.50"), paying("9" * 78 + ".99")) is not None
    assert matching(paying("2.50"), paying("9" * 79 + ".99")) is None


def test_numbers_in_comments_texts_and_names_are_compared() -> None:
    text = paying("250", 'old_a_balance >= 1; old_x1 == "12"; old_x1 == x1') + " # pay 250 // 3"
    for change in (("pay 250", "pay 251"), ("// 3", "// 4"), ('"12"', '"13"'), ("x1", "x2")):
        assert matching(text, text.replace(*change)) is None
    assert matching(text, text.replace("b, 250", "b, 3")) == (1, 3)


def test_bytes_that_are_no_text_do_not_match() -> None:
    text = paying("250").encode()
    assert matching(paying("250"), text.replace(b"250", b"25\xff0")) is None
    assert matching(paying("250"), text.replace(b"250", b"25\x000")) is None


def test_characters_of_several_bytes_before_a_literal_do_not_move_it() -> None:
    text = "# bezahlt Müller für 5 €\n" + paying("250")
    assert matching(text, text.replace("b, 250", "b, 4")) == (4,)


def test_no_text_matches_that_the_lexer_reads_as_other_tokens() -> None:
    random = Random(7)
    matched = 0
    for seed in range(40):
        text = generate(seed).text
        found = lift_text(text.encode())
        if found is None:
            continue
        known: Skeletons[Skeleton] = Skeletons(1)
        known.put(found.key, found)
        for _ in range(30):
            other = _changed(text, random)
            match = known.match(other.encode(errors="replace"))
            if match is not None:
                matched += 1
                assert _tokens(other) == _tokens(found.text(found.values(match[1])).decode())
                assert _tokens(other, numbers=False) == _tokens(text, numbers=False)
    assert matched > 10


def _changed(text: str, random: Random) -> str:
    """The text with a few characters inserted, deleted or replaced, most of them about its digits."""
    for _ in range(random.choice((1, 1, 2))):
        digits = [index for index, char in enumerate(text) if char.isdigit()] or [0]
        at = min(random.choice(digits) + random.choice((0, 0, 1)), len(text))
        new = random.choice(
            ("0", "7", "42", ".", ".5", "%", " ", "_", "x", '"', "#", "//", "-", "", "", "..", "٣", "\n")
        )
        text = text[:at] + new + text[at + random.choice((0, 0, 1)) :]
    return text


def _tokens(text: str, *, numbers: bool = True) -> list[tuple[Kind, str]]:
    """The tokens of a text that can be lexed, with the values of numbers or without."""
    try:
        found = lex(decode(text.encode(), DEFAULT_LIMITS.text_bytes), DEFAULT_LIMITS).tokens
    except IntentError as error:
        raise AssertionError(f"matched a text that is refused: {error}") from None
    return [
        (token.kind, token.text.lstrip("0") if numbers else "")
        if token.kind is Kind.NUMBER
        else (token.kind, token.text)
        for token in found
    ]


def test_two_equal_literals_are_two_variables() -> None:
    (program,) = lifted(paying("250", "old_a_balance >= 250")).file.programs
    assert [each.name for each in program.variables if "#" in each.name] == ["literal#1", "literal#2"]


def test_a_literal_is_bounded_by_the_width_it_is_checked_against() -> None:
    found = lifted(paying("250").replace("a: Account, b: Account", "a: Account<EUR>, b: Account<EUR>"))
    (program,) = found.file.programs
    hypotheses = CompiledHypotheses(program, found.conditions[0])
    widest = (2**63 - 1) // 100
    assert hypotheses.partly({"literal#1": widest})[0] is None
    first, _ = hypotheses.partly({"literal#1": widest + 1})
    assert first is not None
    assert hypotheses.hypotheses[first].reason is Reason.LITERAL


def test_the_width_of_a_constant_subterm_is_a_condition_on_its_literals() -> None:
    found = lifted(paying("5", "old_a_balance >= 7 + 8"))
    (program,), (conditions,) = found.file.programs, found.conditions
    hypotheses = CompiledHypotheses(program, conditions)
    half = 2**62
    assert hypotheses.partly({"literal#1": half, "literal#2": half - 1, "literal#3": 1})[0] is None
    first, _ = hypotheses.partly({"literal#1": half, "literal#2": half, "literal#3": 1})
    assert first is not None
    assert hypotheses.hypotheses[first].reason is Reason.LITERAL


def test_a_literal_that_could_make_a_constant_of_a_choice_is_not_lifted() -> None:
    text = intent("x: u8, c: Bool", "x >= (if c then 5 else 7);", "x == x;")
    assert literals_of(text) == ()


def test_literals_of_equations_that_compete_for_a_name_are_not_lifted() -> None:
    text = intent("x: Int", "old_x >= 1;", "x == old_x + 4; x == old_x + 5;")
    assert literals_of(text) == ("1",)


def test_no_text_has_the_digest_of_its_skeleton() -> None:
    found = lifted(paying("250"))
    assert found.reading.file is not None
    assert found.digest != found.reading.file.digest


def test_renamed_texts_share_the_digest_of_their_skeletons_but_not_the_key() -> None:
    renamed = paying("77").replace("a_", "ann_").replace("a:", "ann:").replace("(a,", "(ann,")
    first, second = lifted(paying("250")), lifted(renamed)
    assert first.digest == second.digest
    assert first.key != second.key


def test_the_obligations_of_a_skeleton_are_claims_about_its_literals() -> None:
    claims = {each.id: each.claim for each in obligations(lifted(paying("250")).file)}
    assert variables(claims["in_range.1"]) == ("literal#1",)


def test_other_literals_give_the_text_with_these() -> None:
    found = lifted(paying("250.75"))
    assert found.text({"literal#1": 5}) == paying("0.05").encode()
    with pytest.raises(ValueError, match="whole number"):
        found.text({"literal#1": -5})


def test_a_text_without_literals_a_refused_text_and_a_long_one_have_no_skeleton() -> None:
    assert lift_text(paying("old_a_balance").encode()) is None
    assert lift_text(b"pay 250 to bob") is None
    assert lift_text(paying("5").encode() + b" " * MAXIMUM_TEXT_BYTES) is None
    assert lift_text(paying("5", "; ".join(["old_a_balance > 1"] * MAXIMUM_LITERALS)).encode()) is None


def test_a_store_of_skeletons_is_bounded_in_all_and_for_one_shape() -> None:
    known: Skeletons[int] = Skeletons(40)
    for number in range(100):
        known.put(Key((b"a", b"b%d" % number), (0,)), number)
        known.put(Key((b"other" * number, b"b"), (0,)), number)
    assert len(known) == 40
    assert known.match(b"a12b99") == (99, (12,))
    assert known.match(b"a12b%d" % (99 - MAXIMUM_OF_SHAPE)) is None


def test_the_least_recently_used_shape_goes_first() -> None:
    known: Skeletons[str] = Skeletons(2)
    for word in (b"x", b"y"):
        known.put(Key((word, b";"), (0,)), word.decode())
    assert known.match(b"x1;") is not None
    known.put(Key((b"z", b";"), (0,)), "z")
    assert [known.match(text) is None for text in (b"x1;", b"y1;", b"z1;")] == [False, True, False]


def test_what_is_discarded_matches_no_more() -> None:
    known: Skeletons[str] = Skeletons(2)
    key = Key((b"x", b";"), (2,))
    known.put(key, "x")
    known.discard(key)
    assert (known.match(b"x1.00;"), len(known)) == (None, 0)
