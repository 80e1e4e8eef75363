"""Where the keys of a mesh are, by its settings."""

from __future__ import annotations

from pathlib import Path

from aethel.runtime.settings import Settings

EMBEDDED = "keys"
"""The folder in the state folder where nothing else is said."""


def keys_folder(settings: Settings) -> Path:
    """The folder of the keys."""
    return settings.state_dir / EMBEDDED if settings.keys_dir is None else settings.keys_dir
