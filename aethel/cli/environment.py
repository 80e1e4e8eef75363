"""The settings of the command, read from the environment like those of every process."""

from __future__ import annotations

import os

from aethel.cli.exits import usage
from aethel.runtime.settings import Process, SettingRow, Settings, SettingsError, read_settings, setting_rows


def settings() -> Settings:
    """The settings as the orchestrator reads them; raises `CommandError` where one is wrong."""
    try:
        return read_settings(os.environ, Process.ORCHESTRATOR)
    except SettingsError as error:
        raise usage(str(error)) from error


def rows(process: Process) -> tuple[SettingRow, ...]:
    """Every setting as one process would read it; raises `CommandError` where one is wrong."""
    try:
        return setting_rows(os.environ, process)
    except SettingsError as error:
        raise usage(str(error)) from error
