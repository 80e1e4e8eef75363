"""Certificates for a mesh on one machine: an authority, what the processes show, and what a client shows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from aethel.runtime.access import TLS_PEER

DAYS = 30
"""Days that a development certificate is good for: what is forgotten on a laptop ends by itself."""

CLIENT_IDENTITY = "spiffe://aethel/client/dev"
"""The identity of the development client."""

_SKEW = timedelta(minutes=5)
"""How far clocks may differ: a new certificate is good from so long ago."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


@dataclass(frozen=True, slots=True)
class Minted:
    """The files of a folder of development certificates."""

    folder: Path

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    def cert(self, who: str) -> Path:
        """The certificate of `mesh` or `client`."""
        return self.folder / f"{who}.pem"

    def key(self, who: str) -> Path:
        """The key of that certificate."""
        return self.folder / f"{who}.key"

    def of_processes(self) -> dict[str, str]:
        """The settings of the processes of the mesh."""
        return {**self._shown("mesh"), "AETHEL_TLS_CLIENT_CA": str(self.ca)}

    def of_clients(self) -> dict[str, str]:
        """The settings of whoever asks it."""
        return self._shown("client")

    def _shown(self, who: str) -> dict[str, str]:
        return {
            "AETHEL_TLS_CA": str(self.ca),
            "AETHEL_TLS_CERT": str(self.cert(who)),
            "AETHEL_TLS_KEY": str(self.key(who)),
        }


def mint(folder: Path) -> Minted:
    """Write new certificates into a folder, over what is there; raises OSError.

    The key of the authority is not kept: nobody can be certified beside those two.
    """
    minted = Minted(folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority = new_authority("Aethel development")
    own_names = ("localhost", "127.0.0.1", "::1", TLS_PEER.default)
    for who, names in (("mesh", own_names), ("client", (CLIENT_IDENTITY,))):
        signed = sign(authority, who, names)
        _write(minted.key(who), signed.key_pem)
        _write(minted.cert(who), signed.certificate_pem)
    _write(minted.ca, authority.certificate_pem)
    return minted


def new_authority(name: str) -> Signed:
    """An authority of its own."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _named(name)
    made = _begun(subject, subject, key, _until(None)).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), True
    )
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    return Signed(made.add_extension(usage, True).sign(key, hashes.SHA256()), key)


def sign(authority: Signed, name: str, identities: Sequence[str], not_after: datetime | None = None) -> Signed:
    """A certificate for identities: URIs, IP addresses and DNS names; good for `DAYS` unless said otherwise."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.certificate.subject
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    made = (
        _begun(_named(name), issuer, key, _until(not_after))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(x509.ExtendedKeyUsage(usages), False)
        .add_extension(x509.SubjectAlternativeName([_alternative(identity) for identity in identities]), False)
    )
    return Signed(made.sign(authority.key, hashes.SHA256()), key)


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, not_after: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(datetime.now(UTC), not_after) - _SKEW)
        .not_valid_after(not_after)
    )


def _until(not_after: datetime | None) -> datetime:
    return datetime.now(UTC) + timedelta(days=DAYS) if not_after is None else not_after


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _alternative(identity: str) -> x509.GeneralName:
    if "://" in identity:
        return x509.UniformResourceIdentifier(identity)
    try:
        return x509.IPAddress(ip_address(identity))
    except ValueError:
        return x509.DNSName(identity)


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
