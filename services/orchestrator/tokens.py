"""The tokens of this mesh: from the setting that names their keys, and for each approval that is reserved."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

from aethel.request import Question
from aethel.runtime.catalogue import KEYS_DIR
from aethel.runtime.logs import EventLog
from aethel.runtime.settings import Settings, SettingsError
from aethel.store.commit import Reserved, Terms
from aethel.store.footprint import Owner
from aethel.token.claims import Approval, Names
from aethel.token.folder import KeyFolder
from aethel.token.minting import NoKey, Tokens
from aethel.token.place import keys_folder
from aethel.token.ring import KeysUnusable
from aethel.verdict import UNTOKENED, MOEResult
from aethel.wire.convert_rules import rules_to_proto

__all__ = ["Tokens", "minting", "open_tokens"]

_log = EventLog(__name__)


def open_tokens(settings: Settings) -> Tokens:
    """The tokens of this mesh; raises SettingsError where the keys are there and cannot be used."""
    folder = KeyFolder(keys_folder(settings))
    try:
        if folder.signer() is None:
            _log.warning("no key signs tokens")
    except KeysUnusable as error:
        raise SettingsError((f"{KEYS_DIR.name} names keys that cannot be used: {error}",)) from error
    return Tokens(folder, Names(settings.token_issuer, settings.token_audience))


def minting(
    tokens: Tokens | None, owner: Owner, question: Question, terms: Terms, answer: MOEResult, hold_ms: int
) -> Callable[[MOEResult, Reserved], MOEResult]:
    """What gives an answer the token of its reservation, or says in it that there is none."""
    rules = hashlib.sha256(rules_to_proto(question.rules).SerializeToString(deterministic=True)).hexdigest()
    try:
        if tokens is None:
            raise NoKey("this mesh has no keys")
        mint = tokens.minting(Approval(owner, question, terms.asked, terms.footprint, answer, rules), hold_ms)
    except NoKey as error:
        _log.error("an approval has no token", exception=error, request_id=owner.id)
        return lambda given, _: replace(given, assumptions=(*given.assumptions, UNTOKENED))
    return lambda given, reserved: replace(given, token=mint(reserved))
