"""Free ports of this machine, for meshes that must be told where to listen."""

import socket
from contextlib import ExitStack

NAMES = ("AETHEL_LISTEN", "AETHEL_Z3_ADDRESS", "AETHEL_SENTINEL_ADDRESS", "AETHEL_GUARDIAN_ADDRESS")


def free_addresses(*others: str) -> dict[str, str]:
    """A different free address for every process, and for other settings; nothing listens there any more."""
    names = (*NAMES, *others)
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in names]
        return {name: f"127.0.0.1:{one.getsockname()[1]}" for name, one in zip(names, sockets, strict=True)}
