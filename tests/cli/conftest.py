"""One mesh for the tests that only ask, and state folders for those that start and stop their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import Command

PATIENCE = {
    "AETHEL_Z3_TIMEOUT_NORMAL": "4000",
    "AETHEL_SENTINEL_TIMEOUT": "4000",
    "AETHEL_GUARDIAN_TIMEOUT": "4000",
}
"""More for the quick experts, so that a busy machine makes none of them late, and less for what nobody can prove."""


@pytest.fixture
def aethel(tmp_path: Path) -> Command:
    """The command where no mesh is up."""
    return Command(tmp_path / "state", PATIENCE)


@pytest.fixture(scope="session")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """The command where a mesh is up, for tests that leave it as it is."""
    command = Command(tmp_path_factory.mktemp("mesh"), PATIENCE)
    up = command.program("up", "--detach", "--free-ports")
    assert up.code == 0, up.err
    try:
        yield command
    finally:
        assert command("down").code == 0


@pytest.fixture
def own_mesh(aethel: Command) -> Iterator[Command]:
    """The command where a mesh is up that the test may hurt."""
    up = aethel.program("up", "--detach", "--free-ports")
    assert up.code == 0, up.err
    try:
        yield aethel
    finally:
        aethel("down", "--grace-s", "2")
