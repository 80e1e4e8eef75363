"""Asks processes of the mesh how they are, by the standard gRPC health protocol."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection

import grpc

from aethel.runtime.access import NO_ACCESS, Access
from aethel.runtime.address import Address
from aethel.runtime.channel import open_channel
from aethel.runtime.settings import Process

ASK_MS = 3_000
"""Time a process has to say how it is, in milliseconds."""

_CHECK = "/grpc.health.v1.Health/Check"

_MESSAGE_BYTES = 65_536


class Condition(StrEnum):
    """How a process is."""

    SERVING = "serving"
    NOT_SERVING = "starting or draining"
    UNREACHABLE = "unreachable"
    STRANGE = "no process of the mesh"


_STATUSES = {b"\x08\x01": Condition.SERVING, b"\x08\x02": Condition.NOT_SERVING}
"""`HealthCheckResponse` on the wire: field 1, the status, as a varint. Read by hand since the command installs without
the extra that has its stubs."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """What one process answered, and after how many milliseconds."""

    process: Process
    address: Address
    condition: Condition
    latency_ms: float


async def pulses(addresses: Mapping[Process, Address], access: Access = NO_ACCESS) -> tuple[Pulse, ...]:
    """Ask all processes at once."""
    return tuple(await asyncio.gather(*(_pulse(process, address, access) for process, address in addresses.items())))


async def _pulse(process: Process, address: Address, access: Access) -> Pulse:
    asked_s = time.monotonic()
    if process is Process.HTTP:
        condition = await asyncio.to_thread(_http_condition, address, access)
        return Pulse(process, address, condition, (time.monotonic() - asked_s) * 1000)
    async with open_channel(address, _MESSAGE_BYTES, access) as channel:
        check = channel.unary_unary(_CHECK, request_serializer=bytes, response_deserializer=bytes)
        try:
            condition = _STATUSES.get(await check(b"", timeout=ASK_MS / 1000), Condition.STRANGE)
        except grpc.aio.AioRpcError as error:
            is_answer = error.code() in {grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.NOT_FOUND}
            condition = Condition.STRANGE if is_answer else Condition.UNREACHABLE
    return Pulse(process, address, condition, (time.monotonic() - asked_s) * 1000)


def _http_condition(address: Address, access: Access) -> Condition:
    """How the HTTP face is, which speaks no gRPC."""
    connection = HTTPConnection(address.host, address.port, timeout=ASK_MS / 1000)
    try:
        if access.ca is not None:
            trusted = ssl.create_default_context(cafile=access.ca)
            connection = HTTPSConnection(address.host, address.port, timeout=ASK_MS / 1000, context=trusted)
        connection.request("GET", "/health")
        return Condition.SERVING if connection.getresponse().status == HTTPStatus.OK else Condition.STRANGE
    except HTTPException:
        return Condition.STRANGE
    except OSError:
        return Condition.UNREACHABLE
    finally:
        connection.close()
