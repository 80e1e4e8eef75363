"""S16: literals that decide for whom or at which value something happens, however their test is spelled."""

import pytest

from aethel.intent.neutrality import neutrality
from aethel.intent.reading import read
from aethel.verdict import Disposition, ExpertVerdict
from tests.security.programs import CORPUS, advises, ask, corpus_verdicts, kinds, passes, pay, rejects

EVIL = "if ({}) {{ transfer(sender, house, amount); }} else {{ transfer(sender, receiver, amount); }}"

REDIRECTED = [
    'sender == "mallory"',
    'not (sender != "mallory")',
    '"mallory" == sender or receiver == "mallory"',
    'amount > 5 and (n > 1 => sender == "mallory")',
    "amount == 1337",
    "amount + 0 == 1337",
    "2 * amount == 2674",
    "amount - 1337 == 0 - 0",
    "amount >= 1337 and amount < 1338",
    "amount > 1335 and n > 3 and amount < 1337",
    "not (amount < 1337 or amount > 1338)",
    "amount % 1000 == 337",
    "max(amount, 1337) == 1337 and min(amount, 1337) == 1337",
    "n == 7",
    "n == -7",
    "old_sender_balance == 1337",
]


@pytest.mark.parametrize("test", REDIRECTED)
def test_value_that_goes_elsewhere_by_a_literal_is_rejected(test: str) -> None:
    assert rejects(pay(EVIL.format(test)), "S16")


@pytest.mark.parametrize("test", REDIRECTED)
def test_a_binding_hides_no_test(test: str) -> None:
    assert rejects(pay(EVIL.format("hidden"), guard=f"hidden = {test};"), "S16")


@pytest.mark.parametrize("test", REDIRECTED)
def test_a_guard_that_a_literal_relaxes_is_rejected(test: str) -> None:
    assert rejects(pay(guard=f"amount <= n or ({test});"), "S16")
    assert rejects(pay(f"require amount <= n or ({test}); transfer(sender, receiver, amount);"), "S16")


def test_nested_branches_are_one_interval() -> None:
    nested = "if (amount >= 1337) { if (amount <= 1338) { transfer(sender, house, 1); } }"
    assert rejects(pay(nested), "S16")
    assert passes(pay(nested.replace("1338", "1339")), "S16")


def test_a_gap_between_choices_is_one_interval() -> None:
    chosen = "transfer(sender, house, if amount < 1337 then 0 else if amount > 1338 then 0 else 1);"
    assert rejects(pay(chosen), "S16")
    assert passes(pay(chosen.replace("1338", "1339")), "S16")


def test_a_name_bound_to_an_account_is_followed() -> None:
    assert rejects(pay(EVIL.format('who == "mallory"'), guard="who = sender;"), "S16")
    chosen = 'who = if n > 3 then sender else receiver; who == "mallory" or amount <= n;'
    assert rejects(pay(guard=chosen), "S16")


def test_a_demand_that_only_some_must_meet_is_rejected() -> None:
    demanding = 'if (sender == "mallory") { } else { require n > 5; } transfer(sender, receiver, amount);'
    assert rejects(pay(demanding), "S16")


def test_an_equation_that_defines_by_a_literal_is_rejected() -> None:
    defined = 'receiver_balance == old_receiver_balance + (if sender == "mallory" then amount else 0);'
    assert rejects(pay("", verify=defined), "S16")


@pytest.mark.parametrize(
    "test",
    [
        "amount > 1337",
        "amount >= 10 and amount < 100",
        "amount == 0",
        "n % 2 == 0",
        "n % 2 == 1",
        "n == 0",
        "sender == receiver",
        "n == old_n + 1",
        'old_status == "paid"',
        "amount > 5 or amount < 2",
    ],
)
def test_tiers_and_names_compared_with_names_pass(test: str) -> None:
    cells = ", status: OrderStatus, fresh: Counter"
    assert passes(pay(EVIL.format(test) + " n += 1;", parameters=cells), "S16")


def test_the_end_of_a_range_is_an_ordering() -> None:
    assert passes(pay(EVIL.format("u == 255"), parameters=", u: u8"), "S16")
    assert rejects(pay(EVIL.format("u == 254"), parameters=", u: u8"), "S16")


