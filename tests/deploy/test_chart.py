"""The Helm chart under values other than its own: it stays valid, or refuses with a sentence."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from aethel.rules import read_rules
from aethel.runtime.settings import Process, read_settings
from tests.deploy.manifests import CHART, KUBERNETES_VERSIONS, container, environ, helm, of_kind, pod, render
from tests.deploy.test_agreement import PROCESS

RULES = """[default.issuance]
EUR = { mint = "50.00", burn = "0" }

[clients."treasury: {{ no template }}".issuance]
EUR = { mint = "1000" }
"""

ORCHESTRATOR = "aethel-orchestrator"

VARIATIONS: Mapping[str, Mapping[str, Any]] = {
    "its own": {},
    "IPv6 only": {"listenHost": "[::]"},
    "private registry": {"image": {"repository": "registry.example/pay", "tag": "7"}, "imagePullSecrets": ["pull"]},
    "other ports": {"metricsPort": 9000, "guardian": {"port": 6000}, "z3Expert": {"port": 6001, "replicas": 3}},
    "more settings": {"z3Expert": {"settings": {"AETHEL_MAX_MESSAGE_BYTES": "65536"}}},
    "rules": {"rules": RULES},
    "certificates and clients": {"tls": {"secret": "mesh-tls", "clients": "clients"}},
}

REFUSED: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "a drain shorter than a request": ({"drainSeconds": 90}, "drainSeconds"),
    "an unknown value": ({"replicas": 2}, "replicas"),
    "an unknown value of a process": ({"guardian": {"replica": 2}}, "replica"),
    "a setting that the chart decides": ({"guardian": {"settings": {"AETHEL_LISTEN": "0.0.0.0:1"}}}, "AETHEL_LISTEN"),
    "a setting that is no string": ({"guardian": {"settings": {"AETHEL_MAX_MESSAGE_BYTES": 65536}}}, "string"),
    "one port for two uses": ({"metricsPort": 50051}, "expected another port than that of z3-expert"),
    "a privileged port": ({"sentinel": {"port": 443}}, "sentinel.port"),
    "certificates without clients": ({"tls": {"secret": "mesh-tls"}}, "tls.secret and tls.clients go together"),
    "health on a taken port": ({"tls": {"secret": "s", "clients": "c", "healthPort": 50053}}, "tls.healthPort"),
    "a host name to listen on": ({"listenHost": "localhost"}, "listenHost"),
}


def test_the_chart_is_free_of_lint() -> None:
    done = helm("lint", "--strict", str(CHART))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("version", KUBERNETES_VERSIONS)
@pytest.mark.parametrize("name", VARIATIONS)
def test_every_variation_is_valid_in_every_supported_kubernetes(name: str, version: str, tmp_path: Path) -> None:
    objects = render(VARIATIONS[name], tmp_path)
    assert len(objects) == (9 if "rules" in VARIATIONS[name] else 8)
    for found in objects:
        kubernetes_validate.validate(found, version, strict=True)


@pytest.mark.parametrize("name", REFUSED)
def test_wrong_values_are_refused_by_name(name: str, tmp_path: Path) -> None:
    values, expected = REFUSED[name]
    overrides = tmp_path / "values.yaml"
    overrides.write_text(yaml.safe_dump(dict(values)), encoding="utf-8")
    done = helm("template", "aethel", str(CHART), "--values", str(overrides))
    assert done.returncode != 0
    assert expected in done.stderr


def test_the_longest_release_name_still_gives_names_that_kubernetes_takes(tmp_path: Path) -> None:
    objects = render({}, tmp_path, release="r." + "a" * 51)
    names = {found["metadata"]["name"] for found in objects}
    assert len(names) == 4
    assert all(len(name) <= 63 and "." not in name for name in names)


def test_two_releases_share_no_pod(tmp_path: Path) -> None:
    selectors = [
        tuple(sorted(deployment["spec"]["selector"]["matchLabels"].items()))
        for release in ("blue", "green")
        for deployment in of_kind(render({}, tmp_path, release), "Deployment").values()
    ]
    assert len(set(selectors)) == 8


def test_a_moved_expert_is_found_by_the_orchestrator(tmp_path: Path) -> None:
    objects = render({"guardian": {"port": 6000}}, tmp_path, release="pay")
    orchestrator = of_kind(objects, "Deployment")["pay-orchestrator"]
    assert environ(orchestrator)["AETHEL_GUARDIAN_ADDRESS"] == "pay-guardian:6000"


def test_pull_secrets_and_tag_reach_every_pod(tmp_path: Path) -> None:
    for deployment in of_kind(render(VARIATIONS["private registry"], tmp_path), "Deployment").values():
        assert pod(deployment)["imagePullSecrets"] == [{"name": "pull"}]
        assert container(deployment)["image"].startswith("registry.example/pay/")
        assert container(deployment)["image"].endswith(":7")


def test_more_settings_reach_their_process_alone(tmp_path: Path) -> None:
    deployments = of_kind(render(VARIATIONS["more settings"], tmp_path), "Deployment")
    told = {name for name, deployment in deployments.items() if "AETHEL_MAX_MESSAGE_BYTES" in environ(deployment)}
    assert told == {"aethel-z3-expert"}


def test_rules_reach_the_orchestrator_alone_and_other_rules_start_it_anew(tmp_path: Path) -> None:
    objects = render({"rules": RULES}, tmp_path)
    (rules,) = of_kind(objects, "ConfigMap").values()
    assert read_rules(rules["data"]["rules.toml"].encode()) == read_rules(RULES.encode())
    deployments = of_kind(objects, "Deployment")
    assert [name for name, each in deployments.items() if "AETHEL_RULES_FILE" in environ(each)] == [ORCHESTRATOR]
    found = deployments[ORCHESTRATOR]
    (volume,) = [each["name"] for each in pod(found)["volumes"] if "configMap" in each]
    (mount,) = [each["mountPath"] for each in container(found)["volumeMounts"] if each["name"] == volume]
    assert environ(found)["AETHEL_RULES_FILE"] == f"{mount}/rules.toml"
    other = of_kind(render({"rules": RULES.replace("50", "51")}, tmp_path), "Deployment")[ORCHESTRATOR]
    assert other["spec"]["template"]["metadata"] != found["spec"]["template"]["metadata"]


def test_with_certificates_the_program_accepts_what_it_is_told_and_lets_only_the_known_in(tmp_path: Path) -> None:
    deployments = of_kind(render(VARIATIONS["certificates and clients"], tmp_path), "Deployment")
    for name, process in PROCESS.items():
        access = read_settings(environ(deployments[name]), process).access
        mounts = {mount["mountPath"] for mount in container(deployments[name])["volumeMounts"]}
        assert not access.is_open
        assert {str(path.parent) for path in (access.cert, access.client_ca, access.clients_file) if path} <= mounts
        assert (access.clients_file is not None) == (process is Process.ORCHESTRATOR)


def test_with_certificates_probes_ask_where_health_alone_is_served(tmp_path: Path) -> None:
    for deployment in of_kind(render(VARIATIONS["certificates and clients"], tmp_path), "Deployment").values():
        box = container(deployment)
        probes = {box[probe]["grpc"]["port"] for probe in ("startupProbe", "readinessProbe", "livenessProbe")}
        assert environ(deployment)["AETHEL_HEALTH_LISTEN"] == f"0.0.0.0:{probes.pop()}"
        assert not probes
