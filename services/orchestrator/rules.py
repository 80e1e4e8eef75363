"""The rules of the clients of this mesh, from the file that its settings name."""

from __future__ import annotations

from pathlib import Path

from aethel.rules import MAX_RULES_BYTES, RuleBook, RulesError, read_rules
from aethel.runtime.catalogue import RULES_FILE
from aethel.runtime.settings import SettingsError


def rules_of(file: Path | None) -> RuleBook:
    """The rules in a file, for None such that allow nothing; raises SettingsError where they cannot be used."""
    if file is None:
        return RuleBook()
    try:
        with file.open("rb") as stream:
            return read_rules(stream.read(MAX_RULES_BYTES + 1))
    except OSError as error:
        raise _problem(file, f"cannot be read: {(error.strerror or str(error)).lower()}") from error
    except RulesError as error:
        raise _problem(file, str(error)) from error


def _problem(file: Path, what: str) -> SettingsError:
    return SettingsError((f"{RULES_FILE.name} names `{file}`: {what}",))