def test_a_status_of_the_state_may_decide_and_one_that_is_given_may_not() -> None:
    assert passes(pay(EVIL.format("old_status == 3"), parameters=", status: Status"), "S16")
    assert rejects(pay(EVIL.format("status == 3"), parameters=", status: Status"), "S16")


@pytest.mark.parametrize(
    "guard",
    [
        'sender == "acc-1" or sender == "acc-2";',
        'sender != "acc-1";',
        'sender == "acc-1" => amount <= n;',
        "amount == 10;",
        "n == 5 or n == 7;",
        "amount >= 10 and amount <= 11;",
    ],
)
def test_a_literal_that_only_restricts_is_advice(guard: str) -> None:
    assert advises(pay(guard=guard), "S16")


def test_a_list_that_asks_less_of_some_is_no_restriction() -> None:
    assert rejects(pay(guard='sender == "acc-1" or sender == "acc-2" and n > 3;'), "S16")


def test_words_and_dates_that_decide_are_advice() -> None:
    extra = ", memo: Text, now: Timestamp"
    told = kinds(ask(pay(EVIL.format('memo == "open sesame"'), parameters=extra)), "S16")
    assert told
    assert all(kind.name == "ADVISE" for kind in told)
    dated = kinds(ask(pay(EVIL.format("now > 1767225600"), parameters=extra)), "S16")
    assert dated
    assert all(kind.name == "ADVISE" for kind in dated)
    assert rejects(pay(EVIL.format("now == 1767225600"), parameters=extra), "S16")
    assert passes(pay(guard="now < 1767225600;", parameters=extra), "S16")


def test_a_number_that_decides_a_counter_alone_moves_no_value() -> None:
    counting = "if (n == 7) { count += 1; } transfer(sender, receiver, amount);"
    assert passes(pay(counting, parameters=", count: Counter"), "S16")


def test_branches_that_do_the_same_are_no_difference() -> None:
    same = (
        'if (sender == "mallory") { transfer(sender, receiver, amount); } else { transfer(sender, receiver, amount); }'
    )
    assert passes(pay(same), "S16")


def test_a_secret_line_is_told_by_its_place_alone() -> None:
    text = pay(guard='secret sender == "mallory" or amount <= n;')
    assert rejects(text, "S16")
    assert "mallory" not in repr(ask(text))


@pytest.mark.full
def test_what_the_prover_has_to_ask_is_never_passed_in_silence() -> None:
    """Over the whole corpus, both ways: where literals may decide for the prover, S16 rejects, and else it does not.

    Literals that stand in no way of the claim, since both runs fold to one, are none that it can refute.
    """
    compared = refutable = 0
    for name, verdict in corpus_verdicts().items():
        reading = read((CORPUS / f"{name}.ae").read_bytes())
        if reading.file is None or not any(program.terms.names_identities for program in reading.file.programs):
            assert not names_somebody(verdict), name
            continue
        stated = [(program, neutrality(program, ())) for program in reading.file.programs]
        deciding = [made for _, made in stated if made.deciding]
        refuted = any(made.deciding and made.claim is not program.terms.true for program, made in stated)
        refutable += refuted
        compared += 1
        assert names_somebody(verdict) >= refuted, name
        assert names_somebody(verdict) <= bool(deciding), name
    assert (compared > 10, refutable >= 4) == (True, True)


@pytest.mark.parametrize("test", [each for each in REDIRECTED if "mallory" in each])
@pytest.mark.parametrize("where", [EVIL, "require amount <= n or ({}); transfer(sender, receiver, amount);"])
def test_prover_and_sentinel_find_the_same_names(test: str, where: str) -> None:
    text = pay(where.format(test))
    (program,) = file.programs if (file := read(text.encode()).file) else ()
    assert neutrality(program, ()).deciding
    assert rejects(text, "S16")


def names_somebody(verdict: ExpertVerdict) -> bool:
    rejecting = (each for each in verdict.findings if each.code == "S16" and each.disposition is Disposition.REJECT)
    return any("an identity that the text names" in each.message for each in rejecting)
