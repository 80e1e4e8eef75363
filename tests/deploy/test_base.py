"""The rendered base: it is the chart's output, Kubernetes reads it as we do, and its pods are confined."""

import subprocess
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from tests.deploy.manifests import (
    BASE,
    CHART,
    KUBERNETES_VERSIONS,
    Object,
    base,
    base_files,
    container,
    helm,
    of_kind,
    parse,
    pod,
)
from tests.tools import tool

PROCESSES = ("guardian", "orchestrator", "sentinel", "z3-expert")
DEPLOYMENTS = tuple(of_kind(base(), "Deployment").values())


def named(deployment: Object) -> str:
    return str(deployment["metadata"]["name"])


each_deployment = pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=named)


def test_the_base_is_what_the_chart_renders(tmp_path: Path) -> None:
    done = helm("template", "aethel", str(CHART), "--output-dir", str(tmp_path))
    assert done.returncode == 0, done.stderr
    rendered = {path.name: path.read_text() for path in (tmp_path / "aethel" / "templates").iterdir()}
    assert {path.name: path.read_text() for path in base_files()} == rendered, "run `make manifests`"


def test_the_kustomization_lists_every_file() -> None:
    kustomization = yaml.safe_load((BASE / "kustomization.yaml").read_text())
    assert kustomization["resources"] == [path.name for path in base_files()]


def test_kubernetes_reads_the_yaml_as_we_do() -> None:
    command = [tool("kubectl"), "kustomize", str(BASE)]
    built = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout

    def in_order(objects: tuple[Object, ...]) -> list[Object]:
        return sorted(objects, key=lambda found: (found["kind"], found["metadata"]["name"]))

    assert in_order(parse(built)) == in_order(base())


@pytest.mark.parametrize("version", KUBERNETES_VERSIONS)
def test_the_base_is_valid_in_every_supported_kubernetes(version: str) -> None:
    for found in base():
        kubernetes_validate.validate(found, version, strict=True)


@pytest.mark.parametrize("kind", ["Deployment", "Service"])
def test_every_process_has_its_objects(kind: str) -> None:
    assert sorted(of_kind(base(), kind)) == [f"aethel-{process}" for process in PROCESSES]


def test_every_service_is_headless_and_selects_the_pods_of_its_own_deployment() -> None:
    deployments = of_kind(base(), "Deployment")
    for name, service in of_kind(base(), "Service").items():
        assert service["spec"]["clusterIP"] == "None"
        chosen = [
            other
            for other, deployment in deployments.items()
            if service["spec"]["selector"].items() <= deployment["spec"]["template"]["metadata"]["labels"].items()
        ]
        assert chosen == [name]


@each_deployment
def test_a_pod_keeps_to_the_restricted_profile(deployment: Object) -> None:
    """Kubernetes' Pod Security Standards, profile "restricted", and a root file system that cannot be written."""
    assert pod(deployment)["securityContext"]["runAsNonRoot"] is True
    assert pod(deployment)["securityContext"]["runAsUser"] > 0
    assert pod(deployment)["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container(deployment)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert all(set(volume) == {"name", "emptyDir"} for volume in pod(deployment)["volumes"])


@each_deployment
def test_a_pod_is_given_nothing_that_it_did_not_ask_for(deployment: Object) -> None:
    assert pod(deployment)["automountServiceAccountToken"] is False
    assert pod(deployment)["enableServiceLinks"] is False


@each_deployment
def test_every_mount_has_a_volume_that_is_bounded(deployment: Object) -> None:
    volumes = {volume["name"]: volume["emptyDir"] for volume in pod(deployment)["volumes"]}
    assert {mount["name"] for mount in container(deployment)["volumeMounts"]} == set(volumes)
    assert all("sizeLimit" in folder for folder in volumes.values())


@each_deployment
def test_a_container_has_requests_and_a_memory_limit(deployment: Object) -> None:
    resources = container(deployment)["resources"]
    assert {"cpu", "memory"} <= set(resources["requests"])
    assert "memory" in resources["limits"]
