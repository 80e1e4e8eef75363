"""Manifests and program say the same: ports, names, probes, settings and folders."""

from importlib.util import find_spec

import pytest

from aethel.runtime.settings import DEFAULT_PORTS, Process, Settings, read_settings
from tests.deploy.manifests import Object, base, container, environ, of_kind, pod

DEPLOYMENTS = of_kind(base(), "Deployment")
SERVICES = of_kind(base(), "Service")

SERVER_MIB = 256
"""What the prover's server takes with its zygote and a spare worker, in MiB; twice what was measured."""

PROCESS = {
    "aethel-orchestrator": Process.ORCHESTRATOR,
    "aethel-z3-expert": Process.Z3,
    "aethel-sentinel": Process.SENTINEL,
    "aethel-guardian": Process.GUARDIAN,
}

LONGEST_INTERACTIVE_REQUEST_S = 90
"""The deadline of mode 2, in seconds: a drain must outlast it."""

each_process = pytest.mark.parametrize("name", PROCESS)


def settings(name: str) -> Settings:
    """What the process reads from the environment that its manifest gives it."""
    return read_settings(environ(DEPLOYMENTS[name]), PROCESS[name])


def ports(container: Object) -> dict[str, int]:
    return {port["name"]: port["containerPort"] for port in container["ports"]}


@each_process
def test_the_program_accepts_the_environment_of_its_manifest(name: str) -> None:
    assert settings(name).process is PROCESS[name]


@each_process
def test_the_process_listens_where_pod_service_and_probes_say(name: str) -> None:
    box = container(DEPLOYMENTS[name])
    probes = {box[probe]["grpc"]["port"] for probe in ("startupProbe", "readinessProbe", "livenessProbe")}
    assert {settings(name).listen.port} == {ports(box)["grpc"]} == probes


@each_process
def test_the_process_listens_on_its_default_port(name: str) -> None:
    assert settings(name).listen.port == DEFAULT_PORTS[PROCESS[name]]


@each_process
def test_the_metrics_are_served_where_pod_and_service_say(name: str) -> None:
    metrics = settings(name).metrics_listen
    assert metrics is not None
    assert metrics.port == ports(container(DEPLOYMENTS[name]))["metrics"]


@each_process
def test_a_service_offers_the_ports_of_its_pods_by_name(name: str) -> None:
    offered = {port["targetPort"]: port["port"] for port in SERVICES[name]["spec"]["ports"]}
    assert offered == ports(container(DEPLOYMENTS[name]))


@each_process
def test_a_process_listens_on_every_address_of_its_pod(name: str) -> None:
    assert settings(name).listen.host == "0.0.0.0"


def test_the_orchestrator_finds_every_expert_by_the_name_of_its_service() -> None:
    told = settings("aethel-orchestrator")
    told_of = (*told.z3_addresses, *told.sentinel_addresses, *told.guardian_addresses)
    found = {(address.host, address.port) for address in told_of}
    offered = {
        (name, port["port"])
        for name, service in SERVICES.items()
        for port in service["spec"]["ports"]
        if port["name"] == "grpc" and name != "aethel-orchestrator"
    }
    assert found == offered


@each_process
def test_a_pod_is_ended_by_force_only_after_its_drain(name: str) -> None:
    told = settings(name)
    assert pod(DEPLOYMENTS[name])["terminationGracePeriodSeconds"] > told.drain_s > LONGEST_INTERACTIVE_REQUEST_S
    assert told.drain_s * 1000 > told.request_timeout_ms


def test_the_proofs_of_a_pod_fit_into_its_memory_with_room_for_the_server() -> None:
    told = settings("aethel-z3-expert")
    limit = container(DEPLOYMENTS["aethel-z3-expert"])["resources"]["limits"]["memory"]
    assert limit.endswith("Gi")
    assert told.z3_workers is not None, "a pod sees the cores of its node"
    assert told.z3_workers * told.z3_worker_memory_mib + SERVER_MIB <= int(limit.removesuffix("Gi")) * 1024


def test_the_orchestrator_keeps_its_folder_on_a_volume() -> None:
    mounts = {mount["mountPath"] for mount in container(DEPLOYMENTS["aethel-orchestrator"])["volumeMounts"]}
    assert str(settings("aethel-orchestrator").state_dir) in mounts


@each_process
def test_an_image_is_named_after_the_service_that_it_runs(name: str) -> None:
    image = container(DEPLOYMENTS[name])["image"]
    service = image.rsplit("/", 1)[-1].split(":")[0].replace("-", "_")
    assert find_spec(f"services.{service}.__main__") is not None
