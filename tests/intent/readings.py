"""Texts as tests read them: the program of a text that is one, the finding of a text that is none."""

from __future__ import annotations

from collections.abc import Mapping

from aethel.intent.program import Program
from aethel.intent.reading import Reading, read
from aethel.verdict import Finding


def reading(text: str, given: Mapping[str, str] | None = None) -> Reading:
    """The reading of a text that is an intent."""
    found = read(text.encode(), given)
    assert found.file is not None, found.findings[0].message
    return found


def program(text: str, given: Mapping[str, str] | None = None) -> Program:
    """The program of a text that holds one intent."""
    found = reading(text, given)
    assert found.file is not None
    (only,) = found.file.programs
    return only


def refusal(text: str | bytes) -> Finding:
    """Why a text is refused."""
    found = read(text.encode() if isinstance(text, str) else text)
    assert found.file is None
    (finding,) = found.findings
    return finding


def intent(parameters: str, guard: str, verify: str, effect: str = "") -> str:
    """One intent named `pay` from its parts."""
    doing = f"effect {{ {effect} }} " if effect else ""
    return f"intent pay({parameters}) {{ guard {{ {guard} }} {doing}verify {{ {verify} }} }}"
