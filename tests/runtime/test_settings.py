"""Settings: read once from a mapping, validated together, every mistake a sentence."""

from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import pytest

from aethel.runtime.access import Access
from aethel.runtime.address import Address
from aethel.runtime.catalogue import MODE_TIMEOUTS
from aethel.runtime.declaration import HIDDEN, Declaration, integer
from aethel.runtime.reserved import RESERVED, Reserved
from aethel.runtime.settings import (
    DEFAULT_PORTS,
    LogLevel,
    Process,
    Settings,
    SettingsError,
    read_settings,
    setting_rows,
)


def problems(**environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        read_settings(environ, Process.ORCHESTRATOR)
    return caught.value.problems


def problem(**environ: str) -> str:
    (only,) = problems(**environ)
    return only


@pytest.mark.parametrize("process", Process)
def test_an_empty_environment_gives_every_process_a_port_of_this_machine_only(process: Process) -> None:
    settings = read_settings({}, process)
    assert settings.listen == Address("127.0.0.1", DEFAULT_PORTS[process])


def test_an_empty_environment_gives_the_documented_defaults() -> None:
    assert read_settings({}, Process.ORCHESTRATOR) == Settings(
        process=Process.ORCHESTRATOR,
        listen=Address("127.0.0.1", 50050),
        metrics_listen=None,
        z3_addresses=(Address("127.0.0.1", 50051),),
        sentinel_addresses=(Address("127.0.0.1", 50052),),
        guardian_addresses=(Address("127.0.0.1", 50053),),
        z3_timeout_ms=30_000,
        z3_workers=None,
        z3_worker_memory_mib=1_024,
        sentinel_timeout_ms=100,
        guardian_timeout_ms=50,
        request_timeout_ms=60_000,
        confidence_threshold=Decimal("0.7"),
        uncertainty_threshold=Decimal("0.5"),
        drain_s=65,
        max_message_bytes=4_194_304,
        state_dir=Path(".aethel"),
        rules_file=None,
        store=None,
        reservation_s=300,
        log_level=LogLevel.INFO,
        keys_dir=None,
        token_issuer="aethel",
        token_audience="aethel",
        versions_file=None,
        verdict_cache_bytes=33_554_432,
        orchestrator_address=Address("127.0.0.1", 50050),
        jwks_file=None,
        mode_timeouts_s=(60, 90, 300, 600),
    )


def test_every_setting_can_be_given() -> None:
    environ = {
        "AETHEL_LISTEN": "[::1]:0",
        "AETHEL_METRICS_LISTEN": "localhost:9464",
        "AETHEL_Z3_ADDRESS": "z3.mesh.local:6000",
        "AETHEL_SENTINEL_ADDRESS": "10.0.0.2:6001",
        "AETHEL_GUARDIAN_ADDRESS": "[fd00::1]:6002",
        "AETHEL_Z3_TIMEOUT_NORMAL": "4000",
        "AETHEL_Z3_WORKERS": "3",
        "AETHEL_Z3_WORKER_MEMORY_MIB": "512",
        "AETHEL_SENTINEL_TIMEOUT": "30",
        "AETHEL_GUARDIAN_TIMEOUT": "20",
        "AETHEL_REQUEST_TIMEOUT": "5000",
        "AETHEL_CONSENSUS_CONFIDENCE_THRESHOLD": "1",
        "AETHEL_CONSENSUS_UNCERTAINTY_THRESHOLD": "0.25",
        "AETHEL_DRAIN_SECONDS": "0",
        "AETHEL_MAX_MESSAGE_BYTES": "65536",
        "AETHEL_STATE_DIR": "/var/lib/aethel",
        "AETHEL_RULES_FILE": "/etc/aethel/rules.toml",
        "AETHEL_STORE": "postgresql://aethel:secret@db/aethel",
        "AETHEL_RESERVATION_SECONDS": "60",
        "LOG_LEVEL": "debug",
        "AETHEL_KEYS_DIR": "/etc/aethel/keys",
        "AETHEL_TOKEN_ISSUER": "bank",
        "AETHEL_TOKEN_AUDIENCE": "rail",
        "AETHEL_VERSIONS_FILE": "/etc/aethel/versions.toml",
        "AETHEL_VERDICT_CACHE_BYTES": "0",
        "AETHEL_ORCHESTRATOR_ADDRESS": "mesh.local:6003",
        "AETHEL_JWKS_FILE": "/etc/aethel/jwks.json",
        "MODE1_TIMEOUT": "1",
        "MODE2_TIMEOUT": "2",
        "MODE3_TIMEOUT": "3",
        "MODE4_TIMEOUT": "600",
    }
    assert read_settings(environ, Process.GUARDIAN) == Settings(
        process=Process.GUARDIAN,
        listen=Address("::1", 0),
        metrics_listen=Address("127.0.0.1", 9464),
        z3_addresses=(Address("z3.mesh.local", 6000),),
        sentinel_addresses=(Address("10.0.0.2", 6001),),
        guardian_addresses=(Address("fd00::1", 6002),),
        z3_timeout_ms=4000,
        z3_workers=3,
        z3_worker_memory_mib=512,
        sentinel_timeout_ms=30,
        guardian_timeout_ms=20,
        request_timeout_ms=5000,
        confidence_threshold=Decimal(1),
        uncertainty_threshold=Decimal("0.25"),
        drain_s=0,
        max_message_bytes=65_536,
        state_dir=Path("/var/lib/aethel"),
        rules_file=Path("/etc/aethel/rules.toml"),
        store="postgresql://aethel:secret@db/aethel",
        reservation_s=60,
        log_level=LogLevel.DEBUG,
        keys_dir=Path("/etc/aethel/keys"),
        token_issuer="bank",
        token_audience="rail",
        versions_file=Path("/etc/aethel/versions.toml"),
        verdict_cache_bytes=0,
        orchestrator_address=Address("mesh.local", 6003),
        jwks_file=Path("/etc/aethel/jwks.json"),
        mode_timeouts_s=(1, 2, 3, 600),
    )


def test_the_environment_of_the_process_is_not_read_behind_the_mapping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AETHEL_LISTEN", "127.0.0.1:1")
    assert read_settings({}, Process.Z3).listen.port == DEFAULT_PORTS[Process.Z3]


@pytest.mark.parametrize(
    "text", ["", "0", "-1", "+5", " 5", "5 ", "05", "5.0", "5e1", "1_000", "٥", "²", "600001", "9" * 5000, "0x10"]
)
def test_a_timeout_is_plain_digits_within_its_bounds(text: str) -> None:
    sentence = problem(AETHEL_SENTINEL_TIMEOUT=text)
    assert sentence.startswith("AETHEL_SENTINEL_TIMEOUT is `")
    assert sentence.endswith("`, expected an integer from 1 to 600000, in decimal digits")


@pytest.mark.parametrize(
    "text", ["", "0", "0.0", "1.1", "-0.6", "+0.6", ".6", "6.", "6e-1", "NaN", "0,6", "٠.6", "0.6 "]
)
def test_a_threshold_is_a_plain_decimal_above_0_and_up_to_1(text: str) -> None:
    expected = f"is `{text}`" if text.isascii() else "is `\\u0660.6`"
    sentence = problem(AETHEL_CONSENSUS_CONFIDENCE_THRESHOLD=text)
    assert sentence == (
        f"AETHEL_CONSENSUS_CONFIDENCE_THRESHOLD {expected}, expected a decimal above 0 and up to 1, such as `0.7`"
    )


@pytest.mark.parametrize(
    "text", ["", "50050", ":50050", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80", "1.2.3:80", "a b:80"]
)
def test_an_address_is_a_host_and_a_port(text: str) -> None:
    assert "expected `host:port`" in problem(AETHEL_Z3_ADDRESS=text)


def test_a_peer_may_have_several_addresses() -> None:
    found = read_settings({"AETHEL_Z3_ADDRESS": "a:1, [::1]:2,b:1"}, Process.ORCHESTRATOR).z3_addresses
    assert found == (Address("a", 1), Address("::1", 2), Address("b", 1))


@pytest.mark.parametrize(
    "text", ["a:1,", ",a:1", "a:1,,b:1", "a:1,a:1", "a:1;b:1", ",".join(f"a:{n}" for n in range(1, 66))]
)
def test_several_addresses_are_each_an_address_and_each_another(text: str) -> None:
    assert "different ones separated by commas" in problem(AETHEL_Z3_ADDRESS=text)


def test_a_peer_is_never_found_at_port_0() -> None:
    assert "with a port from 1 to 65535" in problem(AETHEL_Z3_ADDRESS="127.0.0.1:0")


def test_a_name_is_no_address_to_listen_on_since_it_may_mean_several() -> None:
    assert "expected `address:port` with an IP address or `localhost`" in problem(AETHEL_LISTEN="mesh.local:80")


def test_a_log_level_is_one_of_a_closed_set() -> None:
    assert problem(LOG_LEVEL="trace") == "LOG_LEVEL is `trace`, expected one of DEBUG, INFO, WARNING, ERROR"


@pytest.mark.parametrize("text", ["", "0", "257", "core", "Cores", "2.0"])
def test_workers_are_a_number_or_follow_the_cores(text: str) -> None:
    assert problem(AETHEL_Z3_WORKERS=text) == (
        f"AETHEL_Z3_WORKERS is `{text}`, expected `cores` or an integer from 1 to 256, in decimal digits"
    )


@pytest.mark.parametrize("text", ["", "255", "1048577", "1GiB"])
def test_the_memory_of_a_worker_is_told_in_mib(text: str) -> None:
    assert problem(AETHEL_Z3_WORKER_MEMORY_MIB=text) == (
        f"AETHEL_Z3_WORKER_MEMORY_MIB is `{text}`, expected an integer from 256 to 1048576, in decimal digits"
    )


def test_all_mistakes_are_told_at_once() -> None:
    told = problems(AETHEL_SENTINEL_TIMEOUT="soon", AETHEL_DRAIN_SECONDS="-1", AETHEL_MOE_ENABLED="false", AETHEL_X="1")
    assert [sentence.split()[0] for sentence in told] == [
        "AETHEL_SENTINEL_TIMEOUT",
        "AETHEL_DRAIN_SECONDS",
        "AETHEL_MOE_ENABLED",
        "AETHEL_X",
    ]


def test_a_typo_is_an_error_that_names_the_nearest_setting() -> None:
    sentence = problem(AETHEL_SENTINAL_TIMEOUT="100")
    assert sentence == (
        "AETHEL_SENTINAL_TIMEOUT is no setting of this program, expected a known name, perhaps AETHEL_SENTINEL_TIMEOUT"
    )


def test_a_name_in_lower_case_is_a_typo_too() -> None:
    assert problem(aethel_listen="127.0.0.1:1").endswith("perhaps AETHEL_LISTEN")


def test_the_value_of_an_unknown_variable_is_never_repeated() -> None:
    assert "hunter2" not in problem(AETHEL_PASWORD="hunter2")


def test_variables_of_other_programs_are_none_of_our_business() -> None:
    assert read_settings({"HOME": "/", "AETHER": "1"}, Process.Z3) == read_settings({}, Process.Z3)


@pytest.mark.parametrize("reserved", RESERVED, ids=lambda reserved: reserved.name)
def test_a_value_that_needs_a_missing_feature_is_refused(reserved: Reserved) -> None:
    assert problem(**{reserved.name: "3"}).endswith(f"since this release lacks {reserved.missing}")


def test_values_that_need_no_missing_feature_are_accepted() -> None:
    environ = {reserved.name: reserved.harmless for reserved in RESERVED}
    assert read_settings(environ, Process.Z3) == read_settings({}, Process.Z3)


def test_uncertainty_must_stay_below_confidence() -> None:
    assert problem(AETHEL_CONSENSUS_UNCERTAINTY_THRESHOLD="0.7") == (
        "AETHEL_CONSENSUS_UNCERTAINTY_THRESHOLD is `0.7`, expected less than "
        "AETHEL_CONSENSUS_CONFIDENCE_THRESHOLD, which is `0.7`"
    )


@pytest.mark.parametrize("expert", ["Z3_TIMEOUT_NORMAL", "SENTINEL_TIMEOUT", "GUARDIAN_TIMEOUT"])
def test_no_expert_may_take_longer_than_the_request(expert: str) -> None:
    sentence = problem(**{f"AETHEL_{expert}": "60001"})
    assert sentence == f"AETHEL_{expert} is `60001`, expected at most AETHEL_REQUEST_TIMEOUT, which is `60000`"


def test_metrics_and_requests_need_two_ports() -> None:
    both = {"AETHEL_LISTEN": "127.0.0.1:7000", "AETHEL_METRICS_LISTEN": "localhost:7000"}
    assert problem(**both).endswith("expected another address than AETHEL_LISTEN, which is `127.0.0.1:7000`")


def test_two_free_ports_are_not_the_same_port() -> None:
    both = {"AETHEL_LISTEN": "127.0.0.1:0", "AETHEL_METRICS_LISTEN": "127.0.0.1:0"}
    assert read_settings(both, Process.Z3).metrics_listen == Address("127.0.0.1", 0)


def test_a_setting_that_is_wrong_alone_is_not_compared_with_others() -> None:
    told = problems(AETHEL_CONSENSUS_CONFIDENCE_THRESHOLD="2", AETHEL_CONSENSUS_UNCERTAINTY_THRESHOLD="0.9")
    assert len(told) == 1


def test_a_wrong_value_is_shown_short_and_printable() -> None:
    sentence = problem(LOG_LEVEL="\x1b[31m\n" + "x" * 10_000)
    assert sentence.startswith("LOG_LEVEL is `\\x1b[31m\\x0axxx")
    assert len(sentence) < 200


def test_the_table_shows_every_setting_once() -> None:
    rows = setting_rows({}, Process.SENTINEL)
    assert len({row.name for row in rows}) == len(rows)
    groups = len(MODE_TIMEOUTS) + len(fields(Access))  # two fields of the settings hold these, one is the process
    assert len(rows) == len(fields(Settings)) + groups - 3


def test_the_table_tells_a_default_from_a_given_value() -> None:
    rows = {row.name: row for row in setting_rows({"LOG_LEVEL": "INFO"}, Process.SENTINEL)}
    assert not rows["LOG_LEVEL"].is_default
    assert rows["AETHEL_LISTEN"].is_default
    assert rows["AETHEL_LISTEN"].value == "127.0.0.1:50052"


def test_a_secret_is_hidden_when_shown_and_when_wrong() -> None:
    secret = Declaration("AETHEL_PIN", "0", "number", "a secret", integer(0, 9), is_secret=True)
    assert secret.shown("12345") == HIDDEN
    assert "12345" not in secret.problem("12345")
