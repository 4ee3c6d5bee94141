# SPDX-License-Identifier: Apache-2.0
"""Hugging Face: the router for chats, its own inference for the rest."""

from fake_huggingface import KEY, APIError, FakeHuggingFace, errors
from fake_provider import ProviderError
from scenarios.case import NotOffered, ProviderCase, bearer

VARIABLE = "SCENARIOS_HUGGINGFACE"
_EMBEDDINGS = "BAAI/bge-small-en-v1.5"


def error(status: int) -> ProviderError:
    match status:
        case 400:
            return errors.model_not_found("nobody")
        case 401:
            return errors.wrong_key()
        case 429:
            return errors.overloaded()
        case 503:
            return errors.loading("nobody")
    return APIError(status, f"It is {status}.")


HUGGINGFACE = ProviderCase(
    name="huggingface",
    title="Hugging Face",
    provider="huggingface",
    model="meta-llama/Llama-3.1-8B-Instruct",
    completions="gpt2",
    embeddings=_EMBEDDINGS,
    fake=FakeHuggingFace,
    error=error,
    paths={
        "chat": "/",
        "completions": "/hf-inference/models/gpt2",
        "embeddings": f"/hf-inference/models/{_EMBEDDINGS}/pipeline/feature-extraction",
    },
    auth=bearer(VARIABLE),
    environment={VARIABLE: f"Bearer {KEY}"},
    cells={"refusal": NotOffered("no member for refusals")},
    # The head, and a chunk that has a role and a text.
    pieces_to_text=2,
)
