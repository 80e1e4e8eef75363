"""From the addresses of the settings to those of processes: a name may mean several, and others later."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence

from aethel.runtime.address import Address

RESOLVE_AGE_S = 5.0
"""Age of an answer of the name service beyond which the next question asks again, in seconds."""

Resolve = Callable[[Address], Awaitable[Sequence[Address]]]
"""The addresses of all processes behind one address; raises `OSError` where a name means nothing now."""


async def resolve(address: Address) -> Sequence[Address]:
    """What the name service of this machine says; a name with addresses of both kinds means the IPv4 ones.

    A process that listens on both would otherwise count twice.
    """
    if address.is_ip:
        return (address,)
    found = await asyncio.get_running_loop().getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    by_family = {
        family: sorted({Address(str(place[0]), address.port) for each, *_, place in found if each == family}, key=str)
        for family in (socket.AF_INET, socket.AF_INET6)
    }
    return by_family[socket.AF_INET] or by_family[socket.AF_INET6]
