# SPDX-License-Identifier: Apache-2.0
"""The provider's errors: an id and a message, nothing else."""

from fake_provider import ProviderError

ID = "6f9b1f0c-3d2a-4a52-9a4e-0c7c1f3f7a10"


class APIError(ProviderError):
    def __init__(
        self, status: int, message: str, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(status, message, {"id": ID, "message": message}, headers)


def no_key() -> APIError:
    return APIError(401, "no api key supplied")


def wrong_key() -> APIError:
    return APIError(401, "invalid api token")


def not_found(path: str) -> APIError:
    return APIError(404, f"{path} not found")


def unknown_field(name: str, page: str) -> APIError:
    return APIError(
        422,
        f"unknown field: parameter '{name}' is not a valid field. "
        f"For proper usage, please refer to https://docs.cohere.com/reference/{page}",
    )


def wrong_type(name: str, expected: str, page: str) -> APIError:
    return APIError(
        400,
        f"invalid type: parameter '{name}' should be of type {expected}. "
        f"For proper usage, please refer to https://docs.cohere.com/reference/{page}",
    )


def invalid(message: str) -> APIError:
    return APIError(400, f"invalid request: {message}")


def model_not_found(model: str) -> APIError:
    return APIError(
        404,
        f"model '{model}' not found, make sure the correct model ID was used and that you have "
        "access to the model.",
    )


def rate_limited() -> APIError:
    return APIError(
        429,
        "You are using a Trial key, which is limited to 20 API calls / minute. You can continue to "
        "use the Trial key for free or upgrade to a Production key with higher rate limits.",
        (("retry-after", "20"),),
    )


def server_error() -> APIError:
    return APIError(500, "internal server error")
