"""What docs/client.md shows is run as it stands, one example after another, against a real mesh."""

from typing import Any

import pytest

from tests.documents import blocks
from tests.tools import REPOSITORY

DOCUMENT = REPOSITORY / "docs" / "client.md"


def test_every_example_of_the_client_page_runs(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    shown = [block for block in blocks(DOCUMENT) if block.words == ("python",)]
    assert shown
    for block in shown:
        source = "\n".join(block.lines).replace("127.0.0.1:50050", address)
        exec(compile("\n" * block.line_number + source, DOCUMENT.name, "exec"), names)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "REJECTED False"
    assert "paid 60" in said
    assert said[-1] == "`order-17` was used before, expected an id that is new"
