"""Ed25519 of the stand-alone verifier: the vectors of RFC 8032, and agreement with a library on what is forged."""

import random

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from token_verifier import NEUTRAL, ORDER, P, is_signature, multiplied, point, written

VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
            "655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
            "b00d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
            "c027beceea1ec40a"
        ),
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        (
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e"
            "2a9ac94fa54ca49f"
        ),
        (
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17a"
            "d9bef1177331a704"
        ),
    ),
]
"""Public key, message and signature of tests 1, 2, 3 and SHA(abc) of RFC 8032, section 7.1."""

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
MESSAGE = b"pay"
SIGNATURE = KEY.sign(MESSAGE)

SMALL_ORDER = sorted(
    {
        written(multiplied(ORDER, torsion))
        for y in range(2, 40)
        if (torsion := point(y.to_bytes(32, "little"))) is not None
    }
)
"""Points of small order: what is left of any point when the prime order is taken out."""


def by_library(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_the_vectors_of_the_standard_hold(public: str, message: str, signature: str) -> None:
    assert is_signature(bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature))


def test_a_scalar_that_is_not_reduced_is_refused() -> None:
    scalar = int.from_bytes(SIGNATURE[32:], "little") + ORDER
    assert not is_signature(PUBLIC, MESSAGE, SIGNATURE[:32] + scalar.to_bytes(32, "little"))


def test_a_key_of_small_order_is_no_key() -> None:
    assert len(SMALL_ORDER) >= 4
    anything = written(NEUTRAL) + bytes(32)  # R neutral and S zero satisfy the equation under such a key for many texts
    assert not any(is_signature(key, bytes([text]), anything) for key in SMALL_ORDER for text in range(8))


@pytest.mark.parametrize("number", [P, P + 1, 2**255 - 1, 2**255 + 1], ids=["p", "p + 1", "most", "minus zero"])
def test_a_point_has_one_form(number: int) -> None:
    assert point(number.to_bytes(32, "little")) is None


def agreed(rounds: int) -> None:
    chance = random.Random(7)
    for _ in range(rounds):
        parts = [bytearray(PUBLIC), bytearray(MESSAGE), bytearray(SIGNATURE)]
        part = chance.choice(parts)
        part[chance.randrange(len(part))] ^= 1 << chance.randrange(8)
        public, message, signature = (bytes(one) for one in parts)
        assert is_signature(public, message, signature) is by_library(public, message, signature) is False


def test_library_and_verifier_agree_on_what_is_right_and_forged() -> None:
    assert is_signature(PUBLIC, MESSAGE, SIGNATURE)
    assert by_library(PUBLIC, MESSAGE, SIGNATURE)
    agreed(20)


@pytest.mark.full
def test_library_and_verifier_agree_on_a_thousand_forgeries() -> None:
    agreed(1_000)


@pytest.mark.full
def test_library_and_verifier_agree_on_what_many_keys_sign() -> None:
    for number in range(300):
        key = Ed25519PrivateKey.generate()
        text = bytes(number)
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        assert is_signature(public, text, key.sign(text))
