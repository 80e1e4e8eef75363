"""Follows a verification step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from rich.text import Text

from aethel.cli import terminal
from aethel.cli.exits import CommandError, ExitCode, usage
from aethel.cli.lights import light_of
from aethel.cli.mesh_address import no_answer
from aethel.cli.terminal import printable
from aethel.client import Client, ClientError, InvalidQuestion, Unavailable
from aethel.progress import Concluded, ExpertHeard, ExpertsChosen, Failed, QuestionAdmitted, QuestionRead, Step
from aethel.request import Question
from aethel.runtime.address import Address
from aethel.runtime.settings import Settings
from aethel.verdict import MOEResult
from aethel.wire.absence import Absence, MeshUnavailable


def watch(question: Question, address: Address, settings: Settings, show: Callable[[Step], None]) -> MOEResult:
    """The answer of the mesh, each step shown as it comes; raises `CommandError` where there is none."""
    try:
        with Client(str(address), deadline_ms=settings.request_timeout_ms) as client:
            for step in client.watch(question):
                show(step)
                if isinstance(step.event, Concluded):
                    return step.event.result
    except InvalidQuestion as error:
        raise usage(f"the mesh refuses the question: {printable(str(error))}") from error
    except Unavailable as error:
        raise no_answer(address, MeshUnavailable(Absence.UNREACHABLE)) from error
    except ClientError as error:
        raise CommandError(ExitCode.UNREACHABLE, printable(str(error))) from error
    raise CommandError(ExitCode.UNREACHABLE, f"the mesh at `{address}` ended without an answer")


def say_step(step: Step) -> None:
    """One line for a step, on standard error."""
    terminal.say(terminal.err(), Text(f"{step.after_ms:7.1f} ms  {printable(_sentence(step))}", style="dim"))


def _sentence(step: Step) -> str:
    match step.event:
        case QuestionAdmitted(transaction_id=transaction_id):
            return f"`{transaction_id}` is admitted"
        case QuestionRead(required=required):
            return f"read, with {required} obligations to prove"
        case ExpertsChosen(experts=experts):
            return f"asking {', '.join(experts) or 'nobody'}"
        case ExpertHeard(name=name, verdict=verdict, degraded=degraded):
            if verdict is None:
                return f"{name}: {degraded or 'no answer'}"
            light = light_of(verdict)
            return f"{light.name}: {light.word}  {light.facts}"
        case Concluded(result=result):
            return result.consensus.value
        case Failed(message=message):
            return message
        case _:
            assert_never(step.event)
