"""`aethel fmt`: files in the house style, replaced at once or left as they are."""

import json
import stat
from pathlib import Path

import pytest

from tests.cli.command import EXAMPLES, Command

MESSY = "intent  pay(a:Account){guard{a.balance>(0);}verify{a.balance==old_a_balance;}} # done"
NEAT = """intent pay(a: Account) {
    guard { a.balance > 0; }
    verify { a.balance == old_a_balance; }
}  # done
"""


@pytest.fixture
def messy(tmp_path: Path) -> Path:
    """A file that is not formatted."""
    path = tmp_path / "messy.ae"
    path.write_text(MESSY)
    return path


def test_a_file_is_formatted_in_place(aethel: Command, messy: Path) -> None:
    done = aethel("fmt", messy)
    assert done.code == 0
    assert messy.read_text() == NEAT
    assert "messy.ae: formatted" in done.err
    assert list(messy.parent.iterdir()) == [messy]


def test_a_formatted_file_is_not_written(aethel: Command, messy: Path) -> None:
    aethel("fmt", messy)
    before = messy.stat()
    done = aethel("fmt", messy)
    assert (done.code, done.out, done.err) == (0, "", "")
    assert messy.stat().st_ino == before.st_ino


def test_permissions_and_links_stay(aethel: Command, messy: Path) -> None:
    messy.chmod(0o640)
    link = messy.with_name("link.ae")
    link.symlink_to(messy)
    assert aethel("fmt", link).code == 0
    assert link.is_symlink()
    assert messy.read_text() == NEAT
    assert stat.S_IMODE(messy.stat().st_mode) == 0o640


def test_check_writes_nothing_and_fails_where_something_would_change(aethel: Command, messy: Path) -> None:
    done = aethel("fmt", "--check", EXAMPLES / "payment.ae", messy)
    assert done.code == 1
    assert messy.read_text() == MESSY
    assert "messy.ae: would be formatted" in done.err
    assert "payment.ae" not in done.err
    assert aethel("fmt", "--check", EXAMPLES / "payment.ae").code == 0


def test_diff_writes_nothing_and_shows_what_would_change(aethel: Command, messy: Path) -> None:
    done = aethel("fmt", "--diff", messy)
    assert done.code == 0
    assert messy.read_text() == MESSY
    assert done.out == (
        f"--- {messy}\n+++ {messy}\n@@ -1 +1,4 @@\n-{MESSY}\n\\ No newline at end of file\n"
        + "".join(f"+{line}\n" for line in NEAT.splitlines())
    )


def test_standard_input_goes_to_standard_output(aethel: Command) -> None:
    done = aethel("fmt", "-", stdin=MESSY)
    assert (done.code, done.out, done.err) == (0, NEAT, "")
    done = aethel("fmt", "-", stdin=NEAT)
    assert (done.code, done.out) == (0, NEAT)


def test_characters_that_the_terminal_lacks_are_written_as_they_are(aethel: Command) -> None:
    text = NEAT.replace("done", "fällig ✓")
    assert aethel("fmt", "-", stdin=text).out == text


@pytest.mark.parametrize("text", [b"intent pay(", b"please pay Bob", b"\xff"])
def test_a_text_that_does_not_parse_is_left_as_it_is(aethel: Command, tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "broken.ae"
    path.write_bytes(text)
    done = aethel("fmt", path)
    assert done.code == 1
    assert path.read_bytes() == text
    assert "broken.ae: is left as it is" in done.err
    assert "1:" in done.err


def test_the_other_files_are_formatted_all_the_same(aethel: Command, messy: Path) -> None:
    broken = messy.with_name("broken.ae")
    broken.write_text("intent")
    assert aethel("fmt", broken, messy).code == 1
    assert messy.read_text() == NEAT


def test_json_says_what_became_of_each_file(aethel: Command, messy: Path) -> None:
    done = aethel("fmt", "--check", "--json", EXAMPLES / "payment.ae", messy)
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert [(row["is_intent"], row["changed"], row["findings"]) for row in rows] == [
        (True, False, []),
        (True, True, []),
    ]
    assert aethel("fmt", "--json", "-", stdin=NEAT).code == 64


def test_a_file_that_cannot_be_written_says_so_and_stays(aethel: Command, tmp_path: Path) -> None:
    done = aethel("fmt", tmp_path / "absent.ae")
    assert done.code == 64
    assert "cannot read" in done.err
    assert aethel("fmt", "/dev/zero").code == 1
