"""From a text to its template: by the whole text, then by its skeleton, without reading it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from aethel.intent.skeleton import Skeleton
from aethel.intent.skeleton_key import Key, Skeletons
from aethel.prover.template import Template
from aethel.verdict import ExpertVerdict

_OBLIGATION_BYTES = 1_000
"""What the result, the trace and the sentences of one obligation in a verdict take in memory, about."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is kept: texts, as many skeletons, and bytes of each kind, about, their templates and verdicts too."""

    count: int = 4096
    total_bytes: int = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Found:
    """A template with the literals of the text that found it; none where it is the text's own.

    `verdict` is what the expert said of values of this very text that fulfil every hypothesis; None where it has
    not yet said anything.
    """

    template: Template
    literals: tuple[int, ...] = ()
    verdict: ExpertVerdict | None = None

    @property
    def size_bytes(self) -> int:
        """About what it takes in memory; a template that other texts share is counted for each."""
        said = 0 if self.verdict is None else len(self.verdict.obligations)
        return self.template.size_bytes + _OBLIGATION_BYTES * said


class Templates:
    """Keeps texts and skeletons, the least recently used going first. Safe in several threads."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()
        self._texts: OrderedDict[bytes, Found] = OrderedDict()
        self._text_bytes = 0
        self._skeletons: Skeletons[tuple[Key, Template]] = Skeletons(self._bounds.count)
        self._keys: OrderedDict[Key, Template] = OrderedDict()
        self._key_bytes = 0
        self._lock = Lock()

    def __len__(self) -> int:
        """How many texts and skeletons are kept."""
        return len(self._texts) + len(self._keys)

    def kept(self, text: bytes) -> Found | None:
        """What is kept of exactly this text."""
        with self._lock:
            found = self._texts.get(text)
            if found is not None:
                self._texts.move_to_end(text)
            return found

    def find(self, text: bytes) -> Found | None:
        """The template of a text or of its skeleton, None where it must be read."""
        found = self.kept(text)
        if found is not None:
            return found
        match = self._skeletons.match(text)
        if match is None:
            return None
        (key, template), literals = match
        with self._lock:
            if key in self._keys:
                self._keys.move_to_end(key)
        return Found(template, literals)

    def add(self, text: bytes, found: Found) -> None:
        """Find this by exactly this text, of which it is."""
        size = len(text) + found.size_bytes
        if size > self._bounds.total_bytes:
            return
        with self._lock:
            self._forget_text(text)
            self._texts[text] = found
            self._text_bytes += size
            while len(self._texts) > self._bounds.count or self._text_bytes > self._bounds.total_bytes:
                self._forget_text(next(iter(self._texts)))

    def add_skeleton(self, skeleton: Skeleton, template: Template) -> None:
        """Find this template, made of the skeleton, by every text of it. ValueError for another's template."""
        if skeleton.digest != template.digest:
            raise ValueError("the template is not one of this skeleton")
        if template.size_bytes > self._bounds.total_bytes:
            return
        with self._lock:
            self._forget_key(skeleton.key)
            self._skeletons.put(skeleton.key, (skeleton.key, template))
            self._keys[skeleton.key] = template
            self._key_bytes += template.size_bytes
            while len(self._keys) > self._bounds.count or self._key_bytes > self._bounds.total_bytes:
                self._forget_key(next(iter(self._keys)))

    def evict(self, digest: str) -> None:
        """Forget a digest, by every text and key: what a disagreement demands."""
        with self._lock:
            for text in [text for text, found in self._texts.items() if found.template.digest == digest]:
                self._forget_text(text)
            for key in [key for key, template in self._keys.items() if template.digest == digest]:
                self._forget_key(key)

    def _forget_text(self, text: bytes) -> None:
        found = self._texts.pop(text, None)
        if found is not None:
            self._text_bytes -= len(text) + found.size_bytes

    def _forget_key(self, key: Key) -> None:
        template = self._keys.pop(key, None)
        if template is not None:
            self._skeletons.discard(key)
            self._key_bytes -= template.size_bytes
