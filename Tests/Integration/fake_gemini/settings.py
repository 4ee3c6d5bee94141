# SPDX-License-Identifier: Apache-2.0
"""The rules about `generationConfig`."""

from typing import Any

from . import errors, models, schemas, tools


def check(body: dict[str, Any], model: str) -> None:
    config = body.get("generationConfig") or {}
    _check_range(config, "temperature", 0, 2)
    _check_range(config, "topP", 0, 1)
    _check_range(config, "topK", 1, 1 << 31)
    _check_range(config, "candidateCount", 1, 8)
    _check_range(config, "maxOutputTokens", 1, 1 << 31)
    _check_range(config, "seed", -(1 << 31), (1 << 31) - 1)
    _check_range(config, "presencePenalty", -2, 2)
    _check_range(config, "frequencyPenalty", -2, 2)
    if len(config.get("stopSequences") or []) > 5:
        raise errors.invalid(
            "* GenerateContentRequest.generation_config.stop_sequences: at most 5 are allowed\n"
        )
    _check_shape(body, config, model)
    _check_thinking(config.get("thinkingConfig") or {}, model)


def _check_range(config: dict[str, Any], name: str, least: float, most: float) -> None:
    value = config.get(name)
    if value is not None and not least <= float(value) <= most:
        raise errors.invalid(
            f"Unable to submit request because it has a {name} value of {value} but the supported "
            f"range is from {least} (inclusive) to {most} (inclusive). Update the value and try "
            "again."
        )


def _check_shape(body: dict[str, Any], config: dict[str, Any], model: str) -> None:
    mime = config.get("responseMimeType", "text/plain")
    if mime not in ("text/plain", "application/json", "text/x.enum"):
        raise errors.invalid(
            "* GenerateContentRequest.generation_config.response_mime_type: allowed mimetypes "
            "are `text/plain`, `application/json`, `application/xml`, `application/yaml` and "
            "`text/x.enum`.\n"
        )
    names = [name for name in ("responseSchema", "responseJsonSchema") if name in config]
    if names and mime == "text/plain":
        raise errors.invalid(
            "* GenerateContentRequest.generation_config.response_schema: response_schema is only "
            "supported when response_mime_type is set to 'application/json' or 'text/x.enum'.\n"
        )
    if len(names) == 2:
        raise errors.invalid("Only one of response_schema and response_json_schema can be set.")
    place = "* GenerateContentRequest.generation_config.response_schema"
    found = schemas.problems(config["responseSchema"], place) if "responseSchema" in config else []
    if "responseJsonSchema" in config:
        found += schemas.json_problems(config["responseJsonSchema"], place)
    if found:
        raise errors.invalid("\n".join(found) + "\n")
    if mime == "application/json" and tools.names_of(body) and not models.has_levels(model):
        raise errors.invalid(
            "Function calling with a response mime type: 'application/json' is unsupported"
        )


def _check_thinking(config: dict[str, Any], model: str) -> None:
    budget, level = config.get("thinkingBudget"), config.get("thinkingLevel")
    if budget is not None and level is not None:
        raise errors.invalid("You can only set only one of thinking budget and thinking level.")
    if config and not models.thinks(model):
        raise errors.invalid(
            "Unable to submit request because thinking is not supported by this model."
        )
    if level is not None and not models.has_levels(model):
        raise errors.invalid("Thinking level is not supported for this model.")
    if level == "MINIMAL" and "flash" not in model:
        raise errors.invalid("Thinking level MINIMAL is not supported for this model.")
    if budget == 0 and "pro" in model:
        raise errors.invalid("Budget 0 is invalid. This model only works in thinking mode.")
