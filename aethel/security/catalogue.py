"""The classes as data: what each of them finds, what it asks for, how it decides, and how grave a finding is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from aethel.security.classes import SecurityClass, Weakness
from aethel.verdict import Disposition, Finding, Impact


class Ground(Enum):
    """What a finding rests on: a decision that cannot be wrong about the text, or a score with a measured error."""

    DECIDED = "decided"
    MEASURED = "measured"


@dataclass(frozen=True, slots=True)
class Entry:
    """One class: its title, the gravest thing a finding of it asks for, its grounds and impact, the CWE ids of its
    findings, and how it decides in a few words."""

    class_: SecurityClass
    title: str
    disposition: Disposition
    ground: Ground
    impact: Impact
    cwe: tuple[int, ...]
    how: str


def entry(class_: SecurityClass) -> Entry:
    """The entry of a class."""
    return _BY_CLASS[class_]


def graded(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings with the impact of their class, where they state none of their own."""
    return tuple(
        found if found.impact is not None else replace(found, impact=entry(SecurityClass(found.code)).impact)
        for found in findings
    )


_REJECT, _ADVISE = Disposition.REJECT, Disposition.ADVISE
_DECIDED, _MEASURED = Ground.DECIDED, Ground.MEASURED

CATALOGUE: tuple[Entry, ...] = (
    Entry(
        SecurityClass.CANONICAL_TEXT,
        "canonical text",
        _REJECT,
        _DECIDED,
        Impact.MEDIUM,
        (Weakness.UNICODE_ENCODING, Weakness.CONTROL_SEQUENCES, Weakness.NULL_BYTE),
        "strict UTF-8 without lone surrogates and controls; in code names in normal form C and ASCII digits",
    ),
    Entry(
        SecurityClass.BIDI_CONTROLS,
        "bidirectional controls",
        _REJECT,
        _DECIDED,
        Impact.HIGH,
        (Weakness.VISUAL_DISTINCTION,),
        "refused in code and names, in other human text where no pair is closed (UAX #9); closed pairs are flagged",
    ),
    Entry(
        SecurityClass.INVISIBLE,
        "invisible characters",
        _REJECT,
        _DECIDED,
        Impact.HIGH,
        (Weakness.VISUAL_DISTINCTION,),
        "default-ignorable and blank characters, unless a spelling or an emoji needs them there",
    ),
    Entry(
        SecurityClass.HOMOGLYPHS,
        "homoglyphs",
        _REJECT,
        _DECIDED,
        Impact.HIGH,
        (Weakness.VISUAL_DISTINCTION,),
        "mixed-script and whole-script confusables of UTS #39 word by word, and skeletons of names of the intent, of "
        "accounts and of the known payees",
    ),
    Entry(
        SecurityClass.WIDTH,
        "integer width",
        _REJECT,
        _DECIDED,
        Impact.HIGH,
        (Weakness.INTEGER_OVERFLOW,),
        "interval analysis at stated widths, with a witness",
    ),
    Entry(
        SecurityClass.PRECISION,
        "precision loss",
        _ADVISE,
        _DECIDED,
        Impact.MEDIUM,
        (Weakness.CALCULATION, Weakness.INSUFFICIENT_PRECISION),
        "division before multiplication, and gain from repeated rounding, in the syntax tree",
    ),
    Entry(
        SecurityClass.LOOPS,
        "loops and recursion",
        _REJECT,
        _DECIDED,
        Impact.MEDIUM,
        (Weakness.EXCESSIVE_ITERATION,),
        "constant bounds, counted before anything is unrolled; recursion cannot be expressed",
    ),
    Entry(
        SecurityClass.RESOURCES,
        "resources",
        _REJECT,
        _DECIDED,
        Impact.MEDIUM,
        (Weakness.UNLIMITED_RESOURCES,),
        "caps on bytes, depth, nodes, parameters, legs and digits, and a static cost before anything is evaluated",
    ),
    Entry(
        SecurityClass.SQL,
        "SQL injection",
        _REJECT,
        _MEASURED,
        Impact.CRITICAL,
        (Weakness.SQL_INJECTION, Weakness.QUERY_LOGIC),
        "tokens of SQL in each quoting context: whether the value leaves its literal",
    ),
    Entry(
        SecurityClass.BREAKOUT,
        "breakout into another system",
        _REJECT,
        _MEASURED,
        Impact.CRITICAL,
        (
            Weakness.COMMAND_INJECTION,
            Weakness.PATH_TRAVERSAL,
            Weakness.SERVER_SIDE_REQUEST,
            Weakness.LINE_INJECTION,
            Weakness.LOG_INJECTION,
            Weakness.FORMULA,
            Weakness.SCRIPT_INJECTION,
        ),
        "command, path, URL, line, log, formula and markup, each in the grammar of the sink",
    ),
    Entry(
        SecurityClass.TEMPLATES,
        "templates and expressions",
        _REJECT,
        _MEASURED,
        Impact.CRITICAL,
        (Weakness.TEMPLATE_ENGINE, Weakness.EXPRESSION_LANGUAGE, Weakness.FORMAT_STRING),
        "expressions of template engines, look-ups and format strings that would be evaluated",
    ),
    Entry(
        SecurityClass.PROMPT,
        "prompt injection",
        _ADVISE,
        _MEASURED,
        Impact.HIGH,
        (Weakness.PROMPT,),
        "instructions to a model; contained by typed fields, never the sole approver; a comment must hold none",
    ),
    Entry(
        SecurityClass.ENCODINGS,
        "entropy and encodings",
        _ADVISE,
        _MEASURED,
        Impact.MEDIUM,
        (Weakness.DOUBLE_DECODING,),
        "nested encodings are decoded and looked at again; a score against the alphabet of the field",
    ),
    Entry(
        SecurityClass.DEAD_GUARDS,
        "dead and constant guards",
        _ADVISE,
        _DECIDED,
        Impact.LOW,
        (Weakness.DEAD_CODE, Weakness.ALWAYS_FALSE, Weakness.ALWAYS_TRUE),
        "guards that are always true or false, legs that are never reached, parameters that are never used",
    ),
    Entry(
        SecurityClass.CONTRADICTION,
        "contradiction",
        _REJECT,
        _DECIDED,
        Impact.MEDIUM,
        (Weakness.ALWAYS_FALSE,),
        "guards that cannot hold together",
    ),
    Entry(
        SecurityClass.IDENTITY_BACKDOOR,
        "identity backdoor",
        _REJECT,
        _DECIDED,
        Impact.CRITICAL,
        (Weakness.EMBEDDED_MALICE,),
        "a branch on a literal identity, time or amount that relaxes a guard or redirects value",
    ),
    Entry(
        SecurityClass.EFFECT_ORDER,
        "effects after an interaction",
        _REJECT,
        _DECIDED,
        Impact.HIGH,
        (Weakness.WORKFLOW,),
        "a change of state after an external interaction, or a stale reading used again",
    ),
    Entry(
        SecurityClass.LEG_ORDER,
        "order dependence",
        _ADVISE,
        _DECIDED,
        Impact.MEDIUM,
        (Weakness.WORKFLOW,),
        "legs that should commute and do not",
    ),
    Entry(
        SecurityClass.REPLAY,
        "replay",
        _ADVISE,
        _DECIDED,
        Impact.HIGH,
        (Weakness.REPLAY,),
        "nonce, domain separator and expiry where the profile demands them",
    ),
    Entry(
        SecurityClass.ARBITRARY_SOURCE,
        "arbitrary source",
        _ADVISE,
        _DECIDED,
        Impact.CRITICAL,
        (Weakness.USER_CONTROLLED_KEY,),
        "a debited account that is not bound to the principal who authorises",
    ),
    Entry(
        SecurityClass.IGNORED_RESULT,
        "ignored result",
        _REJECT,
        _DECIDED,
        Impact.MEDIUM,
        (Weakness.UNCHECKED_RESULT,),
        "the outcome of a leg that nothing uses",
    ),
    Entry(
        SecurityClass.HIDDEN_PRIVILEGE,
        "hidden privilege",
        _REJECT,
        _DECIDED,
        Impact.CRITICAL,
        (Weakness.PRIVILEGES,),
        "a change of limit, owner or delegate beside a payment",
    ),
    Entry(
        SecurityClass.ORACLE,
        "oracle",
        _ADVISE,
        _DECIDED,
        Impact.HIGH,
        (Weakness.UNVERIFIED_DATA,),
        "equality on a value that outsiders can move, or an external value that is stale or unbounded",
    ),
    Entry(
        SecurityClass.PARAMETER_CONFUSION,
        "parameter confusion",
        _REJECT,
        _DECIDED,
        Impact.HIGH,
        (Weakness.EXTRA_PARAMETERS,),
        "a name given twice, in two spellings with two values, or alike in case, normal form or shape; a name that "
        "nothing has; repeated and unknown fields are refused where the request is read",
    ),
)
"""Every class once, in order of precedence. A class that rejects also flags what is unlikely or cannot be told."""

_BY_CLASS = {each.class_: each for each in CATALOGUE}
