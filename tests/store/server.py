"""A throwaway PostgreSQL server of the tests: started on a free port, killed and removed with them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pg8000.dbapi
import pytest

from tests.tools import tool

ACCOUNT = "postgres"
"""The account of the machine that runs the server where the tests are root, which PostgreSQL refuses to be."""

START_S = 30

PORTS_TRIED = 4
"""Ports tried before it is said that the server does not start."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server whose superuser needs no password."""

    port: int
    binaries: Path
    data: Path
    durable: bool = False

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """Make an empty database; returns its address."""
        connection = pg8000.dbapi.connect(user="postgres", host="127.0.0.1", port=self.port, database="postgres")
        try:
            connection.autocommit = True
            connection.cursor().execute(f'CREATE DATABASE "{database}"')
        finally:
            connection.close()
        return self.url(database)

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        if not self.durable:
            options += " -c fsync=off"
        self._control("start", "-w", "-t", str(START_S), "-l", str(self.data / "log"), "-o", options)

    def stop(self) -> None:
        """End it as a crash would."""
        self._control("stop", "-m", "immediate", "-w")

    def _control(self, *words: str) -> None:
        run_as_account([str(self.binaries / "pg_ctl"), "-D", str(self.data), *words])


def run_as_account(command: Sequence[str]) -> None:
    """Run a program of the server, under its account where this one may not.

    By `runuser` and not by `user=`: Python then forks where it would otherwise `vfork`, and gRPC, which some tests have
    loaded, does not survive a fork.
    """
    prefix = [tool("runuser"), "-u", ACCOUNT, "--"] if os.geteuid() == 0 else []
    quiet = subprocess.DEVNULL
    done = subprocess.run(
        [*prefix, *command], check=False, timeout=2 * START_S, stdin=quiet, stdout=quiet, stderr=quiet, cwd="/"
    )
    assert done.returncode == 0, f"`{command[0]}` ended with {done.returncode}"


def binaries() -> Path:
    """Where the programs of PostgreSQL are: on the path, or where Debian keeps them; skips where there are none."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    kept = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda one: float(one.parts[-3]))
    if not kept:
        pytest.skip("`initdb` is not installed, expected the package `postgresql`")
    return kept[-1].parent


@contextmanager
def running_server(*, durable: bool = False) -> Iterator[Server]:
    """A server with empty data; what it says is written survives the loss of power only where it is `durable`."""
    programs = binaries()
    folder = Path(tempfile.mkdtemp(prefix="aethel-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, ACCOUNT)
        server = Server(_free_port(), programs, folder / "data", durable)
        run_as_account(
            [
                str(programs / "initdb"),
                "-D",
                str(server.data),
                "-A",
                "trust",
                "-U",
                "postgres",
                "-E",
                "UTF8",
                "--no-sync",
            ]
        )
        server = _started(server)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _started(server: Server) -> Server:
    """The server running; on another port where somebody was faster to take the one that was free."""
    for _ in range(PORTS_TRIED - 1):
        try:
            server.start()
        except AssertionError:
            server = replace(server, port=_free_port())
        else:
            return server
    server.start()
    return server


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
