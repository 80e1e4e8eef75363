"""Runs the `aethel` command: in this process where only its answer matters, else as the program a person starts."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import pytest

from aethel.cli.main import run
from tests.tools import REPOSITORY

EXAMPLES = REPOSITORY / "examples"

MINT = """intent gift(receiver: Account<EUR>, amount: Balance<EUR>) {
    guard { amount > 0; amount <= 50; old_receiver_balance < 100; }
    effect { mint(receiver, amount); }
    verify { receiver_balance == old_receiver_balance + amount; }
}
"""
"""A text that mints at most 50 EUR, which rules have to allow."""

TIMEOUT_S = 50
"""Longest any command of a test may take, in seconds."""

_PROGRAM = "from aethel.cli.main import main; main()"


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, object]:
        """What it printed, as one JSON object."""
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value

    @property
    def rows(self) -> list[dict[str, object]]:
        """What it printed, as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Command:
    """The command with a state folder of its own, so that tests never meet one another's mesh."""

    state_dir: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AETHEL_")}
        return inherited | {"AETHEL_STATE_DIR": str(self.state_dir), **self.settings}

    def __call__(self, *arguments: str | Path, stdin: str | bytes = b"") -> Done:
        """Run it in this process, which costs no start of an interpreter."""
        given = io.TextIOWrapper(io.BytesIO(stdin.encode() if isinstance(stdin, str) else stdin), encoding="utf-8")
        with patch.dict(os.environ, self.environ, clear=True), patch.object(sys, "stdin", given), _written() as written:
            code = run([str(argument) for argument in arguments])
        out, err = (stream.getvalue().decode() for stream in written)
        return Done(code, out, err)

    def program(self, *arguments: str | Path, stdin: str = "", without: Sequence[str] = ()) -> Done:
        """Run it as a program; modules named in `without` cannot be imported."""
        done = subprocess.run(
            self.line(*arguments, without=without),
            input=stdin,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """Start it as a program and return at once."""
        pipe = subprocess.PIPE
        return subprocess.Popen(self.line(*arguments), env=self.environ, stdout=pipe, stderr=pipe, text=True)

    def left_behind(self) -> list[str]:
        """The command lines of all processes that run with this state folder."""
        if sys.platform != "linux":
            pytest.skip("looks for processes in /proc")
        mark = f"AETHEL_STATE_DIR={self.state_dir}".encode()
        found = []
        for process in Path("/proc").iterdir():
            try:
                if process.name.isdecimal() and mark in (process / "environ").read_bytes().split(b"\0"):
                    found.append((process / "cmdline").read_text())
            except OSError:  # it ended, or is none of ours
                continue
        return found

    def line(self, *arguments: str | Path, without: Sequence[str] = ()) -> list[str]:
        """The whole command line."""
        absent = f"import sys; sys.modules.update(dict.fromkeys({tuple(without)!r})); " if without else ""
        return [sys.executable, "-c", absent + _PROGRAM, *map(str, arguments)]


@contextmanager
def _written() -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """What is written to the standard streams inside the block."""
    out, err = io.BytesIO(), io.BytesIO()
    streams = [io.TextIOWrapper(raw, encoding="utf-8", write_through=True) for raw in (out, err)]
    with redirect_stdout(streams[0]), redirect_stderr(streams[1]):
        yield out, err
    for stream in streams:
        stream.detach()
