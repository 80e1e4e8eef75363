"""One mesh that keeps its state, for all tests of the client."""

from collections.abc import Iterator

import pytest

from aethel.cli.run_file import RunFile
from aethel.runtime.settings import Process
from tests.cli.command import Command
from tests.cli.conftest import PATIENCE


@pytest.fixture(scope="session")
def mesh_command(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """The `aethel` command where a mesh with a store is up."""
    folder = tmp_path_factory.mktemp("client-mesh")
    command = Command(folder, {**PATIENCE, "AETHEL_STORE": str(folder / "store.db")})
    up = command.program("up", "--detach", "--free-ports")
    assert up.code == 0, up.err
    try:
        yield command
    finally:
        assert command("down").code == 0


@pytest.fixture(scope="session")
def address(mesh_command: Command) -> str:
    """Where the mesh answers."""
    run = RunFile(mesh_command.state_dir.absolute()).read()
    assert run is not None
    return str(run.address_of(Process.ORCHESTRATOR))
