# SPDX-License-Identifier: Apache-2.0
"""Errors in Google's shape: a code, a message, the name of the status, and typed details."""

from typing import Any

from fake_provider import ProviderError

_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}

Details = tuple[dict[str, Any], ...]


class GoogleError(ProviderError):
    def __init__(
        self,
        status: int,
        message: str,
        *,
        name: str | None = None,
        details: Details = (),
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        error: dict[str, Any] = {
            "code": status,
            "message": message,
            "status": name or _NAMES.get(status, "UNKNOWN"),
        }
        if details:
            error["details"] = list(details)
        super().__init__(status, message, {"error": error}, headers)


def invalid(message: str) -> GoogleError:
    return GoogleError(400, message)


def violations(found: list[tuple[str, str]]) -> GoogleError:
    """All that is wrong with the JSON at once: pairs of the place and what is wrong there."""
    details: dict[str, Any] = {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [
            {"description": text} | ({"field": place} if place else {}) for place, text in found
        ],
    }
    return GoogleError(400, "\n".join(text for _, text in found), details=(details,))


def no_key() -> GoogleError:
    return GoogleError(
        403,
        "Method doesn't allow unregistered callers (callers without established identity). "
        "Please use API Key or other form of API consumer identity to call this API.",
    )


def wrong_key() -> GoogleError:
    # 400, not 401: only the reason tells.
    return GoogleError(
        400,
        "API key not valid. Please pass a valid API key.",
        details=(
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "API_KEY_INVALID",
                "domain": "googleapis.com",
                "metadata": {"service": "generativelanguage.googleapis.com"},
            },
            {
                "@type": "type.googleapis.com/google.rpc.LocalizedMessage",
                "locale": "en-US",
                "message": "API key not valid. Please pass a valid API key.",
            },
        ),
    )


def wrong_token() -> GoogleError:
    return GoogleError(
        401,
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login "
        "cookie or other valid authentication credential. "
        "See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        details=(
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "ACCESS_TOKEN_TYPE_UNSUPPORTED",
                "metadata": {"service": "aiplatform.googleapis.com"},
            },
        ),
    )


def model_not_found(name: str) -> GoogleError:
    return GoogleError(
        404,
        f"{name} is not found for API version v1beta, or is not supported for generateContent. "
        "Call ListModels to see the list of available models and their supported methods.",
    )


def rate_limited() -> GoogleError:
    return GoogleError(
        429,
        "You exceeded your current quota, please check your plan and billing details.\n"
        "Please retry in 36.5s.",
        details=(
            {
                "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                "violations": [
                    {
                        "quotaMetric": "generativelanguage.googleapis.com/"
                        "generate_content_free_tier_requests",
                        "quotaId": "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
                        "quotaDimensions": {"location": "global", "model": "gemini-2.5-flash"},
                        "quotaValue": "10",
                    }
                ],
            },
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "36.5s"},
        ),
    )


def server_error() -> GoogleError:
    return GoogleError(
        500,
        "An internal error has occurred. Please retry or report in "
        "https://developers.generativeai.google/guide/troubleshooting",
    )


def overloaded() -> GoogleError:
    return GoogleError(503, "The model is overloaded. Please try again later.")
