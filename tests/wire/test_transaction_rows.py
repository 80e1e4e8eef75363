"""Structured transactions as JSON: every published shape is read, and nothing of one is dropped."""

import json

import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st

from aethel.terms import Chart, ChartAccount, Terms, Totals
from aethel.transaction import (
    AccountState,
    AccountTransaction,
    AchBatch,
    AchControl,
    AchEntry,
    AmountText,
    DoubleEntry,
    MerkleProof,
    PathStep,
    Phase,
    Posting,
    Price,
    PriceKind,
    Side,
    TextField,
    TouchedLeaf,
    Transaction,
    Transfer,
    TransferBatch,
    Unspent,
    UtxoBatch,
    UtxoSpend,
)
from aethel.wire.convert_transaction import transaction_to_proto
from aethel.wire.rows import RowError, read_row
from aethel.wire.transaction_rows import ACCOUNT_RULE
from tests.wire import strategies
from tests.wire.corpora import lines

POSTING = '{"account": "a", "amount": "1", "commodity": "EUR"}'
ACCOUNT = '"nonce": "0", "gas_price": "1", "gas_limit": "21000", "to": null, "value": "0"'
ENTRY = """{
    "date": "2026-01-02", "payee": "Café", "code": "7", "net_settled": true,
    "postings": [
        {"account": "a", "amount": -1.50, "commodity": "BTC",
         "price": {"type": "total", "amount": 45000.00, "commodity": "USD"}},
        {"account": "b", "commodity": "USD", "inferred": true}
    ],
    "states": [{"account": "a", "balance": 3}]
}"""
ACH = """{
    "sec_code": "PPD",
    "entries": [{"side": "credit", "transaction_code": "22", "amount_cents": 5, "routing": "03130001"}],
    "control": {"total_debit_cents": 0, "total_credit_cents": 5, "entry_hash": 3130001}
}"""
CHART = '{"accounts": [{"account": "a", "type": "asset"}], "assets": ["EUR"], "pairings": []}'
SPENDS = """{
    "utxo_set": [{"outpoint": "t:0", "value": 18446744073709551616}],
    "transactions": [{"txid": "u", "inputs": ["t:0"], "outputs": [1, "2"], "fee": 3}]
}"""

UPDATE = """{
    "scheme": "s", "op": "update", "tree_size": 2, "post_root": "b", "proof": ["c"],
    "leaves": [{"index": 1, "before": "d", "after": "e"}]
}"""
EXISTENCE = """{
    "scheme": "s", "op": "existence", "key": "a", "value": "b", "root": "c",
    "leaf": {"hash": "h", "prehash_key": "k", "prehash_value": "v", "length": 1, "prefix": "00"},
    "path": [{"hash": "h", "prefix": "01", "suffix": ""}]
}"""


def row(transaction: str) -> bytes:
    return f'{{"id": "tx", "transaction": {transaction}}}'.encode()


def read(transaction: str) -> Transaction | None:
    return read_row(row(transaction)).transaction


