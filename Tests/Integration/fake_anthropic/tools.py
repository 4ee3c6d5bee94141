# SPDX-License-Identifier: Apache-2.0
"""The tools on offer, which of them must be used, and the schemas that a grammar can be made of."""

import re
from typing import Any

from fake_provider import Plan, ToolCall

from . import errors
from .models import Model
from .shapes import Shape, check, nullable, optional, required, tagged

_TOOL: Shape = {
    "name": required(str),
    "input_schema": required(dict),
    "description": optional(str),
    "type": nullable(str, choices=("custom",)),
    "strict": optional(bool),
    "cache_control": nullable(dict),
    "defer_loading": optional(bool),
    "eager_input_streaming": nullable(bool),
    "input_examples": optional(list),
}
_PARALLEL: Shape = {"disable_parallel_tool_use": optional(bool)}
_CHOICES: dict[str, Shape] = {
    "auto": _PARALLEL,
    "any": _PARALLEL,
    "tool": {"name": required(str)} | _PARALLEL,
    "none": {},
}
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")

# What the grammars know of JSON Schema, by type.
_ANY_TYPE = ("type", "description", "title", "enum", "const", "default", "$defs", "$ref", "anyOf")
_BY_TYPE: dict[str, tuple[str, ...]] = {
    "object": ("properties", "required", "additionalProperties"),
    "array": ("items", "minItems"),
    "string": ("format",),
}


def check_tools(body: dict[str, Any], model: Model) -> None:
    tools = body.get("tools", [])
    for index, tool in enumerate(tools):
        place = f"tools.{index}.custom"
        check(tool, _TOOL, place)
        if not _NAME.fullmatch(tool["name"]):
            raise errors.invalid(
                f"{place}.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'"
            )
        if "type" not in tool["input_schema"]:
            raise errors.invalid(f"{place}.input_schema.type: Field required")
        if tool["input_schema"]["type"] != "object":
            raise errors.invalid(f"{place}.input_schema.type: Input should be 'object'")
        if tool.get("strict"):
            if not model.has_structured_outputs:
                raise errors.invalid(f"{place}.strict: '{model.id}' does not support strict tools.")
            check_schema(tool["input_schema"], f"{place}.input_schema")
    names = [tool["name"] for tool in tools]
    if len(set(names)) != len(names):
        raise errors.invalid("tools: Tool names must be unique.")
    if "tool_choice" in body:
        _check_choice(body["tool_choice"], names)


def _check_choice(choice: dict[str, Any], names: list[str]) -> None:
    kind = tagged(choice, _CHOICES, "tool_choice")
    if not names:
        raise errors.invalid("tool_choice: tool_choice may only be specified while providing tools")
    if kind == "tool" and choice["name"] not in names:
        raise errors.invalid(f"Tool '{choice['name']}' not found in provided tools")


def check_schema(schema: Any, place: str) -> None:
    """Raises for what a grammar cannot express."""
    if not isinstance(schema, dict):
        raise errors.invalid(f"{place}: Input should be a valid dictionary")
    kind = schema.get("type")
    for name in schema:
        known = _BY_TYPE.get(kind, ()) if isinstance(kind, str) else ()
        if name not in (*_ANY_TYPE, *known):
            raise errors.invalid(f"{place}: For '{kind}' type, property '{name}' is not supported")
    if kind == "object" and schema.get("additionalProperties") is not False:
        raise errors.invalid(
            f"{place}: For 'object' type, 'additionalProperties' must be explicitly set to false"
        )
    if schema.get("minItems", 0) not in (0, 1):
        raise errors.invalid(
            f"{place}: For 'array' type, 'minItems' values other than 0 or 1 are not supported"
        )
    parts = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()]
    parts += [*schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])]
    for part in parts:
        check_schema(part, place)


def with_forced_tool(body: dict[str, Any], plan: Plan) -> Plan:
    """A call of the tool that the request insists on."""
    choice = body.get("tool_choice", {})
    if plan.tool_calls or choice.get("type") not in ("any", "tool"):
        return plan
    name = choice.get("name") or body["tools"][0]["name"]
    plan.tool_calls = [ToolCall(name, '{"value":"t0 t1"}', "toolu_01A09q90qw90lq917835lq9")]
    return plan
