"""Certificates of this process: as a server, read again when their files change, and as a client."""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass
from pathlib import Path

import grpc

from aethel.runtime.access import TLS_CA, TLS_CERT, TLS_CLIENT_CA, TLS_KEY, Access
from aethel.runtime.logs import EventLog
from aethel.runtime.settings import SettingsError

MAX_PEM_BYTES = 1_048_576
"""Bytes of one file of certificates or keys: the authorities of all browsers together take a quarter of it."""

_log = EventLog(__name__)

_State = tuple[tuple[int, int, int, int], ...]


class _Unusable(Exception):
    """The files cannot be used; the text says which and why."""


@dataclass(frozen=True, slots=True)
class _Files:
    """Certificate and key of a server, and the authorities of its callers where they must show certificates."""

    cert: Path
    key: Path
    client_ca: Path | None

    def state(self) -> _State:
        """What changes with the files; a mounted secret changes its links, so links are followed."""
        found = [path.stat() for path in (self.cert, self.key, self.client_ca) if path is not None]
        return tuple((one.st_dev, one.st_ino, one.st_size, one.st_mtime_ns) for one in found)

    def configuration(self) -> tuple[_State, grpc.ServerCertificateConfiguration]:
        """What the files hold, once it is known to fit together; raises _Unusable."""
        try:
            before = self.state()
            pair = _read(self.key, TLS_KEY.name), _read(self.cert, TLS_CERT.name)
            authorities = None if self.client_ca is None else _read(self.client_ca, TLS_CLIENT_CA.name)
            _check(self.cert, self.key, self.client_ca)
            if self.state() != before:
                raise _Unusable("the certificate files change at the moment")
        except OSError as error:
            raise _Unusable(f"{TLS_CERT.name} and {TLS_KEY.name} cannot be used: {_reason(error)}") from error
        return before, grpc.ssl_server_certificate_configuration([pair], authorities)


class _Renewed:
    """Fetches the configuration for each handshake, on gRPC's threads: another one only when the files changed.

    Files that cannot be used, which is usual halfway through a rotation, leave what was there before.
    """

    def __init__(self, files: _Files, state: _State) -> None:
        self._files = files
        self._state = state
        self._seen: _State | None = state
        self._lock = threading.Lock()

    def __call__(self) -> grpc.ServerCertificateConfiguration | None:
        with self._lock:
            now = None
            try:
                now = self._files.state()
                if now == self._state:
                    return None
                self._state, configuration = self._files.configuration()
            except (OSError, _Unusable):
                self._say_unusable(now)
                return None
            _log.info("certificates were renewed", setting=TLS_CERT.name)
            return configuration

    def _say_unusable(self, state: _State | None) -> None:
        """Once for each state of the files: callers decide how many handshakes there are."""
        if state != self._seen:
            self._seen = state
            _log.error("new certificates cannot be used, the old ones stay", setting=TLS_CERT.name)


def server_credentials(access: Access) -> grpc.ServerCredentials | None:
    """Credentials of a server, None where it has no certificate; raises SettingsError where the files are unusable."""
    if access.cert is None or access.key is None:
        return None
    files = _Files(access.cert, access.key, access.client_ca)
    try:
        state, configuration = files.configuration()
    except _Unusable as error:
        raise SettingsError((str(error),)) from error
    return grpc.dynamic_ssl_server_credentials(
        configuration,
        _Renewed(files, state),  # type: ignore[arg-type]  # it may return None, which the stubs leave out
        require_client_authentication=access.client_ca is not None,
    )


def channel_credentials(access: Access) -> grpc.ChannelCredentials | None:
    """Credentials of a channel that is opened now, None without TLS; raises SettingsError like `server_credentials`."""
    if access.ca is None:
        return None
    try:
        authorities = _read(access.ca, TLS_CA.name)
        if access.cert is None or access.key is None:
            return grpc.ssl_channel_credentials(authorities)
        _check(access.cert, access.key, access.ca)
        key, cert = _read(access.key, TLS_KEY.name), _read(access.cert, TLS_CERT.name)
    except (OSError, _Unusable) as error:
        reason = str(error) if isinstance(error, _Unusable) else f"certificates cannot be used: {_reason(error)}"
        raise SettingsError((reason,)) from error
    return grpc.ssl_channel_credentials(authorities, key, cert)


def _read(path: Path, setting: str) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_PEM_BYTES + 1)
    except OSError as error:
        raise _Unusable(f"{setting} names `{path}`, which cannot be read: {_reason(error)}") from error
    if len(content) > MAX_PEM_BYTES:
        raise _Unusable(f"{setting} names `{path}` with more than {MAX_PEM_BYTES} bytes")
    return content


def _check(cert: Path, key: Path, authorities: Path | None) -> None:
    """Raise OSError, of which SSLError is a kind, unless certificate, key and authorities can be used together."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    if authorities is not None:
        context.load_verify_locations(authorities)


def _reason(error: OSError) -> str:
    return (getattr(error, "reason", None) or error.strerror or str(error)).lower()
