"""The probes of the manifests, asked of the real processes under the environment of their manifests."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.deploy.manifests import base, container, environ, of_kind
from tests.tools import REPOSITORY

DEPLOYMENTS = of_kind(base(), "Deployment")

ANSWER_S = 5.0
"""Time a process that listens has to answer a probe, in seconds."""


@contextmanager
def running(deployment_name: str, folder: Path) -> Iterator[str]:
    """The process of a Deployment on a free port of this machine's loopback; yields its address."""
    box = container(DEPLOYMENTS[deployment_name])
    service = box["image"].rsplit("/", 1)[-1].split(":")[0].replace("-", "_")
    told = environ(DEPLOYMENTS[deployment_name]) | {
        "AETHEL_LISTEN": "127.0.0.1:0",
        "AETHEL_METRICS_LISTEN": "127.0.0.1:0",
        "AETHEL_STATE_DIR": str(folder),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", f"services.{service}"],
        cwd=REPOSITORY,
        env={"PATH": os.environ["PATH"], **told},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["address"]
        finally:
            process.terminate()


def health(address: str, service: str) -> int:
    with grpc.insecure_channel(address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        request = health_pb2.HealthCheckRequest(service=service)
        return int(stub.Check(request, timeout=ANSWER_S, wait_for_ready=True).status)


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_started_process_passes_the_probes_of_its_manifest(name: str, tmp_path: Path) -> None:
    box = container(DEPLOYMENTS[name])
    probed = {box[probe]["grpc"].get("service", "") for probe in ("startupProbe", "readinessProbe", "livenessProbe")}
    with running(name, tmp_path) as address:
        for service in probed:
            assert health(address, service) == health_pb2.HealthCheckResponse.SERVING, service
