"""The Sentinel's verdicts: what each vote means, what it is about, and that hostile questions stay cheap."""

from decimal import Decimal

import pytest

from aethel.intent.instance import instantiate
from aethel.request import Context, Question
from aethel.security.classes import ENOUGH, SHOWN_PER_CLASS
from aethel.security.expert import SentinelExpert
from aethel.verdict import SENTINEL_EXPERT, Disposition, Evidence, Outcome, Vote
from tests.security.questions import (
    PAYMENT,
    ask_payee,
    ask_text,
    findings,
    flagged,
    outcome,
    sentinel,
    with_comment,
)

CLASSES = ["S01", "S02", "S03", "S04", "S05", "S06", "S07", "S08", "S09", "S10", "S11", "S13", "S14", "S15", "S24"]


def work(text: str) -> int:
    return int(dict(ask_text(text).proof_trace)["characters and nodes looked at one by one"])


def test_it_answers_under_its_name_and_version() -> None:
    verdict = ask_text(PAYMENT)
    assert (verdict.expert_name, verdict.version) == (SENTINEL_EXPERT, sentinel().version)
    assert SentinelExpert().version == sentinel().version


def test_an_approval_decides_every_class_by_evaluation() -> None:
    verdict = ask_text(PAYMENT)
    ids = [each.id for each in verdict.obligations]
    assert ids == sorted(ids)
    assert set(CLASSES) <= set(ids)
    assert {each.outcome for each in verdict.obligations} <= {Outcome.PROVED, Outcome.NOTHING_TO_CHECK}
    assert {outcome(verdict, class_) for class_ in CLASSES} == {Outcome.PROVED}
    assert {each.evidence for each in verdict.obligations} == {Evidence.EVALUATED}
    assert (verdict.evidence, verdict.confidence) == (Evidence.EVALUATED, Decimal("0.99"))


def test_a_text_that_cannot_be_read_is_never_approved() -> None:
    verdict = ask_text("pay everybody")
    assert verdict.verdict is Vote.ABSTAIN
    assert (verdict.evidence, verdict.confidence) == (Evidence.NONE, Decimal(0))
    assert outcome(verdict, "S08") is Outcome.UNMODELLED


@pytest.mark.parametrize(
    "text", ["", "# only words", "intent", PAYMENT + "}", PAYMENT.replace("Balance", "Balance<XQZ>")]
)
def test_no_unreadable_text_is_approved(text: str) -> None:
    assert ask_text(text).verdict is not Vote.APPROVE


def test_an_unreadable_text_that_hides_something_is_rejected_for_that() -> None:
    assert ask_text("pay \u202eeverybody").code == "S02"


def test_with_no_time_left_it_abstains() -> None:
    question = Question("t", intent_text=with_comment("\u202e").encode())
    for deadline_ms in (0.0, -5.0, float("nan")):
        verdict = sentinel().verify(question, deadline_ms)
        assert verdict.verdict is Vote.ABSTAIN
        assert verdict.obligations == ()


@pytest.mark.parametrize(
    "context",
    [
        Context(balances={"old_sender_balance": "10.125"}, accounts={"sender": "acc-1"}),
        Context(balances={"reserve_before": "10"}),
        Context(inputs={"reserve": "10.5"}),
    ],
    ids=["scale", "free balance", "free number"],
)
def test_the_verdict_is_about_the_program_that_others_read(context: Context) -> None:
    text = PAYMENT.replace("guard {", "guard { reserve > 3;")
    question = Question("t", intent_text=text.encode(), arguments={"amount": "0.5"}, context=context)
    reading = instantiate(question).reading
    assert reading.file is not None
    assert sentinel().verify(question, 100.0).program_digest == reading.file.digest


def test_the_code_is_the_first_class_that_rejects() -> None:
    verdict = ask_text(with_comment("\u200b \u202e \0"))
    assert verdict.code == "S01"
    assert [found.code for found in verdict.findings] == ["S01", "S02", "S03"]
    assert verdict.reason == verdict.findings[0].message


def test_a_flagged_text_says_how_many_findings_do_not_reject() -> None:
    verdict = ask_text(with_comment("a\u200db c\u200dd"))
    detail = next(each.detail for each in verdict.obligations if each.id == "S03")
    assert detail.startswith("2 flagged, none rejects")


