"""S04 against the payees the operator knows: another name that is drawn like one of theirs is refused."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from aethel.intent.confusables import skeleton
from aethel.intent.source import quoted
from aethel.security.classes import SecurityClass, Tally, Weakness
from aethel.security.rulepack import CharacterRules
from aethel.verdict import Disposition, Finding, Span


@dataclass(frozen=True, slots=True)
class KnownPayees:
    """The known payees, by what makes a name one of theirs and by what makes it look like one.

    `written` holds the looks of each name as it is written, in capitals and in small letters; `folded` those of the
    names with the case left out, for names in a case of their own.
    """

    names: frozenset[str]
    written: Mapping[str, str]
    folded: Mapping[str, str]

    def imitated(self, rules: CharacterRules, name: str) -> str | None:
        """The known payee that another name is drawn like (UTS #39, section 4); None for one of theirs."""
        if not self.names or _identity(name) in self.names:
            return None
        bare = _bare(rules, name)
        return self.written.get(skeleton(bare)) or self.folded.get(skeleton(bare.casefold()))


_KEPT = 16
"""Lists of payees that are kept prepared: those of the clients that ask at the time."""


@lru_cache(maxsize=_KEPT)
def known_payees(rules: CharacterRules, payees: tuple[str, ...]) -> KnownPayees:
    """The payees of a client's rules, prepared once for all its questions."""
    written: dict[str, str] = {}
    folded: dict[str, str] = {}
    for payee in payees:
        bare = _bare(rules, payee)
        for form in (bare, bare.upper(), bare.lower()):
            written.setdefault(skeleton(form), payee)
        folded.setdefault(skeleton(bare.casefold()), payee)
    return KnownPayees(frozenset(_identity(payee) for payee in payees), written, folded)


def judge_payee(
    known: KnownPayees, rules: CharacterRules, text: str, place: str, tally: Tally, *, span: Span | None, hidden: bool
) -> None:
    """Refuse a whole value that imitates a known payee; `place` begins the message, a `hidden` value is not told."""
    imitated = known.imitated(rules, text)
    if imitated is None:
        return
    named = "a known payee" if hidden else f"the known payee {quoted(imitated)}"
    tally.add(
        SecurityClass.HOMOGLYPHS,
        Finding(
            code=SecurityClass.HOMOGLYPHS.value,
            message=f"{place} is drawn like {named} and is another name",
            disposition=Disposition.REJECT,
            span=span,
            cwe=Weakness.VISUAL_DISTINCTION,
            advice="write the name as it is known, or have this one added to the known payees",
        ),
    )


def _identity(name: str) -> str:
    """What is the same for two spellings of one name: case, width of letters, spaces, shapes of quotes and dashes."""
    narrow = "".join(
        unicodedata.normalize("NFKC", char) if unicodedata.east_asian_width(char) in "FH" else char for char in name
    )
    if not narrow.isascii():
        narrow = "".join(_plain_mark(char) for char in unicodedata.normalize("NFC", narrow))
    return " ".join(narrow.casefold().split())


def _plain_mark(char: str) -> str:
    """A punctuation mark as the plain one that it is drawn like; other characters as they are."""
    if unicodedata.category(char)[0] != "P":
        return char
    drawn = skeleton(char)
    return char if any(part.isalnum() for part in drawn) else drawn


def _bare(rules: CharacterRules, name: str) -> str:
    """What can be seen of a name: nothing that is not drawn, compatibility forms as what they stand for."""
    if not name.isascii():
        shown = "".join(char for char in name if char not in rules.invisible and char not in rules.bidi_control)
        name = unicodedata.normalize("NFKC", shown)
    return " ".join(name.split())
