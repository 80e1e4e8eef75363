"""Keys are announced before they sign, published after, and a rotation is seen by whoever has the folder open."""

import json
import os
import stat
from pathlib import Path

import pytest

from aethel.token.folder import PUBLISHED_S, KeyFolder
from aethel.token.ring import (
    KEPT_MS,
    MAX_KEYS,
    Key,
    KeyRefused,
    KeyRing,
    KeyState,
    KeysUnusable,
    jwks,
    ring_from_bytes,
    ring_to_bytes,
)
from tests.token.tokens import signing_folder


def kid_that_signs(folder: KeyFolder) -> str:
    signer = folder.signer()
    assert signer is not None
    return signer.kid


def test_an_empty_folder_signs_nothing(tmp_path: Path) -> None:
    assert KeyFolder(tmp_path / "none").signer() is None
    assert KeyFolder(tmp_path / "none").ring() == KeyRing()


def test_a_new_key_is_published_before_it_signs(tmp_path: Path) -> None:
    folder = signing_folder(tmp_path)
    old = kid_that_signs(folder)
    new = folder.create()
    assert kid_that_signs(folder) == old
    assert [one["kid"] for one in json.loads(json.dumps(jwks(folder.ring())))["keys"]] == [old, new.kid]
    with pytest.raises(KeyRefused, match=f"at least {PUBLISHED_S} s"):
        folder.rotate()
    assert kid_that_signs(folder) == old


def test_a_rotation_is_seen_without_a_restart(tmp_path: Path) -> None:
    operator, replica = signing_folder(tmp_path), KeyFolder(tmp_path)
    old = kid_that_signs(replica)
    signature = operator.signer().sign(b"before")  # type: ignore[union-attr]
    new = operator.create()
    operator.rotate(published_s=0)
    assert kid_that_signs(replica) == new.kid
    assert replica.verifies(old, b"before", signature)
    assert [key.state for key in replica.ring().keys] == [KeyState.RETIRED, KeyState.SIGNING]


def test_nothing_is_read_again_while_nothing_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = signing_folder(tmp_path)
    kid = kid_that_signs(folder)
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("a file was opened"))
    assert kid_that_signs(folder) == kid


def test_the_private_key_of_a_retired_one_is_gone(tmp_path: Path) -> None:
    folder = signing_folder(tmp_path)
    new = folder.create()
    folder.rotate(published_s=0)
    assert [path.name for path in tmp_path.glob("*.pem")] == [f"{new.kid}.pem"]


def test_a_private_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    signing_folder(tmp_path)
    (private,) = tmp_path.glob("*.pem")
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    private.chmod(0o604)
    with pytest.raises(KeysUnusable, match="0600"):
        KeyFolder(tmp_path).signer()


def test_a_stolen_key_is_believed_no_longer(tmp_path: Path) -> None:
    folder, replica = signing_folder(tmp_path), KeyFolder(tmp_path)
    kid = kid_that_signs(replica)
    signature = replica.signer().sign(b"text")  # type: ignore[union-attr]
    with pytest.raises(KeyRefused, match="signs"):
        folder.retire(kid)
    folder.withdraw(kid)
    assert not replica.verifies(kid, b"text", signature)
    assert replica.signer() is None


def test_a_key_that_was_only_announced_can_be_retired(tmp_path: Path) -> None:
    folder = signing_folder(tmp_path)
    kid = folder.create().kid
    folder.retire(kid)
    with pytest.raises(KeyRefused, match="announced"):
        folder.rotate(published_s=0)


def test_long_retired_keys_go_and_others_stay() -> None:
    old, late, last, new = (Key(bytes([number]) * 32, KeyState.RETIRED, number) for number in (1, 2, 3, 4))
    ring = KeyRing((old, late, Key(last.public, KeyState.SIGNING, 3), Key(new.public, KeyState.ANNOUNCED, 4)))
    rotated = ring.rotated(KEPT_MS + 2, published_ms=0)
    assert [key.public[0] for key in rotated.keys] == [2, 3, 4]


def test_keys_are_bounded() -> None:
    ring = KeyRing(tuple(Key(bytes([number]) * 32, KeyState.ANNOUNCED, 0) for number in range(MAX_KEYS)))
    with pytest.raises(KeyRefused, match="withdraw"):
        ring.announced(Key(bytes([255]) * 32, KeyState.ANNOUNCED, 0))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"signing"', b'"shining"'),
        (b"aethel-keys/1", b"aethel-keys/2"),
        (b'"since_ms": 5', b'"since_ms": 5.5'),
        (b'"since_ms": 5,', b'"since_ms": 5, "since_ms": 5,'),
        (b'"since_ms": 5,', b""),
        (b'"announced"', b'"signing"'),
        (b'"x": "A', b'"x": "B'),
        (b'"keys": [', b'"keys": {'),
    ],
)
def test_a_list_of_keys_that_is_not_ours_is_not_used(old: bytes, new: bytes) -> None:
    keys = (Key(b"\1" * 32, KeyState.SIGNING, 5), Key(b"\2" * 32, KeyState.ANNOUNCED, 6))
    data = ring_to_bytes(KeyRing(keys))
    assert ring_from_bytes(data) == KeyRing(keys)
    assert old in data
    with pytest.raises(KeysUnusable):
        ring_from_bytes(data.replace(old, new))


@pytest.mark.parametrize("spoil", ["missing", "empty", "other"])
def test_a_private_key_that_is_not_the_named_one_signs_nothing(tmp_path: Path, spoil: str) -> None:
    signing_folder(tmp_path / "keys")
    (private,) = (tmp_path / "keys").glob("*.pem")
    if spoil == "missing":
        private.unlink()
    elif spoil == "empty":
        private.write_bytes(b"")
    else:
        signing_folder(tmp_path / "others")
        (other,) = (tmp_path / "others").glob("*.pem")
        private.write_bytes(other.read_bytes())
    with pytest.raises(KeysUnusable):
        KeyFolder(tmp_path / "keys").signer()


def test_a_folder_that_is_mounted_anew_is_seen(tmp_path: Path) -> None:
    """As Kubernetes replaces a mounted secret: one link is turned to another folder."""
    first, second = signing_folder(tmp_path / "1"), signing_folder(tmp_path / "2")
    (tmp_path / "data").symlink_to("1")
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    for folder in (first, second):
        (mounted / f"{kid_that_signs(folder)}.pem").symlink_to(f"../data/{kid_that_signs(folder)}.pem")
    (mounted / "keys.json").symlink_to("../data/keys.json")
    replica = KeyFolder(mounted)
    assert kid_that_signs(replica) == kid_that_signs(first)
    (tmp_path / "next").symlink_to("2")
    os.replace(tmp_path / "next", tmp_path / "data")  # noqa: PTH105  the word for what is done
    assert kid_that_signs(replica) == kid_that_signs(second)
