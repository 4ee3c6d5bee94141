# SPDX-License-Identifier: Apache-2.0
"""The messages of the API with their fields, as protobuf's JSON reader knows them.

It takes `camelCase` and `snake_case`, and refuses every name that it does not know.
"""

import base64
import binascii
import re
from typing import Any

# A field is a scalar's name, a message's name, `[field]`, `{field}` for a map, or an enum's names.
Field = str | list[Any] | dict[str, Any] | frozenset[str]
Message = dict[str, Field]

_TYPES = frozenset(
    {"TYPE_UNSPECIFIED", "STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"}
)

SCHEMA: Message = {
    "type": _TYPES,
    "format": "string",
    "title": "string",
    "description": "string",
    "nullable": "bool",
    "enum": ["string"],
    "maxItems": "int",
    "minItems": "int",
    "properties": {"value": "Schema"},
    "required": ["string"],
    "minProperties": "int",
    "maxProperties": "int",
    "minLength": "int",
    "maxLength": "int",
    "pattern": "string",
    "example": "any",
    "anyOf": ["Schema"],
    "propertyOrdering": ["string"],
    "default": "any",
    "items": "Schema",
    "minimum": "number",
    "maximum": "number",
}

_GENERATION: Message = {
    "temperature": "number",
    "topP": "number",
    "topK": "number",
    "candidateCount": "int",
    "maxOutputTokens": "int",
    "stopSequences": ["string"],
    "responseLogprobs": "bool",
    "logprobs": "int",
    "presencePenalty": "number",
    "frequencyPenalty": "number",
    "seed": "int",
    "responseMimeType": "string",
    "responseSchema": "Schema",
    "responseJsonSchema": "any",
    "responseModalities": ["string"],
    "mediaResolution": "string",
    "speechConfig": "struct",
    "thinkingConfig": "ThinkingConfig",
    "imageConfig": "struct",
}

PUBLIC: dict[str, Message] = {
    "GenerateContentRequest": {
        "model": "string",
        "contents": ["Content"],
        "systemInstruction": "Content",
        "tools": ["Tool"],
        "toolConfig": "ToolConfig",
        "safetySettings": ["SafetySetting"],
        "generationConfig": "GenerationConfig",
        "cachedContent": "string",
        "serviceTier": "string",
        "store": "bool",
    },
    "Content": {"role": "string", "parts": ["Part"]},
    "Part": {
        "text": "string",
        "inlineData": "Blob",
        "fileData": "FileData",
        "functionCall": "FunctionCall",
        "functionResponse": "FunctionResponse",
        "executableCode": "struct",
        "codeExecutionResult": "struct",
        "thought": "bool",
        "thoughtSignature": "bytes",
        "videoMetadata": "struct",
        "mediaResolution": "struct",
    },
    "Blob": {"mimeType": "string", "data": "bytes"},
    "FileData": {"mimeType": "string", "fileUri": "string"},
    "FunctionCall": {"id": "string", "name": "string", "args": "struct"},
    "FunctionResponse": {
        "id": "string",
        "name": "string",
        "response": "struct",
        "parts": ["struct"],
        "willContinue": "bool",
        "scheduling": "string",
    },
    "Tool": {
        "functionDeclarations": ["FunctionDeclaration"],
        "googleSearch": "struct",
        "codeExecution": "struct",
        "urlContext": "struct",
    },
    "FunctionDeclaration": {
        "name": "string",
        "description": "string",
        "parameters": "Schema",
        "parametersJsonSchema": "any",
        "response": "Schema",
        "responseJsonSchema": "any",
        "behavior": "string",
    },
    "ToolConfig": {"functionCallingConfig": "FunctionCallingConfig", "retrievalConfig": "struct"},
    "FunctionCallingConfig": {
        "mode": frozenset({"MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"}),
        "allowedFunctionNames": ["string"],
    },
    "ThinkingConfig": {
        "includeThoughts": "bool",
        "thinkingBudget": "int",
        "thinkingLevel": frozenset({"MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH"}),
    },
    "SafetySetting": {"category": "string", "threshold": "string"},
    "GenerationConfig": _GENERATION,
    "Schema": SCHEMA,
    "BatchEmbedContentsRequest": {"requests": ["EmbedContentRequest"]},
    "EmbedContentRequest": {
        "model": "string",
        "content": "Content",
        "taskType": "string",
        "title": "string",
        "outputDimensionality": "int",
    },
}

