# SPDX-License-Identifier: Apache-2.0
"""The formats of servers that one runs oneself: Ollama's own, and Llama 2's prompt."""

from collections.abc import Mapping

import fake_ollama
import fake_ollama.errors
from fake_huggingface import KEY, FakeHuggingFace
from fake_ollama import FakeOllama
from fake_provider import ProviderError
from scenarios.case import Cell, Details, Named, NotOffered, ProviderCase, bearer

from .huggingface import error

_IMAGE = Named("messages[0].content[1]")
_ENDINGS: Mapping[str, Cell] = {
    "refusal": NotOffered("no member for refusals"),
    "safety": NotOffered("no filter"),
    "usage-details": NotOffered("no details"),
}


def _lost(*parameters: str) -> dict[str, Cell]:
    return {f"parameter-{name.replace('_', '-')}": Named(name) for name in parameters}


def _ollama_error(status: int) -> ProviderError:
    match status:
        case 401:
            return fake_ollama.errors.unauthorized()
        case 404:
            return fake_ollama.errors.model_not_found("nobody")
        case 500:
            return fake_ollama.errors.out_of_memory()
        case 503:
            return fake_ollama.errors.busy()
    return fake_ollama.APIError(status, f"it is {status}")


def _ollama(provider: str, title: str) -> ProviderCase:
    variable = f"SCENARIOS_{provider.upper()}_OLLAMA"
    return ProviderCase(
        name=f"{provider}-ollama",
        title=title,
        provider=provider,
        model="qwen3-vl",
        completions="qwen3-vl",
        embeddings="all-minilm",
        fake=FakeOllama,
        error=_ollama_error,
        paths={
            "chat": "/api/chat",
            "completions": "/api/generate",
            "embeddings": "/api/embed",
        },
        auth=bearer(variable),
        environment={variable: f"Bearer {fake_ollama.KEY}"},
        options={f"{provider}_format": "ollama"},
        details=Details({}),
        gives_call_ids=False,
        # The head, and a record that has a text already.
        pieces_to_text=2,
        cells={
            **_ENDINGS,
            **_lost("user", "logit_bias", "n"),
            "image-remote": _IMAGE,
            "tool-choice-required": Named("tool_choice"),
            "tool-choice-named": Named("tool_choice"),
            "parallel-tools-off": Named("parallel_tool_calls"),
        },
    )


_TOOLS: Mapping[str, Cell] = {
    **dict.fromkeys(("tools", "parallel-tools", "bare-tool", "tool-results"), Named("tools")),
    "tool-choice-required": Named("tools", "tool_choice"),
    "tool-choice-named": Named("tools", "tool_choice"),
    "parallel-tools-off": Named("tools", "parallel_tool_calls"),
    "langchain-tools": NotOffered("no tools"),
}

_RAW = ProviderCase(
    name="llama2-raw",
    title="Llama 2 (raw)",
    provider="llama2",
    model="llama2",
    completions="llama2",
    fake=FakeHuggingFace,
    error=error,
    paths={"chat": "/generate", "completions": "/generate"},
    auth=bearer("SCENARIOS_LLAMA2_RAW"),
    environment={"SCENARIOS_LLAMA2_RAW": f"Bearer {KEY}"},
    options={"llama2_format": "raw"},
    details=Details({}),
    pieces_to_text=2,
    cells={
        **_ENDINGS,
        **_TOOLS,
        **_lost("user", "logit_bias", "n", "presence_penalty", "reasoning_effort"),
        "image-data": _IMAGE,
        "image-remote": _IMAGE,
    },
)

SELF_HOSTED = [
    _ollama("llama2", "Llama 2 (ollama)"),
    _ollama("mistral", "Mistral (ollama)"),
    _RAW,
]
