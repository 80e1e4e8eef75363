"""What the text does not write stays as it was, whatever lowering does."""

from __future__ import annotations

import pytest

from aethel.intent import transition
from aethel.intent.execution import SymbolicExecution
from aethel.intent.frame import frame_claim
from aethel.intent.program import Program
from aethel.intent.reading import read
from aethel.intent.scope import Symbol
from aethel.intent.terms import Term
from tests.fuzz.generator import generate
from tests.intent.readings import intent, reading

PAYMENT = "a: Account, b: Account, c: Account, n: Balance"
GUARD = "n > 0; old_c_balance > n;"
MOVE = intent(PAYMENT, GUARD, "n > 0;", "if (n > 5) { transfer(a, b, n); }")
DECLARED = intent(PAYMENT, GUARD, "a_balance == old_a_balance - n; if (n > 5) { b_balance > old_c_balance; }")


def framed(text: str) -> tuple[frozenset[str], Program, Term]:
    found = reading(text)
    assert found.file is not None
    (program,) = found.file.programs
    return program.writable, program, frame_claim(program)


@pytest.mark.parametrize(
    ("effect", "written"),
    [
        ("a.balance -= n; b_balance += n;", {"a.balance", "b.balance"}),
        ("transfer(a, b, n);", {"a.balance", "b.balance"}),
        ("mint(a, n); burn(b.balance, n);", {"a.balance", "b.balance"}),
        ("for i in 5..1 { if (n > i) { a.nonce = 1; } else { b.nonce = 2; } }", {"a.nonce", "b.nonce"}),
        ("require old_a_balance > c_balance;", set()),
    ],
)
def test_an_effect_writes_the_targets_of_its_statements(effect: str, written: set[str]) -> None:
    found, _, _ = framed(intent(PAYMENT, GUARD, "a_balance >= 0; b_balance >= 0;", effect))
    assert found & {"a.balance", "b.balance", "c.balance", "a.nonce", "b.nonce"} == written


def test_without_an_effect_what_is_named_in_another_form_than_before_may_be_written() -> None:
    written, _, _ = framed(DECLARED)
    assert {"a.balance", "b.balance"} <= written
    assert "c.balance" not in written


@pytest.mark.parametrize("text", [MOVE, DECLARED])
def test_lowering_keeps_what_is_not_written(text: str) -> None:
    _, program, claim = framed(text)
    assert claim is program.terms.true


def test_a_store_that_hits_another_cell_breaks_the_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    right = SymbolicExecution.store

    def wrong(self: SymbolicExecution, symbol: Symbol, value: Term, path: Term, node: object) -> None:
        right(self, symbol, value, path, node)  # type: ignore[arg-type]
        other = next((each for each in self.current if each.key == "c.balance"), None)
        if other is not None:
            self.current[other] = value

    monkeypatch.setattr(SymbolicExecution, "store", wrong)
    for text in (MOVE, DECLARED):
        _, program, claim = framed(text)
        assert claim is not program.terms.true


def test_a_cell_that_is_wrongly_left_arbitrary_breaks_the_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    defining = transition.Transition._define

    def wrong(self: transition.Transition) -> None:
        for symbol in self.scope.symbols.values():
            symbol.after_occurs = symbol.after_occurs or symbol.changeable
        defining(self)

    monkeypatch.setattr(transition.Transition, "_define", wrong)
    _, program, claim = framed(DECLARED)
    assert claim is not program.terms.true


def test_the_frame_of_random_programs_holds_by_construction() -> None:
    cells = 0
    for seed in range(50):
        found = read(generate(seed).text.encode())
        for program in found.file.programs if found.file else ():
            assert frame_claim(program) is program.terms.true, seed
            cells += sum(cell.name not in program.writable for cell in program.cells)
    assert cells > 15