@pytest.mark.parametrize(
    ("transaction", "message"),
    [
        ("5", "`transaction` is `5`, expected a string"),
        ("null", "`transaction` is `null`, expected an object"),
        ("{}", "`transaction` is of no known kind, expected an object with one of `postings`, `transfers`"),
        ('{"postings": {}}', "`transaction.postings` is an object, expected a list"),
        ('{"postings": ["x"]}', "`transaction.postings[0]` is a string, expected an object"),
        (f'{{"postings": [{POSTING}, {{"amount": "1"}}]}}', "`transaction.postings[1].account` is missing"),
        ('{"postings": [{"account": "a", "commodity": "EUR"}]}', "`transaction.postings[0].amount` is missing"),
        ('{"postings": [{"account": "a", "amount": true, "commodity": ""}]}', "postings[0].amount` is `true`"),
        (f'{{"postings": [{POSTING[:-1]}, "memo": "x"}}]}}', "`transaction.postings[0].memo` is no field of"),
        (f'{{"postings": [{POSTING[:-1]}, "inferred": "yes"}}]}}', "postings[0].inferred` is a string, expected true"),
        (f'{{"postings": [{POSTING[:-1]}, "price": {{"type": "each"}}}}]}}', "price.type` is `each`, expected `unit`"),
        (f'{{"postings": [{POSTING}], "total": "1"}}', "`transaction.total` is no field of `transaction`"),
        ('{"postings": [], "nonce": "0"}', "`transaction.nonce` is no field of `transaction`"),
        ('{"nonce": "0"}', "`transaction.to` is missing"),
        (f'{{"transaction": {{{ACCOUNT}}}, "rule": "value < 2^512"}}', "`transaction.rule` is `value < 2^512`"),
        (f'{{"transaction": {{{ACCOUNT}, "gas": 1}}}}', "`transaction.transaction.gas` is no field of"),
        (f'{{"transaction": {{{ACCOUNT}}}, "rule": null}}', "`transaction.rule` is `null`, expected a string"),
        ('{"utxo_set": [{"outpoint": "t:0"}], "transactions": []}', "`transaction.utxo_set[0].value` is missing"),
        ('{"scheme": "rfc6962-sha256", "op": "absence"}', "`transaction.op` is `absence`, expected one of `inclusion`"),
        (
            '{"scheme": "s", "op": "consistency", "size1": 1, "root2": "b", "proof": []}',
            "`transaction.size2` is missing",
        ),
        (
            '{"scheme": "s", "op": "update", "tree_size": 1, "post_root": "", "proof": [], "leaves": [{}]}',
            "`transaction.leaves[0].index` is missing",
        ),
        (
            '{"scheme": "s", "op": "inclusion", "leaf_index": 1, "tree_size": 1, "proof": [], "leaves": []}',
            "`transaction.leaves` is no field of",
        ),
        ('{"amount": "1", "currency": "EUR"}', "`transaction.currency` is no field of `transaction`"),
        (ACH.replace("credit", "left"), "`transaction.entries[0].side` is `left`, expected one of `debit`, `credit`"),
        (ACH.replace('"routing"', '"route"'), "`transaction.entries[0].routing` is missing"),
        (ACH[:-1] + ', "memo": ""}', "`transaction.memo` is no field of `transaction`"),
        (f'{{"postings": [{POSTING}], "terms": {{"limit": []}}}}', "`transaction.terms.limit` is no field of"),
        ('{"transfers": [{"id": 7, "phase": "later"}]}', "`transaction.transfers[0].phase` is `later`"),
        ('{"transferBatch": {"transfers": [{"id": "7"}]}}', "`transfers[0].phase` is `0`, expected one of `single`"),
        ('{"achBatch": {"secCode": "PPD"}}', "`control` is missing"),
        (
            '{"doubleEntry": {"terms": {"limits": [{"kind": "LIMIT_KIND_WINDOW"}, {"kind": 99}]}}}',
            "`terms.limits[1].kind` is `99`, expected one of `transaction`",
        ),
        ('"\\ud800"', "`transaction` holds half a character"),
        ('{"doubleEntry": {"postings": [{"amount": 1.5}], "x": 1}}', "is not as protobuf writes a transaction"),
        ('{"doubleEntry": {}, "amountText": {}}', "is not as protobuf writes a transaction"),
        ('{"doubleEntry": {"postings": [{"price": {"amount": "1"}}]}}', "`postings[0].price.kind` is `0`"),
        ('{"doubleEntry": {"payee": "\\ud800"}}', "is not as protobuf writes a transaction"),
    ],
)
def test_a_transaction_that_is_not_understood_is_refused_with_its_field(transaction: str, message: str) -> None:
    with pytest.raises(RowError) as raised:
        read(transaction)
    assert message in raised.value.message
    assert raised.value.transaction_id == "tx"


