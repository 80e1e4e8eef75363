"""The JSON Schema of journal entries, made from the contract's `DoubleEntry` so that the two never part."""

from __future__ import annotations

import json

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from aethel.v1 import transaction_pb2
from aethel.wire.convert_question import MAX_ID_CHARS

_REQUIRED = {
    "DoubleEntry": ("id", "postings"),
    "Posting": ("account", "commodity"),
    "Price": ("kind", "amount", "commodity"),
}
"""What a reader cannot do without; proto3 itself requires nothing."""


def entry_schema() -> dict[str, object]:
    """The schema (draft 2020-12) of a file: one entry, or a list of them, each with an `id` beside its fields.

    Every amount is a string of decimal digits, never a JSON number, which many readers round.
    """
    definitions: dict[str, object] = {}
    entry = _object(transaction_pb2.DoubleEntry.DESCRIPTOR, definitions)
    properties = {"id": {"type": "string", "minLength": 1, "maxLength": MAX_ID_CHARS}, **_properties(entry)}
    definitions["DoubleEntry"] = {**entry, "properties": properties}
    one = {"$ref": "#/$defs/DoubleEntry"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Journal entries for aethel verify --from postings",
        "oneOf": [one, {"type": "array", "minItems": 1, "items": one}],
        "$defs": dict(sorted(definitions.items())),
    }


def _properties(entry: dict[str, object]) -> dict[str, object]:
    properties = entry["properties"]
    assert isinstance(properties, dict)
    return properties


def _object(message: Descriptor, definitions: dict[str, object]) -> dict[str, object]:
    """The schema of one message; those of the messages inside it are added to `definitions`."""
    schema: dict[str, object] = {
        "type": "object",
        "properties": {field.name: _field(field, definitions) for field in message.fields},
        "additionalProperties": False,
    }
    if message.name in _REQUIRED:
        schema["required"] = list(_REQUIRED[message.name])
    return schema


def _field(field: FieldDescriptor, definitions: dict[str, object]) -> dict[str, object]:
    one = _value(field, definitions)
    return {"type": "array", "items": one} if field.is_repeated else one


def _value(field: FieldDescriptor, definitions: dict[str, object]) -> dict[str, object]:
    if field.message_type is not None:
        name = field.message_type.name
        if name not in definitions:
            definitions[name] = _object(field.message_type, definitions)
        return {"$ref": f"#/$defs/{name}"}
    if field.enum_type is not None:
        # The first value of an enum says that nothing was said, which is refused.
        return {"enum": [value.name for value in field.enum_type.values if value.number]}
    return {"type": {FieldDescriptor.TYPE_STRING: "string", FieldDescriptor.TYPE_BOOL: "boolean"}[field.type]}


def main() -> None:
    """Write the schema to standard output."""
    print(json.dumps(entry_schema(), indent=2))  # noqa: T201  this is what it is for


if __name__ == "__main__":
    main()
