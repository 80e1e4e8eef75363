"""S13: whether a text looks encoded, from how evenly the characters of its longest runs are spread."""

from __future__ import annotations

import math
import re
from collections import Counter

RUN = 24
"""Characters of a run that is scored: shorter ones say too little, and names and IBANs are shorter."""

EVEN_SHARE = 0.85
"""Share of the greatest entropy that a run of its length can have; words repeat their letters, encoded data hardly."""

_RUN = re.compile(r"[A-Za-z0-9+/=_-]{24,}+")


def looks_encoded(text: str) -> bool:
    """Whether any run of letters, digits and the marks of base64 mixes all of them as evenly as encoded data does."""
    # No run has a blank in it, so that a text of short words has none.
    if max(map(len, text.split()), default=0) < RUN:
        return False
    return any(_is_even(match.group()) for match in _RUN.finditer(text))


def _is_even(run: str) -> bool:
    kinds = (str.isupper, str.islower, str.isdigit)
    return all(any(map(kind, run)) for kind in kinds) and entropy(run) >= EVEN_SHARE * math.log2(min(len(run), 64))


def entropy(text: str) -> float:
    """Shannon entropy of the characters of a text that is not empty, in bits for each character."""
    return -sum(count / len(text) * math.log2(count / len(text)) for count in Counter(text).values())
