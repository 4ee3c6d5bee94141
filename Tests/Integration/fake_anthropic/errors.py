# SPDX-License-Identifier: Apache-2.0
"""The provider's errors: status, type and message as Anthropic sends them."""

from fake_provider import ProviderError

REQUEST_ID = "req_011CSHoEeqs5C35K2UUqR7Fy"

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    503: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}


class APIError(ProviderError):
    def __init__(
        self, status: int, message: str, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        error = {"type": _TYPES[status], "message": message}
        body = {"type": "error", "error": error, "request_id": REQUEST_ID}
        super().__init__(status, message, body, headers)


def invalid(message: str) -> APIError:
    return APIError(400, message)


def wrong_key() -> APIError:
    return APIError(401, "invalid x-api-key")


def no_key() -> APIError:
    return APIError(401, "x-api-key header is required")


def forbidden() -> APIError:
    return APIError(403, "Your API key does not have permission to use the specified resource.")


def model_not_found(model: str) -> APIError:
    return APIError(404, f"model: {model}")


def rate_limited() -> APIError:
    return APIError(
        429,
        "This request would exceed your organization's rate limit of 50 requests per minute.",
        headers=(
            ("retry-after", "17"),
            ("anthropic-ratelimit-requests-limit", "50"),
            ("anthropic-ratelimit-requests-remaining", "0"),
            ("x-should-retry", "true"),
        ),
    )


def internal() -> APIError:
    return APIError(500, "Internal server error")


def unavailable() -> APIError:
    return APIError(503, "Service is temporarily unavailable.")


def overloaded() -> APIError:
    return APIError(529, "Overloaded", headers=(("x-should-retry", "true"),))
