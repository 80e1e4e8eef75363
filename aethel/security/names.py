"""S04 as a whole: letters of one text, names of one intent, accounts of one entry, and payees that are known."""

from __future__ import annotations

from collections.abc import Iterable

from aethel.intent.confusables import skeleton
from aethel.intent.lexer import Kind, lex
from aethel.intent.limits import DEFAULT_LIMITS
from aethel.intent.reading import Reading
from aethel.intent.source import IntentError, Source, quoted
from aethel.request import Question
from aethel.rules import Rules
from aethel.security.characters import Site, is_plain
from aethel.security.classes import SecurityClass, Tally, Weakness
from aethel.security.fields import Field, FieldSite
from aethel.security.homoglyphs import judge_letters, load_script_rules
from aethel.security.payees import judge_payee, known_payees
from aethel.security.regions import Place, Region, regions
from aethel.security.rulepack import CharacterRules
from aethel.transaction import DoubleEntry
from aethel.verdict import Disposition, Finding, Outcome, Span

_NAME_REFUSED = "NAME"
"""The code under which the reading refuses two names of one intent that look alike, among other things."""


class NameJudge:
    """Decides S04; stateless but for tables, so that threads may share it."""

    def __init__(self, characters: CharacterRules) -> None:
        self._characters = characters
        self._scripts = load_script_rules()

    @property
    def version(self) -> str:
        """The version of the rule pack."""
        return self._scripts.version

    def judge_text(self, source: Source, site: Site, rules: Rules, tally: Tally) -> None:
        """The code, comments and strings of an intent text."""
        if is_plain(source.text) and not rules.payees:
            return
        known = known_payees(self._characters, rules.payees)
        for region in regions(source.text):
            judge_letters(self._scripts, region, site, tally)
            if region.place is Place.STRING and region.text:
                span = source.span(region.extent(0)[0], region.extent(len(region.text) - 1)[1])
                judge_payee(known, self._characters, region.text, f"{span}: the string", tally, span=span, hidden=False)

    def judge_field(self, field: Field, rules: Rules, tally: Tally) -> None:
        """One text that comes beside an intent; of names the whole is compared with the known payees, too."""
        judge_letters(self._scripts, Region(field.place, field.text, 0), FieldSite(field), tally)
        if field.place is Place.NAME and rules.payees:
            known = known_payees(self._characters, rules.payees)
            judge_payee(known, self._characters, field.text, field.name, tally, span=None, hidden=field.hidden)

    def judge_reading(self, reading: Reading, source: Source, tally: Tally) -> None:
        """The names of an intent, where the reading refused one of them: which of them are drawn alike."""
        if reading.file is None and any(finding.code == _NAME_REFUSED for finding in reading.findings):
            _refuse_alike(source, tally)

    def settle(self, question: Question, tally: Tally, *, incomplete: bool) -> None:
        """Judge the accounts of a question against one another and state the outcome of the class."""
        if incomplete and not tally.rejects(SecurityClass.HOMOGLYPHS):
            tally.leave(SecurityClass.HOMOGLYPHS, Outcome.BUDGET, "not all was looked at")
            return
        if not incomplete:
            _refuse_alike_accounts(_accounts(question), tally)
        count = len(question.rules.payees)
        tally.settle(SecurityClass.HOMOGLYPHS, f"words are of one script or of ones that mix; {count} payees are known")


def _refuse_alike(source: Source, tally: Tally) -> None:
    try:
        tokens = lex(source, DEFAULT_LIMITS).tokens
    except IntentError:
        return
    seen: dict[str, str] = {}
    for token in tokens:
        if token.kind is not Kind.NAME:
            continue
        other = seen.setdefault(skeleton(token.text), token.text)
        if other != token.text:
            span = source.span(token.start, token.end)
            message = f"{span}: the name {quoted(token.text)} is drawn like {quoted(other)}"
            tally.add(SecurityClass.HOMOGLYPHS, _collision(message, "give one of them another name", span))


def _accounts(question: Question) -> list[str]:
    found = list(question.context.accounts.values())
    if isinstance(question.transaction, DoubleEntry):
        found += [posting.account for posting in question.transaction.postings]
        found += [state.account for state in question.transaction.states]
    return found


def _refuse_alike_accounts(accounts: Iterable[str], tally: Tally) -> None:
    seen: dict[str, str] = {}
    for account in dict.fromkeys(accounts):
        other = seen.setdefault(skeleton(account), account)
        if other != account:
            message = "two accounts of the question are drawn alike and are not the same"
            tally.add(SecurityClass.HOMOGLYPHS, _collision(message, "tell the accounts apart by more than a letter"))


def _collision(message: str, advice: str, span: Span | None = None) -> Finding:
    return Finding(
        code=SecurityClass.HOMOGLYPHS.value,
        message=message,
        disposition=Disposition.REJECT,
        span=span,
        cwe=Weakness.VISUAL_DISTINCTION,
        advice=advice,
    )
