"""JSON Schemas (draft 2020-12, as OpenAPI 3.1 uses them) of what the face takes and gives."""

from __future__ import annotations

from enum import Enum

from aethel.request import Scope
from aethel.v1 import verification_pb2
from aethel.verdict import Consensus, Evidence, Impact, Outcome, Source, Vote
from aethel.wire.client import MAX_BATCH_QUESTIONS
from aethel.wire.convert import MAX_ID_CHARS
from aethel.wire.entry_schema import entry_schema

Schema = dict[str, object]

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_EXACT: Schema = {"type": ["string", "number"], "description": "an exact number; its text is never rounded"}
_FLAG: Schema = {"type": "boolean"}
_SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
_MS: Schema = {"type": "number", "minimum": 0, "description": "milliseconds"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_ID: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_ID_CHARS}

_MAY_BE_ABSENT = ("certificate", "replica", "assigned_version", "answering_version")
"""What of a verdict is left out where there is nothing to say."""


def ref(name: str) -> Schema:
    """What stands for a schema of this module."""
    return {"$ref": f"#/components/schemas/{name}"}


def schemas() -> dict[str, Schema]:
    """Every schema by its name."""
    return {**_requests(), **_results(), **_others(), **_entries()}


def _requests() -> dict[str, Schema]:
    question = _object(
        {
            "id": _ID,
            "intent": {"type": "string", "description": "the text of an intent; one of this and `transaction`"},
            "transaction": ref("Transaction"),
            "args": _by_name(_EXACT, _FLAG),
            "context": ref("Context"),
            "scope": _words(*(scope.value.lower() for scope in Scope)),
        },
        "id",
    )
    transaction: Schema = {
        "description": "an amount as text, or an object: journal entries as here, and the other shapes of "
        "docs/guardian.md and docs/adapters.md, each known by one of its fields",
        "anyOf": [_TEXT, ref("DoubleEntry"), {"type": "object"}],
    }
    context = _object(
        {
            "balances": _by_name(_EXACT),
            "inputs": _by_name(_EXACT, _FLAG),
            "accounts": _by_name(_EXACT),
            "proofs": {"type": "array", "items": {"type": "object"}},
            "roots": {"type": "array", "items": {"type": "object"}},
        }
    )
    questions: Schema = {"type": "array", "items": ref("Question"), "maxItems": MAX_BATCH_QUESTIONS}
    return {
        "Question": question | {"oneOf": [{"required": ["intent"]}, {"required": ["transaction"]}]},
        "Transaction": transaction,
        "Context": context,
        "Batch": _object({"questions": questions}, "questions"),
        "Preparation": _object({"id": _ID, "intent": _TEXT}, "id", "intent"),
        "Watched": {"anyOf": [ref("Question"), _object({"follow": _ID}, "follow")]},
        "Replay": _object({"question": ref("Question"), "client": _TEXT}, "question"),
        "Settlement": _object({"token": _TEXT, "retry_key": {"type": "string", "maxLength": 128}}, "token"),
        "Release": _object({"token": _TEXT}, "token"),
        "Payment": {
            "type": "object",
            "description": "as x402 asks a facilitator, versions 1 and 2",
            "properties": {
                "x402Version": {"enum": [1, 2]},
                "paymentPayload": {"type": "object"},
                "paymentRequirements": {"type": "object"},
            },
            "required": ["paymentPayload", "paymentRequirements"],
        },
    }


def _results() -> dict[str, Schema]:
    texts = ("activated_experts", "skipped_experts", "undecided_obligations", "assumptions", "written_cells")
    result: dict[str, Schema] = {
        "id": _TEXT,
        "consensus": _enum(Consensus),
        "confidence": _SHARE,
        "reason": _TEXT,
        "latency_ms": _MS,
        "experts": {"type": "object", "additionalProperties": ref("Verdict")},
        "findings": {"type": "array", "items": ref("Finding")},
        "degraded": _TEXTS,
        **dict.fromkeys(texts, _TEXTS),
        "program_digest": _TEXT,
        "language_version": _TEXT,
        "scope": _TEXT,
        "dissent": _TEXTS,
    }
    certificate: Schema = {"type": "string", "description": "empty where nothing was proved"}
    prepared: dict[str, Schema] = {**result, "certificate": certificate}
    verdict: dict[str, Schema] = {
        "verdict": _enum(Vote),
        "code": _TEXT,
        "source": _enum(Source),
        "latency_ms": _MS,
        "confidence": _SHARE,
        "evidence": _words(*(one.name for one in Evidence)),
        "reason": _TEXT,
        "version": _TEXT,
        "obligations": {"type": "array", "items": ref("Obligation")},
        "findings": {"type": "array", "items": ref("Finding")},
        "assumptions": _TEXTS,
        "not_applicable": _TEXTS,
        "proof_trace": {"type": "array", "items": _TEXTS},
    }
    return {
        "Result": _object({**result, "token": _TEXT}, *result),
        "Prepared": _object({**prepared, "token": _TEXT}, *prepared),
        "Verdict": _object({**verdict, **dict.fromkeys(_MAY_BE_ABSENT, _TEXT)}, *verdict),
        **_evidence(),
    }


