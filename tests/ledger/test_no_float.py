"""No amount passes through a float: not in the source of any module that handles money, and not in any value."""

import ast
import dataclasses
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import get_args, get_type_hints

import pytest

from aethel.ledger.expert import GuardianExpert
from aethel.policy import Policy
from aethel.request import Context, Question
from aethel.rules import Rules
from aethel.terms import BookedLeg, Reversal, Terms
from aethel.transaction import DoubleEntry, Posting, Transaction, Transfer, TransferBatch
from aethel.verdict import Vote
from tests.tools import REPOSITORY

FOLDERS = ("aethel/ledger", "aethel/store", "aethel/adapters")
FILES = (
    *("aethel/terms.py", "aethel/transaction.py", "aethel/policy.py", "aethel/rules.py", "aethel/structure.py"),
    *("aethel/wire/exact_json.py", "aethel/wire/fields.py", "aethel/wire/transaction_rows.py"),
    *("aethel/wire/convert_transaction.py", "aethel/wire/proof_rows.py", "services/orchestrator/commitment.py"),
)
DEADLINES = {"deadline_ms"}
"""Parameters that are times and not money: those may be floats."""

INEXACT_MODULES = {"math", "cmath", "statistics", "random", "numpy", "struct", "array"}


def floats_in(path: Path) -> Iterator[str]:
    """Every place of a file that names, writes or could make a float."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    times = {
        id(node.annotation)
        for node in ast.walk(tree)
        if isinstance(node, ast.arg) and node.arg in DEADLINES and node.annotation is not None
    }
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=float() | complex()):
                found = repr(node.value)
            case ast.Name(id="float" | "complex" as found) if id(node) not in times:
                pass
            case ast.Attribute(attr="from_float" | "__float__" as found):
                pass
            case ast.Import(names=names) if INEXACT_MODULES & {each.name.partition(".")[0] for each in names}:
                found = "import"
            case ast.ImportFrom(module=str(found)) if found.partition(".")[0] in INEXACT_MODULES:
                pass
            case _:
                continue
        yield f"{path.relative_to(REPOSITORY)}:{getattr(node, 'lineno', 0)}: {found}"


def leaves_of(hint: object) -> Iterator[object]:
    """Every type that is not made of others inside a type."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        for inner in get_type_hints(hint).values():
            yield from leaves_of(inner)
    elif get_args(hint):
        for inner in get_args(hint):
            yield from leaves_of(inner)
    elif hint is not Ellipsis:
        yield hint


def test_no_module_that_handles_money_knows_a_float() -> None:
    paths = [path for folder in FOLDERS for path in sorted((REPOSITORY / folder).rglob("*.py"))]
    paths += [REPOSITORY / file for file in FILES]
    assert [found for path in paths for found in floats_in(path)] == []
    assert len(paths) > 60


def test_a_float_in_a_module_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.REPOSITORY", tmp_path)
    lines = ["a = 1.5", "b: float = 1", "import math", "from math import floor", "Decimal.from_float(x)", "c = 1j"]
    for line in lines:
        (tmp_path / "one.py").write_text(f"{line}\n")
        assert len(list(floats_in(tmp_path / "one.py"))) == 1, line
    (tmp_path / "one.py").write_text("def f(deadline_ms: float) -> None: ...\n")
    assert list(floats_in(tmp_path / "one.py")) == []


def test_every_part_of_a_transaction_is_text_flag_or_choice() -> None:
    leaves = set(leaves_of(Transaction)) | set(leaves_of(Context))
    choices = {leaf for leaf in leaves if isinstance(leaf, type) and issubclass(leaf, Enum)}
    assert leaves - choices == {str, bool, NoneType}
    assert len(choices) > 5


@pytest.mark.parametrize("file", ["transaction.proto", "terms.proto", "intent.proto"])
def test_the_contract_carries_no_amount_as_a_float(file: str) -> None:
    words = (REPOSITORY / "protos" / "aethel" / "v1" / file).read_text(encoding="utf-8").split()
    assert {"float", "double"}.isdisjoint(words)


UNITS = ["0." + "0" * 70 + "1", "0.1", "1"]
LARGE = ["9007199254740993", "1" + "0" * 60, "123456789012345678901234567890"]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("large", [*LARGE, "0.1", "0.3"])
def test_an_entry_is_judged_to_a_unit_that_no_float_holds_beside_its_amount(large: str, unit: str) -> None:
    def vote(*amounts: str) -> Vote:
        postings = tuple(Posting(f"a{number}", amount, "EUR") for number, amount in enumerate(amounts))
        return GuardianExpert().verify(Question("t", transaction=DoubleEntry(postings)), 1000).verdict

    if len(large) + len(unit) <= 80:
        assert vote(large, f"-{large}", unit) is Vote.REJECT
    assert vote(large, f"-{large}", unit, f"-{unit}") is Vote.APPROVE


def test_a_transfer_moves_the_widest_amount_to_the_unit() -> None:
    most = 2**128 - 1
    for amount, vote in ((most, Vote.APPROVE), (most + 1, Vote.REJECT)):
        batch = TransferBatch((Transfer("1", "1", "2", str(amount), "1", "1"),))
        assert GuardianExpert().verify(Question("t", transaction=batch), 1000).verdict is vote


def test_a_refund_and_a_tolerance_are_compared_to_the_last_of_more_digits_than_arithmetic_has_by_default() -> None:
    whole = "1" + "0" * 40
    legs = (BookedLeg("a", f"-{whole}", "EUR"), BookedLeg("b", whole, "EUR"))
    beyond = f"{whole[:-1]}1"
    postings = (Posting("a", beyond, "EUR"), Posting("b", f"-{beyond}", "EUR"))
    entry = DoubleEntry(postings, terms=Terms(reversal=Reversal("original", legs)))
    assert GuardianExpert().verify(Question("t", transaction=entry), 1000).code == "G17"
    off = DoubleEntry((Posting("a", beyond, "EUR"),))
    rules = Rules(ledger=Policy(rounding_tolerance={"EUR": whole}))
    assert GuardianExpert().verify(Question("t", transaction=off, rules=rules), 1000).code == "G07"
