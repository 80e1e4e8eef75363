"""From a text to its template: by the whole text, then by its skeleton, without reading it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from aethel.intent.skeleton import Skeleton
from aethel.intent.skeleton_key import Key, Skeletons
from aethel.prover.template import Template

_TEXT_BYTES = 64 * 2**20
"""Bytes of texts that are kept to be found again as a whole."""


@dataclass(frozen=True, slots=True)
class Found:
    """A template with the literals of the text that found it; none where it is the text's own."""

    template: Template
    literals: tuple[int, ...] = ()


class Templates:
    """At most `capacity` texts and as many skeletons, the least recently used going first. Safe in several threads."""

    def __init__(self, capacity: int = 4096) -> None:
        self._capacity = capacity
        self._texts: OrderedDict[bytes, Found] = OrderedDict()
        self._bytes = 0
        self._skeletons: Skeletons[Template] = Skeletons(capacity)
        self._keys: OrderedDict[Key, str] = OrderedDict()
        self._lock = Lock()

    def find(self, text: bytes) -> Found | None:
        """The template of a text, None where it must be read."""
        with self._lock:
            found = self._texts.get(text)
            if found is not None:
                self._texts.move_to_end(text)
                return found
            match = self._skeletons.match(text)
            if match is not None:
                found = Found(*match)
                self._keep(text, found)
            return found

    def add(self, text: bytes, template: Template) -> None:
        """Find this template by exactly this text, from which it was made."""
        with self._lock:
            self._keep(text, Found(template))

    def add_skeleton(self, skeleton: Skeleton, template: Template) -> None:
        """Find this template, made of the skeleton, by every text of it. ValueError for another's template."""
        if skeleton.digest != template.digest:
            raise ValueError("the template is not one of this skeleton")
        with self._lock:
            self._skeletons.put(skeleton.key, template)
            self._keys[skeleton.key] = skeleton.digest
            self._keys.move_to_end(skeleton.key)
            while len(self._keys) > self._capacity:
                self._skeletons.discard(self._keys.popitem(last=False)[0])

    def evict(self, digest: str) -> None:
        """Forget a digest, by every text and key: what a disagreement demands."""
        with self._lock:
            for text in [text for text, found in self._texts.items() if found.template.digest == digest]:
                self._bytes -= len(text)
                del self._texts[text]
            for key in [key for key, held in self._keys.items() if held == digest]:
                self._skeletons.discard(key)
                del self._keys[key]

    def _keep(self, text: bytes, found: Found) -> None:
        if text not in self._texts:
            self._bytes += len(text)
        self._texts[text] = found
        self._texts.move_to_end(text)
        while len(self._texts) > self._capacity or self._bytes > _TEXT_BYTES:
            self._bytes -= len(self._texts.popitem(last=False)[0])