def _evidence() -> dict[str, Schema]:
    finding: dict[str, Schema] = {
        "code": _TEXT,
        "message": _TEXT,
        "disposition": _TEXT,
        "confidence": _SHARE,
    }
    finding_more: dict[str, Schema] = {
        **dict.fromkeys(("intent", "cwe", "delta", "advice", "repair"), _TEXT),
        "span": ref("Span"),
        "impact": _words(*(one.name for one in Impact)),
        "accounts": _TEXTS,
        "numbers": _by_name(_TEXT),
        "counterexample": ref("Counterexample"),
    }
    obligation: dict[str, Schema] = {
        "id": _TEXT,
        "outcome": _enum(Outcome),
        "evidence": _words(*(one.name for one in Evidence)),
    }
    obligation_more: dict[str, Schema] = {
        "detail": _TEXT,
        "span": ref("Span"),
        "counterexample": ref("Counterexample"),
        "work": _COUNT,
        "took_ms": _MS,
    }
    explained: dict[str, Schema] = {
        "expert": _TEXT,
        "kind": _TEXT,
        "claim": _TEXT,
        "is_required": _FLAG,
        **obligation,
    }
    cells = _by_name(_TEXT)
    counterexample = {"inputs": cells, "before": cells, "after": cells, "replayed": _FLAG, "minimal": _FLAG}
    return {
        "Finding": _object({**finding, **finding_more}, *finding),
        "Obligation": _object({**obligation, **obligation_more}, *obligation),
        "Explained": _object({**explained, **obligation_more, "repair": _TEXT}, *explained),
        "Explanation": _object(
            {"result": ref("Result"), "obligations": {"type": "array", "items": ref("Explained")}},
            "result",
            "obligations",
        ),
        "Counterexample": _object(counterexample, *counterexample),
        "Span": _object(dict.fromkeys(("line", "column", "start", "end"), _COUNT), "line", "column", "start", "end"),
    }


def _others() -> dict[str, Schema]:
    error = _object({"id": _TEXT, "error": _TEXT, "reason": _TEXT}, "id", "error", "reason")
    problem = {"type": _TEXT, "title": _TEXT, "status": _COUNT, "detail": _TEXT, "reason": _TEXT}
    phases = [name.removeprefix("ID_PHASE_") for name in verification_pb2.IdPhase.keys()]  # noqa: SIM118  no mapping
    valid = {"isValid": _FLAG, "invalidReason": _TEXT, "invalidMessage": _TEXT, "payer": _TEXT, "assumptions": _TEXTS}
    mode = {"mode": _COUNT, "timeout_s": _COUNT, "status": _TEXT}
    components: Schema = {
        "type": "object",
        "additionalProperties": _object({"condition": _TEXT, "latency_ms": _MS}, "condition", "latency_ms"),
    }
    return {
        "Problem": _object({**problem, "facts": _by_name(_TEXT)}, *problem),
        "Answers": _object({"answers": {"type": "array", "items": {"anyOf": [ref("Result"), error]}}}, "answers"),
        "Kept": _object(
            {"id": _TEXT, "phase": _words(*phases), "expires_ms": _COUNT, "result": ref("Result")}, "id", "phase"
        ),
        "Settled": _object({"id": _TEXT, "is_repeated": _FLAG}, "id", "is_repeated"),
        "Released": _object({"id": _TEXT}, "id"),
        "Valid": _object(valid, "isValid"),
        "Alive": _object({"status": _TEXT}, "status"),
        "Health": _object({"status": _TEXT, "components": components}, "status", "components"),
        "ModeHealth": _object(mode, *mode),
        "Keys": {"type": "object", "description": "a JSON Web Key Set (RFC 7517)"},
    }


def _entries() -> dict[str, Schema]:
    """Journal entries as the contract has them, with the references that OpenAPI needs."""
    definitions = entry_schema()["$defs"]
    assert isinstance(definitions, dict)
    return {name: _moved(schema) for name, schema in definitions.items()}


def _moved(value: object) -> Schema:
    moved = _with_references(value)
    assert isinstance(moved, dict)
    return moved


def _with_references(value: object) -> object:
    if isinstance(value, dict):
        return {key: _with_references(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_with_references(item) for item in value]
    return value.replace("#/$defs/", "#/components/schemas/") if isinstance(value, str) else value


def _object(properties: dict[str, Schema], *required: str) -> Schema:
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema | ({"required": list(required)} if required else {})


def _by_name(*values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values[0] if len(values) == 1 else {"anyOf": list(values)}}


def _words(*words: str) -> Schema:
    return {"enum": list(words)}


def _enum(members: type[Enum]) -> Schema:
    return _words(*(member.value for member in members))
