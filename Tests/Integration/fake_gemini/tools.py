# SPDX-License-Identifier: Apache-2.0
"""The rules about tools and how they are to be called."""

import re
from typing import Any

from . import errors, schemas

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,127}")


def check(body: dict[str, Any]) -> None:
    names: list[str] = []
    found: list[str] = []
    for index, tool in enumerate(body.get("tools") or []):
        for number, function in enumerate(tool.get("functionDeclarations") or []):
            place = f"* GenerateContentRequest.tools[{index}].function_declarations[{number}]"
            name = function.get("name", "")
            if not _NAME.fullmatch(name):
                found.append(
                    f"{place}.name: Invalid function name. Must start with a letter or an "
                    "underscore."
                )
            if name in names:
                raise errors.invalid(f"Duplicate function declaration found: {name}")
            names.append(name)
            if "parameters" in function and "parametersJsonSchema" in function:
                found.append(f"{place}: parameters and parameters_json_schema are exclusive")
            if "parameters" in function:
                found += schemas.problems(function["parameters"], f"{place}.parameters")
            if "parametersJsonSchema" in function:
                found += schemas.json_problems(
                    function["parametersJsonSchema"], f"{place}.parameters_json_schema"
                )
    if found:
        raise errors.invalid("\n".join(found) + "\n")
    _check_config(body, names)


def names_of(body: dict[str, Any]) -> list[str]:
    return [
        function["name"]
        for tool in body.get("tools") or []
        for function in tool.get("functionDeclarations") or []
    ]


def config_of(body: dict[str, Any]) -> dict[str, Any]:
    config = (body.get("toolConfig") or {}).get("functionCallingConfig") or {}
    return dict(config)


def _check_config(body: dict[str, Any], names: list[str]) -> None:
    config = config_of(body)
    if not config:
        return
    mode, allowed = config.get("mode", "AUTO"), config.get("allowedFunctionNames")
    if not names and mode != "NONE":
        raise errors.invalid("Function calling config is set without function_declarations.")
    if allowed and mode not in ("ANY", "VALIDATED"):
        raise errors.invalid(
            "Allowed function names should only be set when function calling mode is ANY."
        )
    for name in allowed or []:
        if name not in names:
            raise errors.invalid(
                f"allowed_function_names should be a subset of function_declarations: {name}"
            )
