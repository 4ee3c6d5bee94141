# SPDX-License-Identifier: Apache-2.0
"""Objects by their members, checked as the provider does: it allows no other member."""

from dataclasses import dataclass
from typing import Any

from . import errors

NUMBER: tuple[type, ...] = (int, float)
TEXT_OR_LIST: tuple[type, ...] = (str, list)

_SHOULD_BE = {
    bool: "Input should be a valid boolean",
    int: "Input should be a valid integer",
    float: "Input should be a valid number",
    str: "Input should be a valid string",
    list: "Input should be a valid list",
    dict: "Input should be a valid dictionary",
}


@dataclass(frozen=True)
class Member:
    types: tuple[type, ...]
    is_required: bool = False
    is_nullable: bool = False
    choices: tuple[Any, ...] = ()


Shape = dict[str, Member]


def required(*types: type, choices: tuple[Any, ...] = ()) -> Member:
    return Member(types, is_required=True, choices=choices)


def optional(*types: type, choices: tuple[Any, ...] = ()) -> Member:
    return Member(types, choices=choices)


def nullable(*types: type, choices: tuple[Any, ...] = ()) -> Member:
    return Member(types, is_nullable=True, choices=choices)


def check(value: Any, shape: Shape, place: str = "") -> dict[str, Any]:
    """Raises what Anthropic answers to the first member that is wrong."""
    if not isinstance(value, dict):
        raise errors.invalid(f"{place}: Input should be a valid dictionary")
    prefix = f"{place}." if place else ""
    for name, member in shape.items():
        if member.is_required and name not in value:
            raise errors.invalid(f"{prefix}{name}: Field required")
    for name, given in value.items():
        if name not in shape:
            raise errors.invalid(f"{prefix}{name}: Extra inputs are not permitted")
        _check_member(given, shape[name], prefix + name)
    return value


def _check_member(value: Any, member: Member, place: str) -> None:
    if value is None and member.is_nullable:
        return
    is_misfit = isinstance(value, bool) and bool not in member.types
    if is_misfit or not isinstance(value, member.types):
        raise errors.invalid(f"{place}: {_SHOULD_BE[member.types[-1]]}")
    if member.choices and value not in member.choices:
        *first, last = (f"'{choice}'" for choice in member.choices)
        names = f"{', '.join(first)} or {last}" if first else last
        raise errors.invalid(f"{place}: Input should be {names}")


def tagged(value: Any, shapes: dict[str, Shape], place: str) -> str:
    """Checks one of several shapes, told apart by `type`; returns which."""
    if not isinstance(value, dict):
        raise errors.invalid(f"{place}: Input should be a valid dictionary")
    kind = value.get("type")
    if kind is None:
        raise errors.invalid(f"{place}.type: Field required")
    if kind not in shapes:
        expected = ", ".join(f"'{name}'" for name in shapes)
        raise errors.invalid(
            f"{place}: Input tag '{kind}' found using 'type' does not match any of the "
            f"expected tags: {expected}"
        )
    check(value, shapes[kind] | {"type": required(str)}, f"{place}.{kind}")
    return str(kind)
