# SPDX-License-Identifier: Apache-2.0
"""What the service asks of a `Schema` beyond its fields."""

from typing import Any


def problems(schema: dict[str, Any], place: str) -> list[str]:
    """What is wrong with a schema and those in it, in Google's words."""
    found = []
    kind = schema.get("type", "TYPE_UNSPECIFIED")
    if kind == "TYPE_UNSPECIFIED" and "anyOf" not in schema and "ref" not in schema:
        found.append(f"{place}.type: must be specified")
    if kind == "OBJECT" and not schema.get("properties"):
        found.append(f"{place}.properties: should be non-empty for OBJECT type")
    if kind != "OBJECT" and schema.get("properties"):
        found.append(f"{place}.properties: only allowed for OBJECT type")
    if kind == "ARRAY" and not schema.get("items"):
        found.append(f"{place}.items: missing field.")
    if kind != "ARRAY" and schema.get("items"):
        found.append(f"{place}.items: field predicate failed: $type == Type.ARRAY")
    if schema.get("enum") is not None:
        if kind != "STRING":
            found.append(f"{place}.enum: only allowed for STRING type")
        if any(not value for value in schema["enum"]):
            found.append(f"{place}.enum[0]: cannot be empty")
    if kind == "STRING" and schema.get("format") not in (None, "enum", "date-time"):
        found.append(f"{place}.format: only 'enum' and 'date-time' are supported for STRING type")
    properties: dict[str, Any] = schema.get("properties") or {}
    for index, name in enumerate(schema.get("required") or []):
        if name not in properties:
            found.append(f"{place}.required[{index}]: property is not defined")
    for name, inner in properties.items():
        found += problems(inner, f'{place}.properties["{name}"]')
    if schema.get("items"):
        found += problems(schema["items"], f"{place}.items")
    for index, inner in enumerate(schema.get("anyOf") or []):
        found += problems(inner, f"{place}.any_of[{index}]")
    return found


# https://ai.google.dev/api/generate-content#FIELDS.response_json_schema
_JSON_SCHEMA = frozenset(
    {
        *("$id", "$defs", "$ref", "$anchor", "type", "format", "title", "description", "enum"),
        *("items", "prefixItems", "minItems", "maxItems", "minimum", "maximum", "anyOf", "oneOf"),
        *("properties", "additionalProperties", "required", "propertyOrdering"),
    }
)


def json_problems(schema: Any, place: str) -> list[str]:
    """What is wrong with a JSON Schema: keywords outside of the subset are ignored, not refused."""
    if isinstance(schema, bool):
        return []
    if not isinstance(schema, dict):
        return [f"{place}: must be an object"]
    found = []
    beside = [key for key in schema if key in _JSON_SCHEMA and not key.startswith("$")]
    if "$ref" in schema and beside:
        found.append(f"{place}: no field but those that start with $ may stand beside $ref")
    for key in ("properties", "$defs"):
        for name, inner in (schema.get(key) or {}).items():
            found += json_problems(inner, f"{place}.{key}.{name}")
    for key in ("items", "additionalProperties"):
        if key in schema:
            found += json_problems(schema[key], f"{place}.{key}")
    for key in ("anyOf", "oneOf", "prefixItems"):
        for index, inner in enumerate(schema.get(key) or []):
            found += json_problems(inner, f"{place}.{key}[{index}]")
    return found
