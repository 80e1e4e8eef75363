"""What `DEMAND_TOOLS` promises, seen from outside: pytest run on small files that skip."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")


def run_pytest(folder: Path, body: str, *, demanded: bool) -> str:
    """The closing line of pytest on one test file that stands beside our conftest."""
    shutil.copy(CONFTEST, folder / "conftest.py")
    (folder / "test_subject.py").write_text(f"import pytest\n{body}\n")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DEMAND"))}
    environ |= {"DEMAND_TOOLS": "1"} if demanded else {}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, str(folder)]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=50, check=False)
    return done.stdout.strip().splitlines()[-1]


SKIPPED_TEST = "def test_it(): pytest.skip('`helm` is not installed')"
SKIPPED_MODULE = "pytest.skip('no z3', allow_module_level=True)"
WITHOUT_DATA = "def test_it(): pytest.skip('../shared/corpora is absent')"


@pytest.mark.parametrize("body", [SKIPPED_TEST, SKIPPED_MODULE])
def test_a_missing_program_skips_at_home(tmp_path: Path, body: str) -> None:
    assert "1 skipped" in run_pytest(tmp_path, body, demanded=False)


def test_a_missing_program_fails_where_it_is_demanded(tmp_path: Path) -> None:
    assert "1 failed" in run_pytest(tmp_path, SKIPPED_TEST, demanded=True)


def test_a_skipped_module_fails_where_programs_are_demanded(tmp_path: Path) -> None:
    assert "1 error" in run_pytest(tmp_path, SKIPPED_MODULE, demanded=True)


def test_the_public_data_may_be_absent_everywhere(tmp_path: Path) -> None:
    assert "1 skipped" in run_pytest(tmp_path, WITHOUT_DATA, demanded=True)