@pytest.mark.parametrize(
    ("transaction", "expected"),
    [
        ('"0,00"', AmountText("0,00")),
        ('{"amount": "0,00"}', AmountText("0,00")),
        ('{"amount": 0.10}', AmountText("0.10")),
        ('{"text": "rent"}', TextField("rent")),
        ('{"text": "rent", "type": "Name"}', TextField("rent", "Name")),
        ('{"textField": {"text": "rent", "type": "Name"}}', TextField("rent", "Name")),
        (f'{{"postings": [{POSTING}]}}', DoubleEntry((Posting("a", "1", "EUR"),))),
        (
            ENTRY,
            DoubleEntry(
                (
                    Posting("a", "-1.50", "BTC", Price(PriceKind.TOTAL, "45000.00", "USD")),
                    Posting("b", "", "USD", inferred=True),
                ),
                date="2026-01-02",
                payee="Café",
                code="7",
                net_settled=True,
                states=(AccountState("a", balance="3"),),
            ),
        ),
        (f"{{{ACCOUNT}}}", AccountTransaction("0", "1", "21000", "", "0")),
        (f'{{"transaction": {{{ACCOUNT}}}}}', AccountTransaction("0", "1", "21000", "", "0")),
        (f'{{"transaction": {{{ACCOUNT}}}, "rule": "{ACCOUNT_RULE}"}}', AccountTransaction("0", "1", "21000", "", "0")),
        (
            SPENDS,
            UtxoBatch((Unspent("t:0", "18446744073709551616"),), (UtxoSpend("u", ("t:0",), ("1", "2"), "3"),)),
        ),
        (
            '{"scheme": "s", "op": "consistency", "size1": 1, "size2": 2, "root1": "a", "root2": "b", "proof": ["c"]}',
            MerkleProof("s", "consistency", (("size1", "1"), ("size2", "2"), ("root1", "a"), ("root2", "b")), ("c",)),
        ),
        (
            '{"scheme": "s", "op": "consistency", "size1": 1, "size2": 2, "root2": "b", "log": "l", "proof": []}',
            MerkleProof("s", "consistency", (("size1", "1"), ("size2", "2"), ("root2", "b"), ("log", "l"))),
        ),
        (
            '{"scheme": "s", "op": "inclusion", "leaf_index": 9e99, "tree_size": "1", "leaf": "ab", "proof": []}',
            MerkleProof("s", "inclusion", (("leaf_index", "9e99"), ("tree_size", "1"), ("leaf", "ab"))),
        ),
        (
            UPDATE,
            MerkleProof("s", "update", (("tree_size", "2"), ("post_root", "b")), ("c",), (TouchedLeaf("1", "d", "e"),)),
        ),
        (
            EXISTENCE,
            MerkleProof(
                "s",
                "existence",
                (
                    *(("key", "a"), ("value", "b"), ("root", "c")),
                    *(("leaf.hash", "h"), ("leaf.prehash_key", "k"), ("leaf.prehash_value", "v")),
                    *(("leaf.length", "1"), ("leaf.prefix", "00")),
                ),
                path=(PathStep("h", "01", ""),),
            ),
        ),
        (ACH, AchBatch("PPD", (AchEntry(Side.CREDIT, "22", "5", "03130001"),), AchControl("0", "5", "3130001"))),
        (
            f'{{"postings": [{POSTING}], "terms": {{"totals": {{"count": 1}}, "chart": {CHART}}}}}',
            DoubleEntry(
                (Posting("a", "1", "EUR"),),
                terms=Terms(totals=Totals("1"), chart=Chart((ChartAccount("a", "asset"),), ("EUR",), ())),
            ),
        ),
        (
            '{"transfers": [{"id": 7, "amount": 5, "phase": "pending", "timeout_s": 60, "linked": true}]}',
            TransferBatch((Transfer("7", amount="5", phase=Phase.PENDING, timeout_s="60", linked=True),)),
        ),
        ('{"amount_text": {"text": "5"}}', AmountText("5")),
    ],
)
def test_every_shape_of_a_transaction_is_read(transaction: str, expected: Transaction) -> None:
    assert read(transaction) == expected


@given(strategies.transactions)
def test_the_json_of_the_contract_is_read(transaction: Transaction) -> None:
    written = json_format.MessageToJson(transaction_to_proto(transaction))
    assert read(written) == transaction


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
field_names = st.sampled_from(
    [
        "postings",
        "utxo_set",
        "transaction",
        "scheme",
        "sec_code",
        "nonce",
        "amount",
        "doubleEntry",
        "merkle_proof",
        "to",
    ]
)


@given(st.dictionaries(field_names, json_values, max_size=4))
def test_any_transaction_is_read_or_refused_as_a_row(transaction: dict[str, object]) -> None:
    try:
        read(json.dumps(transaction))
    except RowError as error:
        message = error.message
    else:
        return
    assert message


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("double_entry", DoubleEntry),
        ("utxo", UtxoBatch),
        ("account_tx", AccountTransaction),
        ("merkle", MerkleProof),
        ("ach_batch", AchBatch),
        ("amount_text", AmountText),
    ],
)
def test_every_public_case_is_read_as_what_it_is(name: str, kind: type) -> None:
    for case, line in lines(name):
        question = read_row(line)
        assert question.transaction_id == case["id"]
        assert isinstance(question.transaction, kind)


def test_the_public_amounts_are_not_rounded() -> None:
    for case, line in lines("double_entry"):
        transaction = read_row(line).transaction
        assert isinstance(transaction, DoubleEntry)
        assert [posting.amount for posting in transaction.postings] == [
            posting["amount"] for posting in case["input"]["postings"]
        ]
