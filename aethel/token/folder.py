"""The folder of the keys, which all replicas read: the list of keys, and beside it a file for each private one."""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from aethel.token.ring import MAX_RING_BYTES, Key, KeyRing, KeyState, KeysUnusable, ring_from_bytes, ring_to_bytes

RING = "keys.json"

PRIVATE_MODE = 0o600

MAX_PRIVATE_BYTES = 4_096
"""Bytes of a private key file that are read; a real one has about 120."""

PUBLISHED_S = 600
"""Time that a key is published before it signs, in seconds: longer than verifiers may keep the published keys."""

LOOKS = 3
"""Times the folder is read again where it changes while it is read."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was read, and the marks of the file by which a change is noticed."""

    marks: tuple[int, ...]
    ring: KeyRing
    private: Ed25519PrivateKey | None


class KeyFolder:
    """Reads the keys, and again as soon as they change; safe for threads. `path` need not exist yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen = _Seen((), KeyRing(), None)

    def ring(self) -> KeyRing:
        """The keys as they are now, none where the folder has none; raises KeysUnusable."""
        return self._look().ring

    def signer(self) -> Signer | None:
        """Who signs now; None where no key does. Raises KeysUnusable."""
        seen = self._look()
        if seen.ring.signing is None or seen.private is None:
            return None
        return Signer(seen.ring.signing.kid, seen.private)

    def verifies(self, kid: str, message: bytes, signature: bytes) -> bool:
        """Whether a published key of that name made the signature; raises KeysUnusable."""
        key = self.ring().key(kid)
        if key is None:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def create(self) -> Key:
        """Make a key and announce it; raises KeysUnusable and KeyRefused, and OSError where it cannot be written."""
        private, key = _fresh()
        with self._alone() as ring:
            after = ring.announced(key)
            pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            # The private key is there before anybody can be told to sign with it.
            _write(self._private(key.kid), pem, PRIVATE_MODE)
            self._put(after)
        return key

    def rotate(self, published_s: int = PUBLISHED_S) -> Key:
        """Let the announced key sign and retire the other, whose private key is deleted; returns the one that signs.

        Raises KeyRefused where none was announced at least `published_s` ago, KeysUnusable, and OSError.
        """
        with self._alone() as ring:
            after = ring.rotated(_now_ms(), published_s * 1000)
            assert after.signing is not None
            try:
                self._load(after.signing)
            except _Moved as error:
                raise KeysUnusable(f"the private key of `{after.signing.kid}` is not in `{self.path}`") from error
            self._put(after)
        return after.signing

    def retire(self, kid: str) -> None:
        """Retire a key that was announced; raises KeyRefused for the one that signs, KeysUnusable, and OSError."""
        with self._alone() as ring:
            self._put(ring.retired(kid, _now_ms()))

    def withdraw(self, kid: str) -> None:
        """Take a key back, as when it was stolen: no token of it is accepted from now on. Raises like `retire`."""
        with self._alone() as ring:
            self._put(ring.withdrawn(kid))

    def _look(self) -> _Seen:
        for _ in range(LOOKS):
            try:
                marks = _marks(self.path / RING)
                if marks != self._seen.marks:
                    self._seen = self._read(marks)
            except _Moved:
                continue
            return self._seen
        raise KeysUnusable(f"the private key that signs is not in `{self.path}`")

    def _read(self, marks: tuple[int, ...]) -> _Seen:
        ring = self._ring(marks)
        return _Seen(marks, ring, None if ring.signing is None else self._load(ring.signing))

    def _ring(self, marks: tuple[int, ...]) -> KeyRing:
        return ring_from_bytes(_bounded(self.path / RING, MAX_RING_BYTES)) if marks else KeyRing()

    def _load(self, key: Key) -> Ed25519PrivateKey:
        path = self._private(key.kid)
        data = _bounded(path, MAX_PRIVATE_BYTES, is_secret=True)
        try:
            private = load_pem_private_key(data, password=None)
        except (ValueError, TypeError) as error:
            raise KeysUnusable(f"`{path}` is no private key in PEM") from error
        if not isinstance(private, Ed25519PrivateKey):
            raise KeysUnusable(f"`{path}` is no Ed25519 key")
        if private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw) != key.public:
            raise KeysUnusable(f"`{path}` is another key than its name says")
        return private

    def _put(self, ring: KeyRing) -> None:
        """Replace the list as a whole, then delete the private keys that never sign again."""
        _write(self.path / RING, ring_to_bytes(ring), 0o644)
        needed = {self._private(key.kid) for key in ring.keys if key.state is not KeyState.RETIRED}
        for path in self.path.glob("*.pem"):
            if path not in needed:
                path.unlink(missing_ok=True)

    def _private(self, kid: str) -> Path:
        return self.path / f"{kid}.pem"

    @contextmanager
    def _alone(self) -> Iterator[KeyRing]:
        """The keys while nobody else changes them."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield self._ring(_marks(self.path / RING))
        finally:
            os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Signer:
    """One private key and its name."""

    kid: str
    private: Ed25519PrivateKey

    def sign(self, message: bytes) -> bytes:
        """The signature of RFC 8032, the same for the same message."""
        return self.private.sign(message)


class _Moved(Exception):
    """A file went away between two looks: the list names another key by now."""


def _marks(path: Path) -> tuple[int, ...]:
    """What differs once a file was replaced or written; nothing where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise _unreadable(path, error) from error
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size


def _bounded(path: Path, most_bytes: int, *, is_secret: bool = False) -> bytes:
    """A small file as a whole; a secret one that everybody may read is refused."""
    try:
        with path.open("rb") as stream:
            if is_secret and stat.S_IMODE(os.fstat(stream.fileno()).st_mode) & stat.S_IRWXO:
                raise KeysUnusable(f"`{path}` can be read by everybody, expected the mode 0600")
            return stream.read(most_bytes + 1)
    except FileNotFoundError as error:
        raise _Moved from error
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> KeysUnusable:
    return KeysUnusable(f"cannot read `{path}`: {(error.strerror or str(error)).lower()}")


def _write(path: Path, data: bytes, mode: int) -> None:
    """Replace a file as a whole, durably; nobody ever sees it with other rights or half written."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".new")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            os.fchmod(descriptor, mode)
            stream.write(data)
            stream.flush()
            os.fsync(descriptor)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _fresh() -> tuple[Ed25519PrivateKey, Key]:
    """A new key, not signing yet, whose name is no option of a command line."""
    while True:
        private = Ed25519PrivateKey.generate()
        public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        key = Key(public, KeyState.ANNOUNCED, _now_ms())
        if not key.kid.startswith("-"):
            return private, key


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
