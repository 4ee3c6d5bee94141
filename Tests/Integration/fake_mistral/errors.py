# SPDX-License-Identifier: Apache-2.0
"""The provider's errors. Those about a field are a list of pydantic's, in one of two wrappings."""

from typing import Any

from fake_provider import ProviderError


class APIError(ProviderError):
    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "invalid_request_error",
        code: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        body = {
            "object": "error",
            "message": message,
            "type": type,
            "param": None,
            "code": code,
            "raw_status_code": status,
        }
        super().__init__(status, message, body, headers)


class FieldError(ProviderError):
    """`place` is the path to the field: names, numbers and, behind a message's number, its role."""

    def __init__(self, kind: str, place: tuple[str | int, ...], message: str, value: Any) -> None:
        self.detail = [
            {"type": kind, "loc": ["body", *place], "msg": message, "input": value},
        ]
        body = {
            "object": "error",
            "message": {"detail": self.detail},
            "type": "invalid_request_error",
            "param": None,
            "code": None,
        }
        super().__init__(422, message, body)

    def unwrapped(self) -> ProviderError:
        """As the API for embeddings has it."""
        return ProviderError(422, str(self), {"detail": self.detail})


def unauthorized() -> ProviderError:
    return ProviderError(401, "Unauthorized", {"detail": "Unauthorized"})


def unknown_url() -> ProviderError:
    body = {"message": "no Route matched with those values", "request_id": "5f1c0a3d9e7b"}
    return ProviderError(404, "no Route matched with those values", body)


def extra(place: tuple[str | int, ...], value: Any) -> FieldError:
    return FieldError("extra_forbidden", place, "Extra inputs are not permitted", value)


def missing(place: tuple[str | int, ...], value: Any) -> FieldError:
    return FieldError("missing", place, "Field required", value)


def wrong_type(place: tuple[str | int, ...], expected: str, value: Any) -> FieldError:
    return FieldError(f"{expected}_type", place, f"Input should be a valid {expected}", value)


def wrong_value(place: tuple[str | int, ...], expected: str, value: Any) -> FieldError:
    return FieldError("enum", place, f"Input should be {expected}", value)


def invalid_model(model: str) -> APIError:
    return APIError(400, f"Invalid model: {model}", type="invalid_model", code="1500")


def order(message: str) -> APIError:
    return APIError(400, message, type="invalid_request_message_order", code="3230")


def tool_id(identifier: Any) -> APIError:
    return APIError(
        400,
        f"Tool call id was {identifier} but must be a-z, A-Z, 0-9, with a length of 9.",
        type="invalid_function_call",
        code="3280",
    )


def rate_limited() -> APIError:
    return APIError(
        429,
        "Rate limit exceeded",
        type="rate_limited",
        code="1300",
        headers=(("retry-after", "20"), ("ratelimitbysize-remaining", "0")),
    )


def server_error() -> APIError:
    return APIError(500, "Service unavailable.", type="internal_server_error", code="3000")
