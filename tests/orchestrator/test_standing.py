"""Whom to ask no more, when to look again, and how often to ask twice."""

from services.orchestrator.dispatch_standing import (
    FAULTS_IN_A_ROW,
    FIRST_PAUSE_MS,
    LONGEST_PAUSE_MS,
    MAX_RETRIES,
    MIN_JUDGED,
    MIN_RETRIES,
    RETRY_SHARE,
    WINDOW,
    RetryBudget,
    Standing,
)


def test_faults_in_a_row_are_bad_and_an_answer_between_them_is_not() -> None:
    standing = Standing()
    for _ in range(FAULTS_IN_A_ROW - 1):
        standing.failed()
    standing.answered()
    standing.failed()
    assert not standing.is_bad
    for _ in range(FAULTS_IN_A_ROW - 1):
        standing.failed()
    assert standing.is_bad


def test_every_second_question_failing_is_bad_once_there_are_enough_of_them() -> None:
    standing = Standing()
    for _ in range(MIN_JUDGED // 2 - 1):
        standing.answered()
        standing.failed()
    assert not standing.is_bad
    standing.answered()
    standing.failed()
    assert standing.is_bad


def test_a_probe_is_wanted_after_a_pause_that_doubles() -> None:
    standing = Standing()
    standing.eject(0)
    assert not standing.wants_probe(FIRST_PAUSE_MS - 1)
    assert standing.wants_probe(FIRST_PAUSE_MS)
    assert not standing.wants_probe(3 * FIRST_PAUSE_MS - 1)
    assert standing.wants_probe(3 * FIRST_PAUSE_MS)
    for _ in range(20):
        standing.wants_probe(10**9)
    standing.eject(10**9)
    assert standing.wants_probe(10**9 + LONGEST_PAUSE_MS)


def test_who_comes_back_starts_anew_and_waits_longer_the_next_time() -> None:
    standing = Standing()
    for _ in range(FAULTS_IN_A_ROW):
        standing.failed()
    standing.eject(0)
    assert standing.wants_probe(FIRST_PAUSE_MS)
    standing.restore()
    assert not standing.is_bad
    assert not standing.is_ejected
    standing.eject(0)
    assert not standing.wants_probe(FIRST_PAUSE_MS)
    standing.restore()
    for _ in range(WINDOW):
        standing.answered()
    standing.eject(0)
    assert standing.wants_probe(FIRST_PAUSE_MS), "a window without a fault forgives"


def test_retries_are_a_tenth_of_the_questions_and_a_few_from_the_start() -> None:
    budget = RetryBudget()
    assert [budget.spend() for _ in range(MIN_RETRIES + 1)] == [True] * MIN_RETRIES + [False]
    for _ in range(RETRY_SHARE - 1):
        budget.earn()
    assert not budget.spend()
    budget.earn()
    assert budget.spend()
    for _ in range(10 * MAX_RETRIES * RETRY_SHARE):
        budget.earn()
    assert sum(budget.spend() for _ in range(2 * MAX_RETRIES)) == MAX_RETRIES
