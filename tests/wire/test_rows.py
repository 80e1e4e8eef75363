"""Rows: every number keeps its text, and what is not understood is refused with the name of its field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aethel.request import Context, Question
from aethel.transaction import MerkleProof, TreeRoot
from aethel.wire.rows import MAX_ROW_BYTES, RowError, error_row, question_from_row, read_row


def test_a_row_of_text_with_arguments_and_context_is_read() -> None:
    line = (
        b'{"id": "tx-1", "intent": "intent pay ...", "args": {"amount": 12.50, "urgent": true, "to": "alice"},'
        b' "context": {"balances": {"payer_balance": 100}, "inputs": {"btc_price": "45000.00", "open": false},'
        b' "accounts": {"payer": "DE02 1203"}}}'
    )
    assert read_row(line) == Question(
        "tx-1",
        intent_text=b"intent pay ...",
        arguments={"amount": "12.50", "urgent": "true", "to": "alice"},
        context=Context({"payer_balance": "100"}, {"btc_price": "45000.00", "open": "false"}, {"payer": "DE02 1203"}),
    )


def test_the_proofs_and_trusted_roots_of_a_context_are_read() -> None:
    question = read_row(
        b'{"id": "tx", "intent": "", "context": {'
        b' "proofs": [{"scheme": "s", "op": "inclusion", "leaf_index": 0, "tree_size": 1, "leaf": "ab", "proof": []}],'
        b' "roots": [{"scheme": "s", "size": 1, "root": "cd"}, {"scheme": "t", "root": "ef"}]}}'
    )
    proof = MerkleProof("s", "inclusion", (("leaf_index", "0"), ("tree_size", "1"), ("leaf", "ab")))
    assert question.context.proofs == (proof,)
    assert question.context.roots == (TreeRoot("s", "1", "cd"), TreeRoot("t", "", "ef"))
    assert not question.context.is_empty()


@pytest.mark.parametrize("number", ["0.10", "1e3", "-0", "1E-400", "9" * 5000, "0.1234567890123456789012345678901"])
def test_a_number_keeps_its_literal_text(number: str) -> None:
    line = f'{{"id": "tx", "intent": "", "args": {{"amount": {number}}}}}'.encode()
    assert read_row(line).arguments == {"amount": number}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "01", "1.", ".5", "+1", "0x1", "1_000"])
def test_what_is_no_json_number_is_refused(number: str) -> None:
    with pytest.raises(RowError):
        read_row(f'{{"id": "tx", "intent": "", "args": {{"amount": {number}}}}}'.encode())


def test_half_a_character_in_the_text_is_left_for_the_language_to_answer() -> None:
    assert read_row(b'{"id": "tx", "intent": "a\\ud800b"}').intent_text == b"a\xed\xa0\x80b"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"", "1:1: not JSON: expecting value"),
        (b"[]", "the row is no JSON object"),
        (b"\xff{}", "byte 0 is not UTF-8"),
        (b'\xef\xbb\xbf{"id": "tx", "intent": ""}', "not JSON: unexpected UTF-8 BOM"),
        (b'{"id": "tx", "intent": "", "id": "other"}', "the key `id` is given twice, expected it once"),
        (b'{"id": "tx", "intent": "", "args": {"a": 1, "a": 1}}', "the key `a` is given twice"),
        (b'{"intent": ""}', "`id` is missing"),
        (b'{"id": 7, "intent": ""}', "`id` is `7`, expected a string"),
        (b'{"id": "", "intent": ""}', "`id` has 0 characters"),
        (b'{"id": "\\udc00", "intent": ""}', "`id` holds half a character"),
        (b'{"id": "tx"}', "neither of `intent` and `transaction`"),
        (b'{"id": "tx", "intent": "", "transaction": "5"}', "both of `intent` and `transaction`"),
        (b'{"id": "tx", "intent": "", "args": {"a": NaN}}', "`NaN` is no JSON number"),
        (b'{"id": "tx", "intent": 5}', "`intent` is `5`, expected a string"),
        (b'{"id": "tx", "intent": null}', "`intent` is `null`, expected a string"),
        (b'{"id": "tx", "intent": "", "arg": {}}', "`arg` is no field of a row"),
        (b'{"id": "tx", "intent": "", "args": []}', "`args` is a list, expected an object"),
        (b'{"id": "tx", "intent": "", "args": {"a": null}}', "`args.a` is `null`, expected a string or a number"),
        (b'{"id": "tx", "intent": "", "args": {"a": {}}}', "`args.a` is an object"),
        (b'{"id": "tx", "intent": "", "context": []}', "`context` is a list, expected an object"),
        (b'{"id": "tx", "intent": "", "context": {"facts": []}}', "`context.facts` is no field of `context`"),
        (b'{"id": "tx", "intent": "", "context": {"proofs": {}}}', "`context.proofs` is an object, expected a list"),
        (b'{"id": "tx", "intent": "", "context": {"proofs": [{"scheme": "s"}]}}', "`context.proofs[0].op` is missing"),
        (b'{"id": "tx", "intent": "", "context": {"roots": [{"root": "ab"}]}}', "`context.roots[0].scheme` is missing"),
        (b'{"id": "tx", "intent": "", "context": {"balances": {"a": true}}}', "`context.balances.a` is `true`"),
    ],
)
def test_a_row_that_is_no_request_is_refused_with_a_reason(line: bytes, message: str) -> None:
    with pytest.raises(RowError) as raised:
        read_row(line)
    assert message in raised.value.message


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_a_question_or_a_row_error(line: bytes) -> None:
    with pytest.raises(RowError):
        read_row(line)


@pytest.mark.parametrize(
    "line",
    [
        b'{"id": "tx", "intent": "", "args": ' + b"[" * 200_000,
        b'{"id": "tx", "intent": "", "args": ' + b'{"a":' * 200_000,
        b'{"id": "' + b"x" * 1_000_000 + b'", "intent": ""}',
        b"{" + b",".join(b'"%d": 1' % number for number in range(200_000)) + b', "5": 1}',
        b'{"id": "tx", "intent": ""}' + b" " * MAX_ROW_BYTES,
    ],
    ids=["deep lists", "deep objects", "a long id", "many keys", "too long a row"],
)
@pytest.mark.timeout(10)
def test_a_hostile_row_is_refused_in_bounded_work_and_a_short_sentence(line: bytes) -> None:
    with pytest.raises(RowError) as raised:
        read_row(line)
    assert len(raised.value.message) < 300


def test_a_megabyte_of_control_characters_is_a_question_for_the_language() -> None:
    line = b'{"id": "tx", "intent": "' + b"\\u0000" * 1_048_576 + b'"}'
    assert read_row(line).intent_text == bytes(1_048_576)


def test_a_float_in_a_row_that_was_read_elsewhere_is_refused() -> None:
    with pytest.raises(RowError, match=r"`args\.amount`"):
        question_from_row({"id": "tx", "intent": "", "args": {"amount": 0.1}})


def test_an_int_in_a_row_that_was_read_elsewhere_is_taken() -> None:
    assert question_from_row({"id": "tx", "intent": "", "args": {"n": 10**30}}).arguments == {"n": str(10**30)}


def test_a_row_that_is_no_request_is_answered_with_its_error() -> None:
    assert error_row("tx", "`id` is missing") == {"id": "tx", "error": "`id` is missing"}