# Vertex has the same messages with a few more fields, and its own for vectors.
VERTEX: dict[str, Message] = PUBLIC | {
    "GenerateContentRequest": PUBLIC["GenerateContentRequest"] | {"labels": {"value": "string"}},
    "GenerationConfig": _GENERATION | {"audioTimestamp": "bool", "routingConfig": "struct"},
    "Schema": SCHEMA
    | {"additionalProperties": "any", "ref": "string", "defs": {"value": "Schema"}},
    "Blob": PUBLIC["Blob"] | {"displayName": "string"},
    "FileData": PUBLIC["FileData"] | {"displayName": "string"},
    "PredictRequest": {"instances": ["Instance"], "parameters": "Parameters"},
    "Instance": {"content": "string", "task_type": "string", "title": "string"},
    "Parameters": {"autoTruncate": "bool", "outputDimensionality": "int"},
    "EmbedContentRequest": {"content": "Content", "embedContentConfig": "EmbedContentConfig"},
    "EmbedContentConfig": {
        "taskType": "string",
        "title": "string",
        "autoTruncate": "bool",
        "outputDimensionality": "int",
    },
}


class Reader:
    """Checks a body and gives it back with every name in `camelCase`."""

    def __init__(self, known: dict[str, Message]) -> None:
        self.known = known
        # The place and what is wrong there.
        self.violations: list[tuple[str, str]] = []

    def message(self, value: Any, name: str, place: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            self._wrong(place, value)
            return {}
        read: dict[str, Any] = {}
        fields = self.known[name]
        for key, member in value.items():
            known = key if key in fields else camel(key)
            if known not in fields:
                at = f" at '{place}'" if place else ""
                self.violations.append(
                    (
                        place,
                        "Invalid JSON payload received. "
                        f'Unknown name "{key}"{at}: Cannot find field.',
                    )
                )
            elif member is not None:
                inner = f"{place}.{snake(known)}" if place else snake(known)
                read[known] = self._field(member, fields[known], inner)
        return read

    def _field(self, value: Any, field: Field, place: str) -> Any:
        if isinstance(field, list):
            if not isinstance(value, list):
                return self._wrong(place, value)
            return [self._field(one, field[0], f"{place}[{i}]") for i, one in enumerate(value)]
        if isinstance(field, dict):
            if not isinstance(value, dict):
                return self._wrong(place, value)
            return {
                key: self._field(one, field["value"], f"{place}[{i}].value")
                for i, (key, one) in enumerate(value.items())
            }
        if isinstance(field, frozenset):
            if isinstance(value, str) and value.upper() in field:
                return value.upper()
            return self._wrong(place, value)
        if field in self.known:
            return self.message(value, field, place)
        return value if _fits(value, field) else self._wrong(place, value)

    def _wrong(self, place: str, value: Any) -> None:
        if isinstance(value, list):
            text = (
                f'Invalid JSON payload received. Unknown name "{place.rpartition(".")[2]}" at '
                f"'{place.rpartition('.')[0]}': Proto field is not repeating, cannot start list."
            )
        else:
            text = f"Invalid value at '{place}', {value!r}"
        self.violations.append((place, text))


def _fits(value: Any, kind: str) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "bool":
            return isinstance(value, bool)
        case "int":
            whole = isinstance(value, int) or (isinstance(value, str) and value.isdigit())
            return whole and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "struct":
            return isinstance(value, dict)
        case "bytes":
            return isinstance(value, str) and _is_base64(value)
    return True


def _is_base64(text: str) -> bool:
    # Both alphabets, padded or not, as protobuf's reader takes them.
    plain = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error:
        return False
    return True


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def snake(name: str) -> str:
    return re.sub("([A-Z])", lambda found: "_" + found[1].lower(), name)
