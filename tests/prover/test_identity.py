"""What the Z3 expert says of who takes part: two runs that are told apart are both shown, and no secret with them."""

from __future__ import annotations

import pytest

from aethel.intent.obligations import obligations
from aethel.prover.smtlib import exported
from aethel.prover.two_runs import SECOND
from aethel.verdict import Disposition, Evidence, ExpertVerdict, Finding, ObligationResult, Outcome, Vote
from tests.intent.readings import intent, reading
from tests.prover.asking import PAY, ask, results

PARTIES = "sender: Account, receiver: Account, house: Account, n: Balance"
FUNDS = "n > 0; old_sender_balance >= n + 1;"
WAIVED = intent(
    PARTIES,
    FUNDS,
    "receiver_balance == old_receiver_balance + n;",
    'transfer(sender, receiver, n); transfer(sender, house, if sender == "acc-77" then 0 else 1);',
)
RELAXED = intent(
    PARTIES,
    f'{FUNDS} sender == "acc-77" or n <= 1000;',
    "receiver_balance == old_receiver_balance + n;",
    "transfer(sender, receiver, n);",
)
RESTRICTED = RELAXED.replace("n <= 1000", 'sender == "acc-78"')


def neutral(verdict: ExpertVerdict) -> ObligationResult:
    return results(verdict)["identity_neutral"]


def told(verdict: ExpertVerdict) -> Finding:
    (found,) = (each for each in verdict.findings if each.code == "IDENTITY_NEUTRAL")
    return found


def test_both_runs_of_a_refuted_claim_are_shown_with_what_differs() -> None:
    verdict = ask(WAIVED)
    found = told(verdict)
    assert verdict.verdict is Vote.REJECT
    assert found.counterexample is not None
    assert found.counterexample.replayed
    assert dict(found.counterexample.after) == {"sender_balance": "0", "receiver_balance": "1", "house_balance": "1"}
    assert dict(found.numbers) == {
        f"sender {SECOND}": "acc-77",
        f"sender_balance {SECOND}": "1",
        f"house_balance {SECOND}": "0",
    }


def test_a_run_that_is_not_admitted_is_shown_second() -> None:
    found = told(ask(RELAXED))
    assert found.counterexample is not None
    assert dict(found.counterexample.inputs)["sender"] == "acc-77"
    assert dict(found.numbers) == {f"sender {SECOND}": "sender", f"the guards {SECOND}": "false"}


def test_somebody_who_is_called_as_the_text_calls_a_name_is_not_taken_for_made_up() -> None:
    found = told(ask(WAIVED.replace("acc-77", "sender")))
    assert found.counterexample is not None
    assert dict(found.numbers)[f"sender {SECOND}"] == "sender"


def test_the_line_that_decides_is_named() -> None:
    assert neutral(ask(RELAXED)).detail.startswith(
        'who takes part can decide what happens, by `sender == "acc-77" or n <= 1000`'
    )


SECRETS = {
    "a guard": RELAXED.replace("sender ==", "secret sender =="),
    "a guard that only restricts": RESTRICTED.replace("sender ==", "secret sender ==", 1),
    "a line that defines a cell": intent(
        PARTIES,
        FUNDS,
        'secret receiver_balance == old_receiver_balance + (if sender == "acc-77" then n else 0);',
    ),
}


@pytest.mark.parametrize("where", SECRETS)
def test_a_secret_line_is_told_by_its_place_alone(where: str) -> None:
    verdict = ask(SECRETS[where])
    lines = [finding.message for finding in verdict.findings if finding.code in ("IDENTITY_NEUTRAL", "S16")]
    assert lines
    assert all("a secret line (" in line for line in lines)
    assert "acc-7" not in repr(verdict)


def test_a_secret_party_is_in_neither_run() -> None:
    text = intent(
        f"{PARTIES}, secret user: User", FUNDS, "n > 0;", 'transfer(sender, house, if user == "root" then 0 else n);'
    )
    found = told(ask(text))
    assert found.counterexample is not None
    shown = (*found.counterexample.inputs, *found.counterexample.before, *found.counterexample.after, *found.numbers)
    assert not any("user" in name or "root" in value for name, value in shown)


def test_given_values_do_not_excuse_a_text_that_tells_parties_apart() -> None:
    balances = {"sender_balance": "50", "receiver_balance": "0", "house_balance": "0"}
    verdict = ask(WAIVED, {"n": "7", "sender": "bob", "receiver": "ann", "house": "bank"}, balances)
    assert neutral(verdict).outcome is Outcome.REFUTED
    assert "given" not in neutral(verdict).detail
    assert all(result.outcome is Outcome.PROVED for name, result in results(verdict).items() if "identity" not in name)
    assert "bob" not in repr(told(verdict))


def test_without_an_identity_literal_it_holds_and_says_so_and_costs_nothing() -> None:
    result = neutral(ask(PAY))
    assert (result.outcome, result.evidence, result.work) == (Outcome.PROVED, Evidence.CERTIFIED, 0)
    assert result.detail.startswith("no identity literal")


def test_who_may_pay_at_all_is_advice() -> None:
    verdict = ask(RESTRICTED)
    (advice,) = (each for each in verdict.findings if each.code == "S16")
    assert verdict.verdict is Vote.APPROVE
    assert advice.disposition is Disposition.ADVISE
    assert neutral(verdict).detail.startswith("identity literals only restrict")


def test_a_text_that_names_somebody_in_vain_is_proved_by_two_solvers() -> None:
    verdict = ask(WAIVED.replace("then 0 else 1", "then 1 + n - n else (if n > 0 then 1 else 2)"))
    assert verdict.verdict is Vote.APPROVE
    assert neutral(verdict).evidence is Evidence.CROSS_CHECKED


def test_too_many_identities_are_left_to_a_person() -> None:
    more = " ".join(f'memo{number} != "x";' for number in range(130))
    text = intent(
        f"{PARTIES}, memo: Text, user: User",
        f"{FUNDS} memo != user; {more}",
        "n > 0;",
        'transfer(sender, house, if user == "root" then 0 else n);',
    )
    verdict = ask(text)
    assert neutral(verdict).outcome is Outcome.UNMODELLED
    assert verdict.verdict is Vote.ABSTAIN


def test_an_export_states_both_runs() -> None:
    found = reading(WAIVED)
    assert found.file is not None
    (listed,) = (each for each in obligations(found.file) if each.neutrality is not None)
    assert "other sender" in exported(found.file.programs[0], listed)
