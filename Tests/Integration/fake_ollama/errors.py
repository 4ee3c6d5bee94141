# SPDX-License-Identifier: Apache-2.0
"""The server's errors: one string, with little beside it."""

from fake_provider import ProviderError


class APIError(ProviderError):
    def __init__(
        self, status: int, message: str, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(status, message, {"error": message}, headers)


def unauthorized() -> APIError:
    return APIError(401, "unauthorized")


def no_model() -> APIError:
    return APIError(400, "model is required")


def model_not_found(model: str) -> APIError:
    return APIError(404, f"model '{model}' not found")


def cannot(model: str, what: str) -> APIError:
    return APIError(400, f"registry.ollama.ai/library/{model}:latest does not support {what}")


def wrong_type(got: str, place: str, expected: str) -> APIError:
    """What Go says of a member that does not fit its type."""
    return APIError(
        400, f"json: cannot unmarshal {got} into Go struct field {place} of type {expected}"
    )


def wrong_option(name: str, expected: str) -> APIError:
    return APIError(400, f'option "{name}" must be of type {expected}')


def busy() -> APIError:
    return APIError(503, "server busy, please try again.  maximum pending requests exceeded")


def out_of_memory() -> APIError:
    return APIError(500, "model requires more system memory (5.6 GiB) than is available (3.1 GiB)")
