"""The answer as people read it: the lights, what the mesh says and why, and what to look at in the text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import Console, RenderableType
from rich.text import Text

from aethel.cli import counterexample_view
from aethel.cli.excerpt import excerpt
from aethel.cli.lights import AMBER, GREEN, RED, draw, lights_of
from aethel.cli.terminal import printable, say
from aethel.verdict import REFUTING_OUTCOMES, Consensus, Disposition, Finding, MOEResult, ObligationResult

SHOWN_FINDINGS = 5
"""Findings shown in full; `--json` has all of them."""

SHOWN_OPEN = 5
"""Undecided obligations and assumptions shown; `--json` has all of them."""

_COLOURS: Mapping[Consensus, str] = {
    Consensus.APPROVED: GREEN,
    Consensus.REJECTED: RED,
    Consensus.UNCERTAIN: AMBER,
}


def show(console: Console, result: MOEResult, source: str, *, is_brief: bool = False) -> None:
    """Print the answer to a question about `source`; a brief one shows only the simplest finding."""
    console.print(draw(lights_of(result)))
    headline = (result.consensus.value, f"bold {_COLOURS[result.consensus]}")
    confidence = f"  confidence {result.overall_confidence.normalize():f}"
    say(console, Text.assemble(headline, confidence, (f"  {result.total_latency_ms:.0f} ms", "dim")))
    say(console, Text(printable(result.reason)))
    for note in result.degraded:
        say(console, Text(f"degraded: {printable(note)}", style=AMBER))
    findings = findings_of(result)
    if is_brief:
        rejecting = [finding for finding in findings if finding.disposition is Disposition.REJECT]
        _show_findings(console, (min(rejecting, key=_size),) if rejecting else (), source)
        return
    _show_findings(console, findings, source)
    _show_list(console, "undecided", result.undecided_obligations)
    _show_list(console, "assumed", result.assumptions)


def findings_of(result: MOEResult) -> tuple[Finding, ...]:
    """Every finding of the gateway and the experts once, those that reject first.

    Where no finding says why, a refuted obligation does.
    """
    verdicts = result.expert_verdicts
    found = [*result.findings, *(finding for verdict in verdicts for finding in verdict.findings)]
    if not any(finding.disposition is Disposition.REJECT for finding in found):
        refuted = (one for verdict in verdicts for one in verdict.obligations if one.outcome in REFUTING_OUTCOMES)
        found.extend(_as_finding(one) for one in refuted)
    return tuple(sorted(dict.fromkeys(found), key=lambda finding: finding.disposition is Disposition.ADVISE))


def _as_finding(refuted: ObligationResult) -> Finding:
    message = refuted.detail or f"`{refuted.id}` is {refuted.outcome.value.lower()}"
    return Finding(refuted.outcome.value, message, span=refuted.span, counterexample=refuted.counterexample)


def _size(finding: Finding) -> tuple[bool, int]:
    """How much a person has to take in: the smallest counterexample comes first, what has none comes last."""
    return finding.counterexample is None, len(repr(finding.counterexample))


def _show_findings(console: Console, findings: tuple[Finding, ...], source: str) -> None:
    for finding in findings[:SHOWN_FINDINGS]:
        for part in view(finding, source):
            say(console, part) if isinstance(part, Text) else console.print(part)
    if len(findings) > SHOWN_FINDINGS:
        say(console, Text(f"and {len(findings) - SHOWN_FINDINGS} more findings, all of them in --json", style="dim"))


def view(finding: Finding, source: str) -> Iterator[RenderableType]:
    """One finding: its sentence, the place in the text, the values that show it, and what to do about it."""
    advises = finding.disposition is Disposition.ADVISE
    style = "dim" if advises else RED
    place = f"{finding.span}: " if finding.span is not None else ""
    message = finding.message if finding.message.startswith(place) else f"{place}{finding.message}"
    intent = f" in `{printable(finding.intent)}`" if finding.intent else ""
    graded = [f"CWE-{finding.cwe}"] if finding.cwe is not None else []
    graded += [f"impact {finding.impact.name.lower()}"] if finding.impact is not None else []
    graded += [f"confidence {finding.confidence.normalize():f}"] if finding.confidence != 1 else []
    weakness = f" ({', '.join(graded)})" if graded else ""
    word = "advice" if advises else "finding"
    code = (f"{word} {printable(finding.code)}", style)
    yield Text.assemble(code, f"{intent}: {printable(message)}{weakness}")
    shown = None if finding.span is None else excerpt(source, finding.span, style)
    if shown is not None:
        yield shown
    if finding.counterexample is not None:
        yield from counterexample_view.view(finding.counterexample)
    if finding.numbers:
        yield Text("      " + ", ".join(f"{printable(name)} = {printable(value)}" for name, value in finding.numbers))
    if finding.repair:
        yield Text("      this change repairs it:")
        yield from (_changed(line) for line in finding.repair.splitlines())
    if finding.advice:
        yield Text(f"      advice: {printable(finding.advice)}")


def _changed(line: str) -> Text:
    """One line of a diff, in the colour of what it does."""
    style = GREEN if line.startswith("+") else RED if line.startswith("-") else "dim"
    return Text(f"      {printable(line)}", style=style)


def _show_list(console: Console, label: str, items: tuple[str, ...]) -> None:
    for item in items[:SHOWN_OPEN]:
        say(console, Text(f"{label}: {printable(item)}", style="dim"))
    if len(items) > SHOWN_OPEN:
        say(console, Text(f"{label}: {len(items) - SHOWN_OPEN} more, all of them in --json", style="dim"))
