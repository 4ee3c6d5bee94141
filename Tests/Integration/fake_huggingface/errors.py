# SPDX-License-Identifier: Apache-2.0
"""Errors, which each part of Hugging Face has in a shape of its own."""

from typing import Any

from fake_provider import ProviderError


class APIError(ProviderError):
    """The servers' shape: a string, and often a type beside it."""

    def __init__(self, status: int, message: str, type: str | None = None, **more: Any) -> None:
        body: dict[str, Any] = {"error": message, **more}
        if type is not None:
            body["error_type"] = type
        super().__init__(status, message, body)


class RouterError(ProviderError):
    """The router's shape, which is OpenAI's."""

    def __init__(self, status: int, message: str, type: str, code: str, param: str | None) -> None:
        error = {"message": message, "type": type, "code": code, "param": param}
        super().__init__(status, message, {"error": error})


def wrong_key() -> APIError:
    return APIError(401, "Invalid username or password.")


def validation(message: str) -> APIError:
    return APIError(422, f"Input validation error: {message}", "validation")


def not_understood(message: str) -> APIError:
    return APIError(422, f"Failed to deserialize the JSON body into the target type: {message}")


def overloaded() -> APIError:
    return APIError(429, "Model is overloaded", "overloaded")


def generation() -> APIError:
    return APIError(424, "Request failed during generation: out of memory", "generation")


def loading(model: str) -> APIError:
    return APIError(503, f"Model {model} is currently loading", estimated_time=19.3)


def model_not_found(model: str) -> RouterError:
    return RouterError(
        400,
        f"The requested model '{model}' does not exist",
        "invalid_request_error",
        "model_not_found",
        "model",
    )


def no_such_path(path: str) -> APIError:
    return APIError(404, f"Cannot POST {path}")
