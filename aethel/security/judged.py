"""One intent as the checks of its program see it, and what such a check reports."""

from __future__ import annotations

from dataclasses import dataclass

from aethel.intent.program import Condition, Program, Store
from aethel.intent.reading import Analysed
from aethel.intent.scope import Scope
from aethel.intent.source import Source
from aethel.profile import SecurityProfile
from aethel.rules import Rules
from aethel.security.classes import SecurityClass
from aethel.verdict import Disposition, Span


@dataclass(frozen=True, slots=True)
class Judged:
    """An intent with its names and types, its program, its source text, and the rules of the client who asks."""

    analysed: Analysed
    program: Program
    source: Source
    rules: Rules

    @property
    def scope(self) -> Scope:
        return self.analysed.typed.scope

    @property
    def profile(self) -> SecurityProfile:
        return self.rules.security

    def unless_required(self, class_: SecurityClass) -> Disposition:
        """What a finding of a class asks for that only advises unless the client's profile requires it."""
        return Disposition.REJECT if class_.value in self.profile.required else Disposition.ADVISE

    def told(self, line: Condition | Store) -> str:
        """A line as a message may tell it: a secret one, or one that defines by a secret one, by its place alone."""
        hidden = (post.span for post in self.program.posts if post.secret)
        is_secret = isinstance(line, Condition) and line.secret
        if is_secret or any(one.start <= line.span.start < one.end for one in hidden):
            return f"a secret line ({line.span})"
        return f"`{line.text}`"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What one check found: `what` is a sentence without its place, `advice` what would make it go away."""

    class_: SecurityClass
    disposition: Disposition
    span: Span
    what: str
    advice: str
    cwe: int
