"""What the documents tell people to type is typed here, and what they say comes of it does."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.addresses import free_addresses
from tests.documents import Shown, blocks, commands, is_shown
from tests.tools import REPOSITORY, tool

README = REPOSITORY / "README.md"
DOCUMENTS = [README, *sorted((REPOSITORY / "docs").rglob("*.md"))]

TIMEOUT_S = 50
"""Longest any command of a document may take, in seconds."""


def run_kinds(document: Path) -> tuple[str, ...]:
    """Which blocks are run: of the README all commands, elsewhere what is shown as a session."""
    return ("console", "sh") if document == README else ("console",)


LONG = ("adapters.md", "audit.md", "certificates.md", "clients.md", "http.md", "tokens.md")
"""Pages whose commands start so many processes that they are run with the large counts."""

RUN = [
    pytest.param(document, marks=pytest.mark.full if document.name in LONG else ())
    for document in DOCUMENTS
    if list(commands(document, run_kinds(document)))
]


@pytest.mark.parametrize("document", RUN, ids=lambda document: document.name)
def test_every_command_of_a_document_does_what_it_shows(document: Path, tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(REPOSITORY / "examples")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AETHEL_")}
    environ = inherited | free_addresses() | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    try:
        for shown in commands(document, run_kinds(document)):
            _try(shown, tmp_path, environ, f"{document.name}:{shown.line_number}")
    finally:
        _run("aethel down", tmp_path, environ)


def test_the_intents_of_the_readme_are_examples() -> None:
    shown = ["\n".join(block.lines) for block in blocks(README) if block.words == ("aethel",)]
    examples = [path.read_text(encoding="utf-8") for path in (REPOSITORY / "examples").glob("*.ae")]
    assert shown
    assert all(any(intent in example for example in examples) for intent in shown)


def test_every_link_of_the_readme_leads_somewhere() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", README.read_text(encoding="utf-8"))
    assert targets
    assert [target for target in targets if not (REPOSITORY / target).exists()] == []


@pytest.mark.parametrize(
    ("shown", "real"),
    [
        (["a", "b"], ["a", "b  "]),
        (["took … ms"], ["took 3.1 ms"]),
        (["a", "…", "d"], ["a", "b", "c", "d"]),
        (["a", "…"], ["a"]),
        (["…", "b", "…"], ["b", "b"]),
        (["x…y…z"], ["x1y2z"]),
    ],
)
def test_a_gap_stands_for_anything(shown: list[str], real: list[str]) -> None:
    assert is_shown(shown, real)


@pytest.mark.parametrize(
    ("shown", "real"),
    [
        (["a"], ["a", "b"]),
        (["a", "b"], ["a"]),
        (["a"], ["b"]),
        ([" a"], ["a"]),
        (["took … ms"], ["took 3.1 s"]),
        (["…", "c"], ["a", "b"]),
        (["aba…aba"], ["aba"]),
        ([], ["said"]),
    ],
)
def test_output_that_differs_is_noticed(shown: list[str], real: list[str]) -> None:
    assert not is_shown(shown, real)


def _try(shown: Shown, folder: Path, environ: dict[str, str], place: str) -> None:
    if shown.command.startswith("make "):
        _try_make(shown.command.split()[1:], place)
        return
    done = _run(shown.command, folder, environ)
    assert done.returncode == 0, f"{place}: {done.stdout}"
    if shown.output is not None:
        assert is_shown(shown.output, done.stdout.splitlines()), f"{place}: {done.stdout}"


def _try_make(targets: list[str], place: str) -> None:
    """Ask make for its plan only: a demo within a test would be one too many, and a test within a test has no end."""
    planned = [tool("make"), "--dry-run", "--old-file=.venv/.ready", *targets]
    done = subprocess.run(planned, cwd=REPOSITORY, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert done.returncode == 0, f"{place}: {done.stderr}"
    assert done.stdout.strip(), place


def _run(command: str, folder: Path, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/bash", "-uo", "pipefail", "-c", command],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
