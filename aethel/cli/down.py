"""`aethel down`: stop the mesh that `aethel up` started on this machine."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from aethel.cli import environment, terminal
from aethel.cli.exits import ExitCode
from aethel.cli.mesh_life import Stopped, stop_mesh
from aethel.cli.run_file import RunFile
from aethel.cli.stop_signals import stop_signals
from aethel.cli.up import GRACE_BEYOND_DRAIN_S, say_stopped


def down(
    grace_s: Annotated[
        float | None,
        typer.Option(
            "--grace-s",
            min=0,
            metavar="SECONDS",
            help="Time to finish requests; by default AETHEL_DRAIN_SECONDS and 5.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was stopped as JSON.")] = False,
) -> int:
    """Stop the mesh on this machine: SIGTERM, time to finish what is being answered, then SIGKILL.

    Only processes that `mesh.json` in AETHEL_STATE_DIR names are touched, and only while they are the ones that were
    started. Nothing to stop is no error. A second Ctrl-C cuts off what is still being answered.
    """
    settings = environment.settings()
    run_file = RunFile(settings.state_dir.absolute())
    if not run_file.path.exists():
        return _told(None, as_json=as_json)
    with run_file.locked(), stop_signals() as signals:
        run = run_file.read()
        if run is None:
            return _told(None, as_json=as_json)
        stopped = stop_mesh(run, settings.drain_s + GRACE_BEYOND_DRAIN_S if grace_s is None else grace_s, signals)
        if not stopped.left:
            run_file.remove(run)
    return _told(stopped, as_json=as_json)


def _told(stopped: Stopped | None, *, as_json: bool) -> int:
    gone = stopped or Stopped((), (), ())
    if as_json:
        terminal.write_json(asdict(gone))
    elif not (gone.ended or gone.killed or gone.left):
        terminal.say(terminal.err(), "no mesh is up here")
    else:
        say_stopped(gone, terminal.err())
    return ExitCode.FAILED if gone.left else ExitCode.FINE
