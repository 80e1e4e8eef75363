"""The questions every expert is asked: the corpus of intents, some of its own, and a sample of public transactions."""

import json
from collections.abc import Iterator
from pathlib import Path

from aethel.request import Question
from aethel.rules import rules_of_table
from aethel.wire.rows import question_from_row, read_row
from tests.tools import REPOSITORY

CORPUS = REPOSITORY / "tests" / "corpus"
PUBLIC = REPOSITORY.parent / "shared" / "corpora"
SAMPLED = 40
"""Every so many-th public case is asked, which keeps the suite within seconds."""

_PAYMENT = """intent pay(sender: Account, receiver: Account, amount: Balance) {
    guard { amount > 0; old_sender_balance >= amount; }
    verify {
        sender_balance == old_sender_balance - amount;
        receiver_balance == old_receiver_balance + %s;
    }
}"""
_BATCH = """atomic_batch salaries {
    intent first(firm: Account, ann: Account, pay: Balance) {
        guard { pay > 0; old_firm_balance >= pay; }
        effect { transfer(firm, ann, pay); }
        verify { ann_balance == old_ann_balance + pay; }
    }
    intent second(firm: Account, bob: Account, pay: Balance) {
        guard { pay > 0; old_firm_balance >= pay; }
        effect { transfer(firm, bob, pay); }
        verify { bob_balance == old_bob_balance + pay; }
    }
}"""
_POSTINGS = """{"postings": [
    {"account": "a", "amount": "%s", "commodity": "EUR"},
    {"account": "b", "amount": "-1.00", "commodity": "EUR"}
]}"""

_INTENTS: dict[str, tuple[bytes, dict[str, object]]] = {
    "a payment": (_PAYMENT.replace("%s", "amount").encode(), {}),
    "a payment of given values": (
        _PAYMENT.replace("%s", "amount").encode(),
        {"args": {"amount": "5"}, "context": {"balances": {"sender_balance": "7", "receiver_balance": "0"}}},
    ),
    "a payment whose guard is false": (
        _PAYMENT.replace("%s", "amount").encode(),
        {"args": {"amount": "9"}, "context": {"balances": {"sender_balance": "7"}}},
    ),
    "a payment of an unknown argument": (_PAYMENT.replace("%s", "amount").encode(), {"args": {"amuont": "9"}}),
    "a payment to one account under two names": (
        _PAYMENT.replace("%s", "amount").encode(),
        {"context": {"accounts": {"sender": "DE1", "receiver": "DE1"}}},
    ),
    "a payment that creates money": (_PAYMENT.replace("%s", "amount + 1").encode(), {}),
    "a batch": (_BATCH.encode(), {}),
    "free prose": (b"please pay Bob five euros", {}),
    "nothing": (b"", {}),
    "bytes that are no text": (b"\xff\xfe\x00", {}),
    "half a character": ("intent \ud800".encode("utf-8", "surrogatepass"), {}),
    "a control that reverses text": ("# \u202e\nintent".encode(), {}),
    "nested parentheses": (b"(" * 10_000, {}),
    "a megabyte": (b"a" * 1_000_000, {}),
}

_LEAF = (
    '{"scheme": "rfc6962-sha256", "op": "inclusion", "leaf_index": 0, "tree_size": 1, "leaf": "", "root": "%s",'
    ' "proof": []}'
)

_TRANSACTIONS = {
    "a balanced entry": _POSTINGS % "1.00",
    "an unbalanced entry": _POSTINGS % "1.01",
    "an entry without legs": '{"postings": []}',
    "an entry with an invisible payee": '{"payee": "Bo\\u200bb", "postings": []}',
    "an account transaction": '{"nonce": "0", "gas_price": "1", "gas_limit": "21000", "to": null, "value": "0"}',
    "a nonce out of range": (
        '{"nonce": "18446744073709551615", "gas_price": "1", "gas_limit": "21000", "to": null, "value": "0"}'
    ),
    "an unspent output": (
        '{"utxo_set": [{"outpoint": "t:0", "value": 5}],'
        ' "transactions": [{"txid": "u", "inputs": ["t:0"], "outputs": [5], "fee": 0}]}'
    ),
    "an amount": '"1.00"',
    "an amount that is none": '"1,00"',
    "a leaf that is the tree": _LEAF % "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "a leaf of another tree": _LEAF % "7e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "a scheme nobody checks": '{"scheme": "keccak", "op": "inclusion", "leaf_index": 0, "tree_size": 1, "proof": []}',
    "transfers in two phases": (
        '{"transfers": [{"id": 1, "debit_account": 1, "credit_account": 2, "amount": 5, "ledger": 1, "code": 1,'
        ' "phase": "pending", "linked": true}, {"id": 2, "amount": 6, "phase": "post", "pending_id": 1}]}'
    ),
    "an entry above its limit": (
        '{"postings": [{"account": "a", "amount": "-6", "commodity": "EUR"},'
        ' {"account": "b", "amount": "6", "commodity": "EUR"}],'
        ' "terms": {"limits": [{"kind": "transaction", "commodity": "EUR", "most": "5"}]}}'
    ),
    "an empty payment file": (
        '{"sec_code": "PPD", "entries": [],'
        ' "control": {"total_debit_cents": 0, "total_credit_cents": 0, "entry_hash": 0}}'
    ),
    "a kind nobody checks": '{"unsupported": {"kind": "a telegram"}}',
}


def own_questions() -> Iterator[Question]:
    """Every question of this repository, under an identifier that says where it comes from."""
    for name, (text, given) in _INTENTS.items():
        row = question_from_row({"id": name, "intent": "", **given})
        yield Question(name, intent_text=text, arguments=row.arguments, context=row.context)
    for name, transaction in _TRANSACTIONS.items():
        yield read_row(f'{{"id": "{name}", "transaction": {transaction}}}'.encode())
    for path in sorted(CORPUS.glob("**/*.ae")):
        yield _of_corpus(path)


def public_questions() -> Iterator[Question]:
    """A sample of the public transactions; none where their folder is absent."""
    for name in ("double_entry", "utxo", "account_tx", "merkle", "ach_batch", "amount_text"):
        yield from _sample(PUBLIC / f"{name}.jsonl")


def _of_corpus(path: Path) -> Question:
    """One intent of the corpus, with the values its expectation gives, if any, as rows give them."""
    expectation = json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))
    given = {name: expectation[name] for name in ("args", "context") if name in expectation}
    name = str(path.relative_to(CORPUS))
    row = question_from_row({"id": name, "intent": "", **given})
    rules = rules_of_table(expectation.get("rules", {}), "rules", expectation.get("assets"))
    return Question(name, intent_text=path.read_bytes(), arguments=row.arguments, context=row.context, rules=rules)


def _sample(path: Path) -> Iterator[Question]:
    if not path.is_file():
        return
    for text in path.read_text(encoding="utf-8").splitlines()[::SAMPLED]:
        case = json.loads(text)
        yield question_from_row({"id": case["id"], "transaction": case["input"]})
