"""The public data beside the repository, read as rows that a caller would send."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.tools import REPOSITORY

FOLDER = REPOSITORY.parent / "shared" / "corpora"


def lines(name: str) -> list[tuple[dict[str, Any], bytes]]:
    """Every case of one file, with the line a caller would send for it; skips where the folder is absent.

    The line keeps the case's own text of its input, so that no number passes through a reader of this test.
    """
    path = FOLDER / f"{name}.jsonl"
    if not path.is_file():
        pytest.skip("../shared/corpora is absent")
    return list(_read(path.read_text(encoding="utf-8").splitlines()))


def _read(cases: list[str]) -> Iterator[tuple[dict[str, Any], bytes]]:
    for text in cases:
        case = json.loads(text)
        _, _, after = text.partition('"input": ')
        _, end = json.JSONDecoder().raw_decode(after)
        line = f'{{"id": {json.dumps(case["id"])}, "transaction": {after[:end]}}}'
        yield case, line.encode()
