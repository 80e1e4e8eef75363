"""Laws: no question makes the Sentinel fail, and what it promises holds for generated texts."""

from hypothesis import given
from hypothesis import strategies as st

from aethel.request import Context, Question
from aethel.security.rulepack import load_rules
from aethel.transaction import AmountText, DoubleEntry, MerkleProof, Posting
from aethel.verdict import Disposition, Vote
from tests.security.questions import PAYMENT, ask_payee, ask_text, sentinel, with_comment, with_string

RULES = load_rules()
HIDDEN = sorted(RULES.invisible | RULES.bidi_control)
ANY_TEXT = st.text(st.characters(codec=None, categories=None))
PIECES = st.one_of(
    st.sampled_from(HIDDEN),
    st.sampled_from(["intent ", "for ", "guard {", "}", '"', "#", "\\u", "\n", "\r", "a", "1", "\u05d0", "\U0001f468"]),
    ANY_TEXT,
)
HOSTILE = st.lists(PIECES, max_size=30).map("".join)


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    assert ask_text(data).verdict is not Vote.APPROVE


@given(HOSTILE)
def test_no_text_makes_it_fail_or_approve(text: str) -> None:
    verdict = ask_text(text)
    rejecting = [found for found in verdict.findings if found.disposition is Disposition.REJECT]
    assert verdict.verdict is (Vote.REJECT if rejecting else Vote.ABSTAIN)


@given(HOSTILE, HOSTILE, st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=3))
def test_no_values_make_it_fail(memo: str, account: str, anything: dict[str, str]) -> None:
    context = Context(balances=anything, inputs=anything, accounts={"sender": account, **anything})
    question = Question("t", intent_text=PAYMENT.encode(), arguments={"memo": memo, **anything}, context=context)
    assert sentinel().verify(question, 100.0).verdict in (Vote.APPROVE, Vote.REJECT)


@given(HOSTILE, ANY_TEXT)
def test_no_transaction_makes_it_fail(payee: str, other: str) -> None:
    for transaction in (
        DoubleEntry((Posting(payee, other, payee),), payee=payee, code=other),
        AmountText(other),
        MerkleProof(other, payee, ((other, payee),), (other,)),
    ):
        verdict = sentinel().verify(Question("t", transaction=transaction), 100.0)
        assert verdict.verdict in (Vote.APPROVE, Vote.REJECT)


@given(st.sampled_from(HIDDEN), st.integers(0, len(PAYMENT)))
def test_no_hidden_character_passes_anywhere_in_code(character: str, position: int) -> None:
    text = PAYMENT[:position] + character + PAYMENT[position:]
    verdict = ask_text(text)
    if PAYMENT.index('"rent"') < position < PAYMENT.index('"rent"') + 6:
        assert verdict.findings
    else:
        assert verdict.verdict is Vote.REJECT


@given(st.text(st.characters(codec="utf-8"), max_size=20), st.sampled_from(HIDDEN), st.text(max_size=20))
def test_no_hidden_character_passes_in_silence(before: str, character: str, after: str) -> None:
    words = (before + character + after).replace("\n", " ")
    assert ask_payee(words).findings
    assert ask_text(with_comment(words)).findings


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S"), exclude_characters='"\\')))
def test_letters_digits_and_signs_of_any_script_hide_nothing(words: str) -> None:
    """Letters thrown together may well look like others; that is S04's."""
    visible = "".join(character for character in words if character not in RULES.invisible)
    for verdict in (ask_payee(visible), ask_text(with_comment(visible)), ask_text(with_string(visible))):
        assert {found.code for found in verdict.findings} <= {"S04"}


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S"), exclude_characters='"\\')))
def test_each_letter_alone_among_signs_is_ordinary(words: str) -> None:
    alone = " ".join(character for character in words if character not in RULES.invisible and not character.isascii())
    assert [found for found in ask_payee(alone).findings if found.disposition is Disposition.REJECT] == []


@given(st.text(st.characters(codec="utf-8", min_codepoint=0x20, max_codepoint=0xFFFF), max_size=20))
def test_an_escape_is_judged_like_the_character_it_stands_for(words: str) -> None:
    plain = words.replace('"', "").replace("\\", "")
    escaped = "".join(f"\\u{ord(character):04x}" for character in plain)
    as_written = ask_text(with_string(plain))
    as_escaped = ask_text(with_string(escaped))
    assert [(found.code, found.disposition, found.message.split(": ")[1]) for found in as_written.findings] == [
        (found.code, found.disposition, found.message.split(": ")[1]) for found in as_escaped.findings
    ]
