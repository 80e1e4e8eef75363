"""Tokens of one small approval, and the keys that sign them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from aethel.request import Context, Question
from aethel.store.asked import footprint_of, subject_of
from aethel.store.footprint import Owner
from aethel.token.claims import Approval, Names, claims_of
from aethel.token.folder import KeyFolder
from aethel.token.minting import written
from aethel.verdict import Consensus, MOEResult
from token_verifier import Expected

NAMES = Names("mesh", "rail")
TEXT = b"intent pay() {}"
EXPIRES_MS = 1_800_000_000_500
HOLD_MS = 300_000
DURING_S = 1_799_999_900
ABOUT = Expected("mesh", "rail", "shop", "t1", TEXT, {"amount": "10"}, {"payee": "DE02"})


def signing_folder(path: Path) -> KeyFolder:
    """A folder with one key, which signs."""
    folder = KeyFolder(path)
    folder.create()
    folder.rotate(published_s=0)
    return folder


SHOP = Owner("shop", "t1")


def claims(owner: Owner = SHOP, names: Names = NAMES) -> dict[str, object]:
    """What the token of the approval says."""
    context = Context(accounts={"payee": "DE02"})
    question = Question(owner.id, TEXT, arguments={"amount": "10"}, context=context)
    answer = MOEResult(owner.id, Consensus.APPROVED, Decimal(1), program_digest="ab" * 32)
    approval = Approval(owner, question, subject_of(question), footprint_of(question), answer, "cd" * 32)
    return claims_of(names, approval, 1, EXPIRES_MS, HOLD_MS)


def token(folder: KeyFolder, said: Mapping[str, object] | None = None) -> str:
    """The signed token."""
    signer = folder.signer()
    assert signer is not None
    return written(signer, claims() if said is None else said)
