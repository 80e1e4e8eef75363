"""How every test runs: repeatable examples, as many as the run has time for, and no silent skip where all programs are
demanded."""

import os
from collections.abc import Generator

import hypothesis
import pytest

DEMANDED = os.environ.get("DEMAND_TOOLS") == "1"
"""Set by continuous integration: a skip is a failure there, since it means that something was not installed."""

OPTIONAL_DATA = "shared/corpora"
"""The one thing that may be absent everywhere: a folder of public data beside the repository."""

hypothesis.settings.register_profile(
    "repeatable", derandomize=True, deadline=None, database=None, print_blob=True, max_examples=10
)
hypothesis.settings.register_profile("thorough", parent=hypothesis.settings.get_profile("repeatable"), max_examples=400)
hypothesis.settings.register_profile("searching", parent=hypothesis.settings.get_profile("thorough"), derandomize=False)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of a test into a failure where programs are demanded."""
    report = yield
    _demand(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn the skip of a whole module into a failure where programs are demanded."""
    report = yield
    _demand(report)
    return report


def _demand(report: pytest.TestReport | pytest.CollectReport) -> None:
    if not (DEMANDED and report.skipped) or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if OPTIONAL_DATA not in reason:
        report.outcome = "failed"
        report.longrepr = f"{reason}; DEMAND_TOOLS is set, so nothing may be missing"
