"""What the demo shows, step by step, each step with what must come of it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rich.text import Text

from aethel.cli import answer_view, terminal
from aethel.cli.batch_mesh import ask_all
from aethel.cli.corpora import FOLDER, NAMES, Sample, read_sample
from aethel.cli.lights import RED
from aethel.cli.mesh_address import no_answer
from aethel.cli.mesh_life import Mesh
from aethel.cli.tour import Stop
from aethel.cli.verify_one import ask_mesh
from aethel.request import Question
from aethel.runtime.address import Address
from aethel.runtime.channel import open_channel
from aethel.runtime.faults import RequestFault
from aethel.runtime.settings import Process, Settings
from aethel.verdict import Consensus, MOEResult
from aethel.wire.absence import MeshUnavailable
from aethel.wire.client import RemoteMesh

SAMPLE_ROWS = 100
"""Rows of each file of public data."""

_SHOWN_WRONG = 3
"""Wrongly answered rows that are named."""

_LOSSES = (
    (Process.GUARDIAN, Consensus.APPROVED, "the orchestrator runs the same checks itself, and says so"),
    (Process.Z3, Consensus.UNCERTAIN, "what only the prover can decide stays undecided, never approved"),
)
"""Who is killed one after the other, and what becomes of a payment that was approved before."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing the demo showed: what had to come of it, and what came."""

    name: str
    expected: str
    got: str

    @property
    def is_right(self) -> bool:
        """Whether it came out as expected."""
        return self.expected == self.got


@dataclass(slots=True)
class Demo:
    """The demo while it runs against the mesh at `address`; a quiet one prints nothing."""

    settings: Settings
    address: Address
    is_quiet: bool
    steps: list[Step] = field(default_factory=list)

    def say(self, text: str | Text) -> None:
        """A line for the person who watches."""
        if not self.is_quiet:
            terminal.say(terminal.out(), text)

    def show_tour(self, tour: Sequence[Stop]) -> None:
        """Verify every intent of the tour."""
        for stop in tour:
            self._heading(f"{stop.file}: {stop.asks}")
            result = self._ask(stop.question)
            self._note(stop.question.transaction_id, stop.expected.value, result.consensus.value)

    def show_corpora(self) -> None:
        """Verify a sample of public data with known answers, where it is there."""
        self._heading("public data with known answers, in batches")
        for name in NAMES:
            sample = read_sample(name, SAMPLE_ROWS)
            if sample is None:
                self.say(f"{name}: left out, since `{FOLDER}` is absent")
                continue
            self._show_sample(sample)

    def show_losses(self, mesh: Mesh, stop: Stop) -> None:
        """Kill experts and ask again what was approved before, with values that nobody has judged yet."""
        for whole, (process, expected, meaning) in enumerate(_LOSSES, 1):
            child = next(child for child in mesh.children if child.process is process)
            self._heading(
                f"kill -9 {child.popen.pid}, which is the {process} process; then {stop.file} for {whole}.00: {meaning}"
            )
            child.popen.send_signal(signal.SIGKILL)
            child.popen.wait()
            given = {**stop.question.arguments, "amount": f"{whole}.00"}
            result = self._ask(replace(stop.question, arguments=given))
            self._note(f"{stop.file} without {process}", f"{expected.value}, degraded", _degraded(result))

    def note_stopped(self, *, is_clean: bool) -> None:
        """Whether all processes could be stopped."""
        self.say("the processes are stopped" if is_clean else "not all processes could be stopped")
        self._note("the processes stop", "stopped", "stopped" if is_clean else "still there")

    def _ask(self, question: Question) -> MOEResult:
        with_lights = terminal.out().is_terminal and not self.is_quiet
        result = ask_mesh(question, self.address, self.settings, with_lights=with_lights)
        if not self.is_quiet:
            source = (question.intent_text or b"").decode("utf-8", "replace")
            answer_view.show(terminal.out(), result, source, is_brief=True)
        return result

    def _show_sample(self, sample: Sample) -> None:
        try:
            answers = asyncio.run(self._ask_all(sample.questions))
        except MeshUnavailable as absence:
            raise no_answer(self.address, absence) from absence
        wrong = [
            question.transaction_id
            for question, expected, answer in zip(sample.questions, sample.expected, answers, strict=True)
            if isinstance(answer, RequestFault) or answer.consensus is not expected
        ]
        rows = len(sample.questions)
        bad = sum(expected is Consensus.REJECTED for expected in sample.expected)
        named = f"; wrong: {', '.join(wrong[:_SHOWN_WRONG])}" if wrong else ""
        self.say(f"{sample.name}: {rows - len(wrong)} of {rows} rows right, {bad} of them to be rejected{named}")
        self._note(sample.name, f"{rows} of {rows} right", f"{rows - len(wrong)} of {rows} right")

    async def _ask_all(self, questions: Sequence[Question]) -> list[MOEResult | RequestFault]:
        async with open_channel(self.address, self.settings.max_message_bytes, self.settings.access) as channel:
            return await ask_all(RemoteMesh(channel), questions, self.settings.request_timeout_ms)

    def _heading(self, text: str) -> None:
        self.say("")
        self.say(Text(text, style="bold"))

    def _note(self, name: str, expected: str, got: str) -> None:
        step = Step(name, expected, got)
        self.steps.append(step)
        if not step.is_right:
            self.say(Text(f"expected {expected}, got {got}", style=f"bold {RED}"))


def _degraded(result: MOEResult) -> str:
    return f"{result.consensus.value}{', degraded' if result.degraded else ''}"
