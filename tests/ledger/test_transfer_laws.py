"""Laws of transfers: a naive model agrees with every failure and every sum, and nothing is made or lost."""

from hypothesis import given
from hypothesis import strategies as st

from aethel.ledger.transfer_batch import TRANSFERS
from aethel.ledger.transfer_reading import _fault, _is_usual, numbers_of
from aethel.ledger.transfers import Run, run_transfers
from aethel.transaction import BookedTransfer, Phase, Transfer, TransferBatch
from aethel.verdict import Finding, Vote
from tests.ledger.entries import verdict
from tests.ledger.test_entry_laws import calls_of
from tests.ledger.transfers import MOST, Model, account, batch, move

NUMBERS = st.integers(1, 3)
AMOUNTS = st.integers(0, 6) | st.just(MOST)
EDGES = st.sampled_from([str(edge + off) for edge in (1, 2**16, 2**32, 2**128) for off in (-1, 0, 1)])


@given(texts=st.tuples(*[EDGES] * 6), phase=st.sampled_from(Phase), rest=st.tuples(EDGES, EDGES), closes=st.booleans())
def test_a_transfer_that_is_taken_for_usual_has_no_fault(
    texts: tuple[str, ...], phase: Phase, rest: tuple[str, str], closes: bool
) -> None:
    id_, debit, credit, amount, ledger, code = texts
    pending_id, timeout_s = rest
    transfer = Transfer(
        id=id_,
        debit_account=debit,
        credit_account=credit,
        amount=amount,
        ledger=ledger,
        code=code,
        phase=phase,
        pending_id=pending_id,
        timeout_s=timeout_s,
        closing_debit=closes,
    )
    numbers = numbers_of(transfer, 1)
    assert not isinstance(numbers, Finding)
    assert not _is_usual(numbers) or _fault(numbers) is None


def test_a_plain_transfer_is_taken_for_usual() -> None:
    numbers = numbers_of(move(1), 1)
    assert not isinstance(numbers, Finding)
    assert _is_usual(numbers)


@st.composite
def transfers(draw: st.DrawFn) -> tuple[Transfer, ...]:
    """Short histories over three accounts, in which most pending ids are those of pending transfers."""
    made: list[Transfer] = []
    for number in range(1, draw(st.integers(1, 9)) + 1):
        phase = draw(st.sampled_from(Phase))
        linked = draw(st.booleans())
        amount = draw(AMOUNTS if phase in (Phase.POST, Phase.VOID) else st.integers(0, 6))
        own = draw(st.sampled_from([number] * 9 + [1]))
        if phase in (Phase.POST, Phase.VOID):
            pending = draw(st.sampled_from([other for other in range(1, number + 2) if other != own]))
            made.append(move(own, amount=amount, phase=phase, pending_id=str(pending), linked=linked))
        else:
            balancing = draw(st.booleans())
            made.append(
                move(
                    number, draw(NUMBERS), draw(NUMBERS), amount, phase=phase, linked=linked, balancing_debit=balancing
                )
            )
    return tuple(made)


def held(run: Run) -> dict[int, list[int]]:
    return {
        number: [each.debits_pending, each.debits_posted, each.credits_pending, each.credits_posted]
        for number, each in run.accounts.items()
    }


@given(transfers(), st.lists(st.tuples(st.booleans(), st.booleans()), min_size=3, max_size=3))
def test_a_naive_model_agrees_with_every_failure_and_every_sum(
    made: tuple[Transfer, ...], limits: list[tuple[bool, bool]]
) -> None:
    opening = {1: (0, 7), 2: (4, 4), 3: (7, 0)}
    model = Model({n: [0, d, 0, c] for n, (d, c) in opening.items()}, dict(enumerate(limits, 1)))
    accounts = tuple(
        account(
            n, posted, debits_must_not_exceed_credits=limits[n - 1][0], credits_must_not_exceed_debits=limits[n - 1][1]
        )
        for n, posted in opening.items()
    )
    unrelated = (BookedTransfer(move(99, amount=0, phase=Phase.PENDING), "0"),)
    run = run_transfers(TransferBatch(made, accounts, unrelated))
    assert [number - 1 for number in run.failed] == model.run(made)
    assert held(run) == model.accounts
    assert bool(run.failures) == bool(run.failed)


@given(transfers())
def test_no_batch_makes_or_loses_anything(made: tuple[Transfer, ...]) -> None:
    run = run_transfers(TransferBatch(made, (account(1, (0, 50)), account(2, (50, 0)), account(3))))
    sums = [sum(column) for column in zip(*held(run).values(), strict=True)]
    assert sums[0] == sums[2]
    assert sums[1] == sums[3]


@given(transfers(), st.data())
def test_a_chain_that_fails_leaves_nothing_behind(made: tuple[Transfer, ...], data: st.DataObject) -> None:
    accounts = (account(1, (0, 50)), account(2, (50, 0)), account(3))
    fresh = [transfer for transfer in made if transfer.phase in (Phase.SINGLE, Phase.PENDING)]
    chain = [move(n, int(t.debit_account), int(t.credit_account), 1, linked=True) for n, t in enumerate(fresh, 1)]
    broken = move(len(chain) + 1, 1, data.draw(st.sampled_from([1, 9])))
    before = held(run_transfers(TransferBatch((), accounts)))
    assert held(run_transfers(TransferBatch((*chain, broken), accounts))) == before


def many(count: int) -> TransferBatch:
    made = (move(n, n % 100 + 1, (n + 1) % 100 + 1, linked=n % 10 != 0) for n in range(1, count + 1))
    return batch(*made, accounts=tuple(account(n) for n in range(1, 101)))


def test_ten_thousand_transfers_are_linear_work() -> None:
    assert verdict(many(TRANSFERS)).verdict is Vote.APPROVE
    assert calls_of(many(TRANSFERS // 2)) < 11 * calls_of(many(TRANSFERS // 20))


def test_more_transfers_are_refused_before_any_is_read() -> None:
    assert verdict(many(TRANSFERS + 10)).code == "TOO_LARGE"
    assert calls_of(many(TRANSFERS + 10)) < 200
