"""Commands that only print: settings, limits, versions and help."""

import json

import pytest

from aethel.intent.limits import DEFAULT_LIMITS, RESERVED_WORDS
from tests.cli.command import Command

COMMANDS = [
    "up",
    "down",
    "health",
    "verify",
    "check",
    "prepare",
    "explain",
    "scan",
    "fmt",
    "limits",
    "demo",
    "version",
    "config show",
    "certify make",
    "certify check",
    "export smt",
    "settle",
    "release",
    "result",
    "keys create",
    "keys rotate",
    "keys list",
    "keys retire",
    "keys jwks",
    "token verify",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example_and_speaks_json(aethel: Command, command: str) -> None:
    done = aethel(*command.split(), "--help")
    assert done.code == 0
    assert f"Example: aethel {command}" in " ".join(done.out.split())
    assert "--json" in done.out


def test_help_lists_every_command(aethel: Command) -> None:
    done = aethel("--help")
    assert done.code == 0
    listed = [line.split() for line in done.out.split("Commands:")[1].splitlines() if line.startswith("  ")]
    names = {words[0] for words in listed if len(words) > 1}
    assert {command.split()[0] for command in COMMANDS} <= names


@pytest.mark.parametrize("arguments", [["fly"], ["--fly"], ["config"], ["config", "fly"], ["limits", "all"], []])
def test_an_unknown_command_is_wrong_usage(aethel: Command, arguments: list[str]) -> None:
    assert aethel(*arguments).code == 64


def test_config_says_which_settings_are_defaults(aethel: Command) -> None:
    told = Command(aethel.state_dir, {"LOG_LEVEL": "ERROR"})
    rows = {row["name"]: row for row in json_list(told("config", "show", "--json").out)}
    assert rows["LOG_LEVEL"]["value"] == "ERROR"
    assert rows["LOG_LEVEL"]["is_default"] is False
    assert rows["AETHEL_LISTEN"]["value"] == "127.0.0.1:50050"
    assert rows["AETHEL_LISTEN"]["is_default"] is True


def test_config_shows_the_settings_of_the_process_named(aethel: Command) -> None:
    done = aethel("config", "show", "--process", "guardian")
    assert done.code == 0
    line = next(line for line in done.out.splitlines() if line.startswith("AETHEL_LISTEN "))
    assert line.split()[1:4] == ["127.0.0.1:50053", "host:port", "default"]


def test_config_refuses_a_process_there_is_not(aethel: Command) -> None:
    assert aethel("config", "show", "--process", "bank").code == 64


def test_limits_prints_every_limit_and_reserved_word(aethel: Command) -> None:
    done = aethel("limits")
    assert done.code == 0
    assert str(DEFAULT_LIMITS.text_bytes) in done.out
    assert all(word in done.out.splitlines()[-1].split() for word in RESERVED_WORDS)
    printed = aethel("limits", "--json").json
    assert printed["reserved_words"] == sorted(RESERVED_WORDS)


def test_version_names_program_language_and_solver(aethel: Command) -> None:
    told = aethel("version", "--json").json
    assert set(told) == {"aethel", "language", "python", "z3"}
    assert f"aethel {told['aethel']}" in aethel("version").out


def test_a_fault_of_the_program_is_not_taken_for_a_rejection(aethel: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr("aethel.cli.limits.table", broken)
    done = aethel("limits")
    assert done.code == 70
    assert "a fault" in done.err


def json_list(text: str) -> list[dict[str, object]]:
    value = json.loads(text)
    assert isinstance(value, list)
    return value
