# SPDX-License-Identifier: Apache-2.0
"""The fields of a plugin's config as a table, from the JSON Schema that its manifest carries."""

import json
import re
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

_HEAD = "| field | type | default | constraints | meaning |\n|---|---|---|---|---|"


def table(schema: Schema) -> str:
    return "\n".join([_HEAD, *_rows(schema)])


def undescribed(schema: Schema) -> list[str]:
    """The fields that are not described; of a record it is enough that its fields are."""
    rows = {path: field.get("description") for path, field, _ in _fields(schema)}
    return [
        path
        for path, description in rows.items()
        if not description and not any(other.startswith((f"{path}[", f"{path}.")) for other in rows)
    ]


def _rows(schema: Schema) -> Iterator[str]:
    for path, field, is_required in _fields(schema):
        default = _code(field["default"]) if "default" in field else ""
        if is_required and not default:
            default = "required"
        constraints = ", ".join(_constraints(field))
        cells = (f"`{path}`", _type(field), default, constraints, field.get("description", ""))
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _fields(schema: Schema, prefix: str = "") -> Iterator[tuple[str, Schema, bool]]:
    """Dotted paths, in the schema's order. A record has a row of its own if it is described."""
    required = schema.get("required", [])
    for name, field in schema.get("properties", {}).items():
        path = prefix + name
        inner, below = field, path
        while "properties" not in inner and (element := _element(inner)):
            below += "[]" if inner["type"] == "array" else ".*"
            inner = element
        if inner is not field or "properties" not in inner or "description" in inner:
            yield path, field, name in required
        yield from _fields(inner, below + ".")


def _element(field: Schema) -> Schema | None:
    element = field.get("items") or field.get("additionalProperties")
    return element if isinstance(element, dict) else None


def _type(field: Schema) -> str:
    if "type" not in field:
        return "any"
    element = _element(field)
    if element is None:
        return "record" if field["type"] == "object" else str(field["type"])
    collection = "list" if field["type"] == "array" else "map"
    return f"{collection} of {_plural(_type(element))}"


def _plural(name: str) -> str:
    if name == "any":
        return "any values"
    first, *rest = name.split(" ")
    return " ".join([first + "s", *rest])


def _constraints(field: Schema) -> Iterator[str]:
    if element := _element(field):
        yield from _constraints(element)
    if "enum" in field:
        yield ", ".join(_code(value) for value in field["enum"])
    low, high = field.get("minimum"), field.get("maximum")
    if low is not None and high is not None:
        yield f"{low:g} to {high:g}" if abs(high) < 1e6 else f"{low:.0f} to {high:.0f}"
    if "exclusiveMinimum" in field:
        yield f"above {field['exclusiveMinimum']:g}"
    yield from _sizes(field)
    if field.get("format") == "uri":
        yield "URL"
    if "pattern" in field:
        yield _pattern(field["pattern"])
    if field.get("x-secret"):
        yield "secret"
    if field.get("deprecated"):
        yield "deprecated"


def _sizes(field: Schema) -> Iterator[str]:
    least = field.get("minLength") or field.get("minItems") or field.get("minProperties")
    if least:
        yield "not empty" if least == 1 else f"at least {least}"
    most = next((field[n] for n in ("maxLength", "maxItems", "maxProperties") if n in field), None)
    if most is not None:
        yield f"at most {most}" + (" bytes" if "maxLength" in field else "")


def _pattern(pattern: str) -> str:
    prefix = re.sub(r"\\(.)", r"\1", pattern.removeprefix("^"))
    return f"starts with `{prefix}`"


def _code(value: Any) -> str:
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    return f"`{text}`"
