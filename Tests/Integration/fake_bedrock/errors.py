# SPDX-License-Identifier: Apache-2.0
"""The provider's errors: a message in the body, the type in a header."""

from fake_provider import ProviderError

_NAMESPACE = ":http://internal.amazon.com/coral/com.amazon.bedrock/"

_STATUSES = {
    "AccessDeniedException": 403,
    "ExpiredTokenException": 403,
    "IncompleteSignatureException": 403,
    "InternalServerException": 500,
    "InvalidSignatureException": 403,
    "MissingAuthenticationTokenException": 403,
    "ModelErrorException": 424,
    "ModelNotReadyException": 429,
    "ModelTimeoutException": 408,
    "ResourceNotFoundException": 404,
    "SerializationException": 400,
    "ServiceQuotaExceededException": 400,
    "ServiceUnavailableException": 503,
    "ThrottlingException": 429,
    "UnknownOperationException": 404,
    "UnrecognizedClientException": 403,
    "ValidationException": 400,
}


class APIError(ProviderError):
    """An exception of the service, by its name."""

    def __init__(self, type: str, message: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        self.type = type
        named = (("x-amzn-ErrorType", type + _NAMESPACE), *headers)
        super().__init__(_STATUSES[type], message, {"message": message}, named)


def invalid(message: str) -> APIError:
    return APIError("ValidationException", message)


def model_refused(message: str) -> APIError:
    """What a model's own server says is passed on behind this sentence."""
    return invalid(f"The model returned the following errors: {message}")


def throttled() -> APIError:
    return APIError(
        "ThrottlingException",
        "Too many requests, please wait before trying again.",
        (("retry-after", "3"),),
    )


def server_error() -> APIError:
    return APIError(
        "InternalServerException",
        "The system encountered an unexpected error during processing. Try your request again.",
    )


def unavailable() -> APIError:
    return APIError("ServiceUnavailableException", "Bedrock is unable to process your request.")


def access_denied() -> APIError:
    return APIError(
        "AccessDeniedException", "You don't have access to the model with the specified model ID."
    )
