"""Bearer tokens: only the one that was shown fits what is kept."""

import pytest

from aethel.clients.tokens import NOBODYS, Kept, Shown, new_token, token_shown


def shown(text: str) -> Shown:
    found = token_shown(f"Bearer {text}")
    assert found is not None
    return found


def test_a_token_fits_what_is_kept_of_it_and_of_no_other() -> None:
    (mine, kept), (other, _) = new_token(), new_token()
    assert kept.fits(shown(mine))
    assert not kept.fits(shown(other))
    assert not NOBODYS.fits(shown(mine))


def test_what_is_kept_does_not_hold_the_secret() -> None:
    text, kept = new_token()
    assert text.split(".")[2] not in repr(kept)


def test_a_token_is_found_by_its_id() -> None:
    text, kept = new_token()
    assert shown(text).id == kept.id


def test_a_secret_holds_256_bits_and_is_another_each_time() -> None:
    secrets = {new_token()[0].split(".")[2] for _ in range(50)}
    assert len(secrets) == 50
    assert {len(secret) for secret in secrets} == {43}


@pytest.mark.parametrize(
    "broken",
    ["", "Basic {}", "Bearer  {}", "Bearer {}x", "Bearer x{}", "{}", "Bearer {}.", "Bearer {}\u00e9"],
)
def test_what_is_no_token_is_none(broken: str) -> None:
    assert token_shown(broken.format(new_token()[0])) is None


@pytest.mark.parametrize("wrong", [("0", "0" * 32, "0" * 64), ("0" * 16, "G" * 32, "0" * 64), ("0" * 16, "0" * 32, "")])
def test_what_is_no_hash_is_not_kept(wrong: tuple[str, str, str]) -> None:
    with pytest.raises(ValueError, match="hexadecimal digits"):
        Kept(*wrong)
