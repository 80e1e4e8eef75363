"""The key of a mesh on one machine, made where there is none, so that approvals can be redeemed without any setup."""

from __future__ import annotations

from aethel.runtime.settings import Settings
from aethel.token.place import keys_folder
from aethel.token.ring import KeyRing, KeysUnusable


def mint_development_key(settings: Settings) -> None:
    """Make a key that signs at once where the state folder has none; a folder that is named elsewhere stays as it is.

    Nobody can know a key of this folder yet, so that there is nobody to announce it to.
    """
    if settings.keys_dir is not None:
        return
    try:
        from aethel.token.folder import KeyFolder  # noqa: PLC0415  signing needs a library that is optional
    except ModuleNotFoundError:
        return  # the orchestrator needs it too, and says so
    folder = KeyFolder(keys_folder(settings))
    try:
        if folder.ring() == KeyRing():
            folder.create()
            folder.rotate(published_s=0)
    except KeysUnusable:
        return  # the orchestrator says what is wrong with them
