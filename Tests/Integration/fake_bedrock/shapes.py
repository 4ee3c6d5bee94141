# SPDX-License-Identifier: Apache-2.0
"""Bodies against the service's published model, which botocore ships.

The service ignores members that it does not know; here they are refused, so that a name that was
translated wrongly shows.
"""

import base64
import binascii
import functools
import re
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

from .errors import APIError, invalid


@functools.cache
def _service() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("bedrock-runtime", "service-2"))


def check_body(operation: str, body: Any) -> None:
    shape = _service().operation_model(operation).input_shape
    _structure(shape, body, "", {"modelId"})


def check_model_id(operation: str, model: str) -> None:
    shape = _service().operation_model(operation).input_shape.members["modelId"]
    if not re.fullmatch(shape.metadata["pattern"], model):
        raise invalid("The provided model identifier is invalid.")


def _check(shape: Shape, value: Any, place: str) -> None:
    if shape.metadata.get("document") or getattr(shape, "is_document_type", False):
        return
    match shape.type_name:
        case "structure":
            _structure(shape, value, place, set())
        case "list":
            _typed(value, list, place)
            for index, element in enumerate(value):
                _check(shape.member, element, f"{place}.{index}")
            _check_size(shape, len(value), place, value)
        case "map":
            _typed(value, dict, place)
            for key, element in value.items():
                _check(shape.key, key, f"{place}.key")
                _check(shape.value, element, f"{place}.{key}")
            _check_size(shape, len(value), place, value)
        case "string":
            _typed(value, str, place)
            _string(shape, value, place)
        case "boolean":
            _typed(value, bool, place)
        case "integer" | "long":
            _typed(value, int, place)
            _check_size(shape, value, place, value)
        case "float" | "double":
            _typed(value, (int, float), place)
            _check_size(shape, value, place, value)
        case "blob":
            _typed(value, str, place)
            _check_size(shape, len(_bytes(value, place)), place, "")
        case other:
            raise AssertionError(f"the model has a {other} at {place}")


def _structure(shape: Shape, value: Any, place: str, elsewhere: set[str]) -> None:
    _typed(value, dict, place)
    members = {name: value for name, value in value.items() if value is not None}
    for name in members:
        if name not in shape.members or name in elsewhere:
            raise APIError("SerializationException", f"Unknown member '{_in(place, name)}'")
    for name in shape.required_members:
        if name not in members and name not in elsewhere:
            raise _violation(_in(place, name), None, "Member must not be null")
    if shape.metadata.get("union") and len(members) != 1:
        raise APIError("SerializationException", f"Exactly one member of '{place}' must be set")
    for name, member in members.items():
        _check(shape.members[name], member, _in(place, name))


def _string(shape: Shape, value: str, place: str) -> None:
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        raise _violation(
            place, value, f"Member must satisfy enum value set: [{', '.join(allowed)}]"
        )
    pattern = shape.metadata.get("pattern")
    if pattern and not re.fullmatch(pattern, value):
        raise _violation(place, value, f"Member must satisfy regular expression pattern: {pattern}")
    _check_size(shape, len(value), place, value)


def _bytes(value: str, place: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error as problem:
        raise APIError("SerializationException", f"{place} is no base64: {problem}") from problem


def _check_size(shape: Shape, size: float, place: str, shown: Any) -> None:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        raise _violation(place, shown, f"Member must be at least {low}")
    if high is not None and size > high:
        raise _violation(place, shown, f"Member must be at most {high}")


def _typed(value: Any, expected: type | tuple[type, ...], place: str) -> None:
    is_wrong_boolean = isinstance(value, bool) and expected is not bool
    if is_wrong_boolean or not isinstance(value, expected):
        raise APIError("SerializationException", f"'{place}' has a value of the wrong type")


def _violation(place: str, value: Any, constraint: str) -> APIError:
    shown = "null" if value is None else value
    return invalid(
        f"1 validation error detected: Value '{shown}' at '{place}' failed to satisfy constraint: "
        f"{constraint}"
    )


def _in(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