def test_every_finding_says_what_would_make_it_go_away() -> None:
    verdicts = [ask_text(with_comment("\0 \u202e \u200b")), ask_text("# \u2067a\u2069\n" + PAYMENT), ask_text(b"\xff")]
    found = [finding for verdict in verdicts for finding in verdict.findings]
    assert len(found) == 6
    assert all(finding.advice and finding.cwe for finding in found)


def test_findings_are_listed_up_to_a_number_and_all_are_counted() -> None:
    verdict = ask_text(with_comment("\u200b" * 100))
    assert len(findings(verdict, "S03")) == SHOWN_PER_CLASS
    assert "100 of 100" in next(each.detail for each in verdict.obligations if each.id == "S03")


def test_advice_never_crowds_out_a_rejection() -> None:
    verdict = ask_text(with_comment("a\u200db " * 100 + "\u200b"))
    assert len(flagged(verdict, "S03")) == SHOWN_PER_CLASS
    assert len(findings(verdict, "S03")) == 1
    assert verdict.verdict is Vote.REJECT


def test_a_rejection_after_any_amount_of_advice_is_found() -> None:
    assert ask_text(with_comment("a\u200db " * 5_000 + "\u200b")).code == "S03"


def test_after_enough_rejections_no_class_is_called_clean_that_was_not_looked_at() -> None:
    verdict = ask_text(with_comment("\u200b" * ENOUGH + "\u202e"))
    assert outcome(verdict, "S03") is Outcome.REFUTED
    assert outcome(verdict, "S02") is Outcome.BUDGET


def test_a_field_after_enough_rejections_is_not_called_clean() -> None:
    assert outcome(ask_payee("\u200b" * ENOUGH), "S02") is Outcome.BUDGET
    assert outcome(ask_payee("\u200b" * (ENOUGH - 1)), "S02") is Outcome.PROVED


def test_the_same_question_gets_the_same_verdict() -> None:
    text = with_comment("a\u200db \u2067c\u2069 \0")
    assert ask_text(text) == ask_text(text)


@pytest.mark.parametrize(
    "piece",
    ["a\u200db ", "\u2067a\u2069 ", "\u2067", "\u202b\u2066", "\U0001f468\u200d", "\u05d0"],
    ids=["joiners", "pairs", "openers", "mixed", "emoji", "letters"],
)
def test_work_is_linear_in_the_text(piece: str) -> None:
    once, twice = work(with_comment(piece * 4_000)), work(with_comment(piece * 8_000))
    # A comment is looked at for what hides in it, for its letters, and for what it says.
    assert once <= 3 * 4_000 * len(piece) + work(PAYMENT) + 200
    assert twice <= 2 * once + 100


@pytest.mark.parametrize(
    "text",
    [
        '"' * 200_001,
        '"\\' * 130_000,
        "\\" * 250_000,
        "/" * 250_001,
        "\u202e" * 80_000,
        "#" + "\u2067" * 40_000 + "\u2069" * 40_000,
        "\u0301\u0323" * 60_000,
        "e\u0301" * 80_000,
        "\u1ebf" + "\u0323" * 80_000,
        "\r" * 250_000,
        "\ud800" * 80_000,
        '"' + "\\u202e" * 40_000 + '"',
        "\U0001f468\u200d" * 35_000,
        "(" * 250_000,
        "for " * 60_000,
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_no_text_makes_more_work_than_its_length(text: str) -> None:
    verdict = ask_text(text)
    assert work(text) <= 4 * len(text.encode("utf-8", "surrogatepass")) + 1_000
    assert verdict.verdict is not Vote.APPROVE
    assert len(verdict.findings) <= 2 * SHOWN_PER_CLASS * len(CLASSES)


def test_a_decided_class_has_confidence_one() -> None:
    verdict = ask_text(with_comment("\u202e a\u200db"))
    assert {(found.confidence, found.disposition) for found in verdict.findings} == {
        (Decimal(1), Disposition.REJECT),
        (Decimal(1), Disposition.ADVISE),
    }
