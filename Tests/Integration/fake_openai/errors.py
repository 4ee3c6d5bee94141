# SPDX-License-Identifier: Apache-2.0
"""The provider's errors: status, body and code as OpenAI sends them."""

from fake_provider import ProviderError


class APIError(ProviderError):
    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        error = {"message": message, "type": type, "param": param, "code": code}
        super().__init__(status, message, {"error": error}, headers)


def no_key() -> APIError:
    return APIError(
        401,
        "You didn't provide an API key. You need to provide your API key in an Authorization "
        "header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
    )


def wrong_key(key: str) -> APIError:
    shown = key[:3] + "*" * 8 + key[-4:]
    return APIError(401, f"Incorrect API key provided: {shown}.", code="invalid_api_key")


def model_not_found(model: str) -> APIError:
    message = f"The model `{model}` does not exist or you do not have access to it."
    return APIError(404, message, code="model_not_found")


def unknown_url(method: str, path: str) -> APIError:
    return APIError(404, f"Invalid URL ({method} {path})")


def unknown_parameter(name: str) -> APIError:
    return APIError(400, f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")


def missing_parameter(name: str) -> APIError:
    return APIError(
        400,
        f"Missing required parameter: '{name}'.",
        param=name,
        code="missing_required_parameter",
    )


def wrong_type(name: str, expected: str, got: str) -> APIError:
    message = f"Invalid type for '{name}': expected {expected}, but got {got} instead."
    return APIError(400, message, param=name, code="invalid_type")


def wrong_value(name: str, message: str) -> APIError:
    return APIError(400, message, param=name, code="invalid_value")


def rate_limited() -> APIError:
    return APIError(
        429,
        "Rate limit reached for gpt-4o-mini on requests per min (RPM): Limit 3, Used 3.",
        type="requests",
        code="rate_limit_exceeded",
        headers=(
            ("retry-after", "20"),
            ("retry-after-ms", "20000"),
            ("x-ratelimit-limit-requests", "3"),
            ("x-ratelimit-remaining-requests", "0"),
            ("x-ratelimit-reset-requests", "20s"),
        ),
    )


def server_error() -> APIError:
    return APIError(
        500,
        "The server had an error while processing your request. Sorry about that!",
        type="server_error",
    )
