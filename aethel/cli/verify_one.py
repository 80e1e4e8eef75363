"""Asks one question, with the lights of the panel while the experts work."""

from __future__ import annotations

import asyncio

from rich.live import Live

from aethel.cli import terminal
from aethel.cli.exits import usage
from aethel.cli.lights import Panel
from aethel.cli.mesh_address import no_answer
from aethel.request import Question
from aethel.runtime.address import Address
from aethel.runtime.channel import open_channel
from aethel.runtime.faults import RequestFault
from aethel.runtime.settings import Settings
from aethel.verdict import MOEResult
from aethel.wire.absence import MeshUnavailable
from aethel.wire.client import RemoteMesh

_LIGHTS_PER_S = 10
"""How often the lights are drawn in a second."""


def ask_here(question: Question, settings: Settings, *, with_lights: bool) -> MOEResult:
    """The answer of the experts in this process; each light changes as its expert begins and answers."""
    from aethel.cli.local_panel import open_panel  # noqa: PLC0415  a mesh is asked without loading the experts

    local = open_panel(settings)
    if not with_lights:
        return local.ask(question)
    panel = Panel(all_at_once=False)
    with _live(panel):
        return local.ask(question, panel.hear)


def ask_mesh(question: Question, address: Address, settings: Settings, *, with_lights: bool) -> MOEResult:
    """The answer of the mesh; raises `CommandError` where it gives none."""
    asking = _ask(question, address, settings)
    try:
        if not with_lights:
            return asyncio.run(asking)
        with _live(Panel(all_at_once=True)):
            return asyncio.run(asking)
    except MeshUnavailable as absence:
        raise no_answer(address, absence) from absence
    except RequestFault as fault:
        raise usage(f"the mesh refuses the question: {fault.message}") from fault
    finally:
        # Where an interrupt comes before it was begun, nobody else ends it.
        asking.close()


def watch_mesh(question: Question, address: Address, settings: Settings, *, with_lights: bool) -> MOEResult:
    """The answer of the mesh, its steps shown as they come: as lights, or a line each where nobody sees them change.

    Raises `CommandError` where the mesh gives none.
    """
    from aethel.cli.watching import say_step, watch  # noqa: PLC0415  loads the client, which others do without

    if not with_lights:
        return watch(question, address, settings, say_step)
    panel = Panel(all_at_once=False)
    with _live(panel):
        return watch(question, address, settings, lambda step: panel.follow(step.event))


async def _ask(question: Question, address: Address, settings: Settings) -> MOEResult:
    async with open_channel(address, settings.max_message_bytes, settings.access) as channel:
        return await RemoteMesh(channel).verify(question, settings.request_timeout_ms)


def _live(panel: Panel) -> Live:
    return Live(panel, console=terminal.out(), refresh_per_second=_LIGHTS_PER_S, transient=True)
