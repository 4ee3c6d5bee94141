# SPDX-License-Identifier: Apache-2.0
"""The others that speak OpenAI's API."""

from collections.abc import Mapping
from typing import Any

from fake_compatible import (
    FakeCerebras,
    FakeCompatible,
    FakeDashScope,
    FakeDatabricks,
    FakeDeepSeek,
    FakeOllamaCompatible,
    FakeVLLM,
    FakeXAI,
)
from scenarios.case import Cell, Details, Named, NotOffered, ProviderCase, Refused, bearer

from .openai import errors_of

_NO_REFUSALS = NotOffered("no member `refusal`")


def _case(fake: type[FakeCompatible], title: str, model: str, **more: Any) -> ProviderCase:
    provider = more.pop("provider", fake.NAME)
    name = more.pop("name", provider)
    variable = f"SCENARIOS_{name.upper().replace('-', '_')}"
    paths = {operation: path for path, operation in reversed(list(fake.PATHS.items()))}
    return ProviderCase(
        name=name,
        title=title,
        provider=provider,
        model=model,
        fake=fake,
        error=errors_of(fake),
        paths=paths,
        auth=bearer(variable),
        environment={variable: f"Bearer {fake.KEY or 'none'}"},
        **more,
    )


def _named(*fields: str) -> Mapping[str, Cell]:
    return {f"parameter-{name.replace('_', '-')}": Named(name) for name in fields}


COMPATIBLE = [
    _case(
        FakeVLLM,
        "vLLM",
        "meta-llama/Llama-3.1-8B-Instruct",
        completions="base",
        embeddings="intfloat/e5-mistral-7b-instruct",
    ),
    _case(
        FakeVLLM,
        "Llama 2 (openai)",
        "meta-llama/Llama-3.1-8B-Instruct",
        provider="llama2",
        name="llama2-openai",
        completions="base",
        embeddings="intfloat/e5-mistral-7b-instruct",
        options={"llama2_format": "openai"},
    ),
    _case(
        FakeOllamaCompatible,
        "Ollama",
        "llama3.2",
        provider="ollama",
        completions="codellama:code",
        embeddings="all-minilm",
        details=Details({}),
        cells={
            **_named("top_k", "user", "logit_bias", "n"),
            "tool-choice-required": Named("tool_choice"),
            "tool-choice-named": Named("tool_choice"),
            "tool-choice-none": Named("tool_choice"),
            "parallel-tools-off": Named("parallel_tool_calls"),
            "refusal": _NO_REFUSALS,
            "usage-details": NotOffered("no details"),
        },
    ),
    _case(
        FakeDeepSeek,
        "DeepSeek",
        "deepseek-chat",
        completions="deepseek-fim",
        details=Details(
            {
                "prompt_cache_hit_tokens": 2,
                "completion_tokens_details": {"reasoning_tokens": 3},
            },
            cached=2,
            reasoning=3,
        ),
        # The head, a comment, the role, the text.
        pieces_to_text=4,
        cells={
            **_named("top_k", "user", "logit_bias", "n", "seed"),
            "parallel-tools-off": Named("parallel_tool_calls"),
            "json-schema": Named("response_format.json_schema"),
            "refusal": _NO_REFUSALS,
        },
    ),
    _case(
        FakeXAI,
        "xAI",
        "grok-4",
        cells={
            **_named("top_k", "logit_bias"),
            "parameter-stop": Refused("Argument not supported on this model: stop"),
            "parameter-presence-penalty": Refused(
                "Argument not supported on this model: presence_penalty"
            ),
            "parameter-frequency-penalty": Refused(
                "Argument not supported on this model: frequency_penalty"
            ),
        },
    ),
    _case(
        FakeCerebras,
        "Cerebras",
        "gpt-oss-120b",
        completions="llama3.1-8b",
        cells={
            **_named("top_k", "presence_penalty", "frequency_penalty", "logit_bias"),
            "parameter-n": Refused("Unknown parameter: 'n'."),
            "parallel-tools-off": Named("parallel_tool_calls"),
        },
    ),
    _case(
        FakeDashScope,
        "DashScope",
        "qwen-plus",
        completions="qwen2.5-coder-32b-instruct",
        embeddings="text-embedding-v4",
        cells={
            **_named("user", "logit_bias", "frequency_penalty"),
            "refusal": _NO_REFUSALS,
        },
    ),
    _case(
        FakeDatabricks,
        "Databricks",
        "databricks-meta-llama-3-3-70b-instruct",
        completions="base",
        embeddings="databricks-gte-large-en",
        options={"databricks": {"workspace_instance_id": "dbc-a1b2"}},
        cells={
            f"parameter-{name.replace('_', '-')}": Refused(
                f"{name}: Extra inputs are not permitted"
            )
            for name in ("seed", "user", "presence_penalty", "frequency_penalty", "logit_bias")
        }
        | {
            "parallel-tools-off": Refused("parallel_tool_calls: Extra inputs are not permitted"),
        },
    ),
]
