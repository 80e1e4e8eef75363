"""`aethel store`: says what the schema is, brings it forward, entrusts roots, and refuses what it does not know."""

from dataclasses import replace

import pytest

from aethel.cli.exits import ExitCode
from aethel.store.asked_proofs import log_name
from aethel.store.commit import Reserved
from aethel.store.footprint import Extension, Footprint
from aethel.store.migrations import MIGRATIONS, Migration
from aethel.store.opening import open_database
from aethel.store.store import Store
from tests.cli.command import Command
from tests.store.payments import approve, owner

NEXT = Migration(len(MIGRATIONS) + 1, "one more", ("CREATE TABLE more (number {number})",))


@pytest.fixture
def kept(aethel: Command) -> Command:
    """The command with a store in its state folder."""
    return replace(aethel, settings={**aethel.settings, "AETHEL_STORE": "embedded"})


def test_a_store_is_pending_then_migrated_then_as_expected(kept: Command) -> None:
    before = kept("store", "status", "--json")
    assert before.code == ExitCode.FAILED
    assert before.json == {
        "applied": [],
        "pending": [{"number": one.number, "name": one.name} for one in MIGRATIONS],
        "problem": f"the store's schema is 0, expected {len(MIGRATIONS)}: run `aethel store migrate`",
    }
    assert not list(kept.state_dir.glob("store.db*"))
    assert kept("store", "migrate", "--json").json == {"applied": before.json["pending"]}
    assert kept("store", "migrate").out == f"the schema is {len(MIGRATIONS)}\n"
    after = kept("store", "status", "--json")
    assert (after.code, after.json["pending"], after.json["problem"]) == (ExitCode.FINE, [], None)
    assert "as this program expects" in kept("store", "status").out


def test_a_store_of_a_newer_program_is_refused_with_a_sentence(kept: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as newer:
        newer.setattr("aethel.store.migrations.MIGRATIONS", (*MIGRATIONS, NEXT))
        kept("store", "migrate")
    assert kept("store", "status").code == ExitCode.FAILED
    refused = kept("store", "migrate")
    assert (refused.code, refused.out) == (ExitCode.FAILED, "")
    assert "expected a newer program" in refused.err


def test_without_a_store_there_is_nothing_to_migrate(aethel: Command) -> None:
    done = aethel("store", "migrate")
    assert (done.code, done.err) == (
        ExitCode.USAGE,
        "aethel: AETHEL_STORE is `none`, expected the store that is meant\n",
    )


def test_a_server_that_is_away_is_unreachable(aethel: Command) -> None:
    away = replace(aethel, settings={**aethel.settings, "AETHEL_STORE": "postgresql://u:hush@127.0.0.1:1/nowhere"})
    done = away("store", "status")
    assert done.code == ExitCode.UNREACHABLE
    assert "hush" not in done.err
    assert "hush" not in away("config", "show", "--json").out


def test_a_trusted_root_is_one_that_a_log_is_continued_from(kept: Command) -> None:
    kept("store", "migrate")
    assert kept("store", "trust", "rfc6962-sha256", "log", "7", "ab" * 32).out == "the tree of 7 leaves is trusted\n"
    store = Store(open_database(str(kept.state_dir / "store.db")))
    grown = Extension(log_name("rfc6962-sha256", "log"), 7, "ab" * 32, 8, "cd" * 32)
    assert isinstance(approve(store, owner(), Footprint(extensions=(grown,))), Reserved)
    store.close()


@pytest.mark.parametrize(
    "words",
    [("md5", "log", "7", "ab" * 32), ("rfc6962-sha256", "log", "-7", "ab" * 32), ("rfc6962-sha256", "log", "7", "AB")],
    ids=["scheme", "size", "root"],
)
def test_a_root_that_is_none_is_not_trusted(kept: Command, words: tuple[str, ...]) -> None:
    assert kept("store", "trust", *words).code == ExitCode.USAGE
