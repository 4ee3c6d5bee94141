# SPDX-License-Identifier: Apache-2.0
"""Gemini, by its public API and by Vertex."""

from collections.abc import Mapping
from typing import Any

from fake_gemini import KEY, TOKEN, FakeGemini, GoogleError, errors
from fake_gemini.routes import PROJECT
from fake_provider import ProviderError
from scenarios.case import Cell, Details, Named, ProviderCase, Tokens

PUBLIC, VERTEX = "SCENARIOS_GEMINI", "SCENARIOS_VERTEX"

# An `upstream_url` without a path: the model is part of the path.
PATHS = {"chat": "", "completions": "", "embeddings": ""}

CELLS: dict[str, Cell] = {
    "parameter-user": Named("user"),
    "parameter-logit-bias": Named("logit_bias"),
    "parallel-tools-off": Named("parallel_tool_calls"),
}


def error(status: int) -> ProviderError:
    match status:
        case 401:
            return errors.wrong_token()
        case 404:
            return errors.model_not_found("models/nobody")
        case 429:
            return errors.rate_limited()
        case 500:
            return errors.server_error()
        case 503:
            return errors.overloaded()
    return GoogleError(status, f"It is {status}.")


def usage(reported: Mapping[str, Any]) -> Tokens:
    """Thoughts are part of the answer, and what tools put into the prompt is part of that."""
    prompt = reported["promptTokenCount"] + reported.get("toolUsePromptTokenCount", 0)
    completion = reported.get("candidatesTokenCount", 0) + reported.get("thoughtsTokenCount", 0)
    return prompt, completion, reported.get("totalTokenCount", prompt + completion)


def _case(name: str, title: str, model: str, embeddings: str, **more: Any) -> ProviderCase:
    return ProviderCase(
        name=name,
        title=title,
        provider="gemini",
        model=model,
        completions=model,
        embeddings=embeddings,
        fake=FakeGemini,
        error=error,
        paths=PATHS,
        length={"finish_reason": "MAX_TOKENS"},
        safety={"finish_reason": "SAFETY"},
        details=Details(
            {"cachedContentTokenCount": 2, "thoughtsTokenCount": 3}, cached=2, reasoning=3
        ),
        usage=usage,
        # The head, the text.
        pieces_to_text=2,
        **more,
    )


GEMINI = [
    _case(
        "gemini",
        "Gemini",
        "gemini-3.8-flash",
        "gemini-embedding-001",
        auth={"header_name": "x-goog-api-key", "header_value": f"{{vault://env/{PUBLIC}}}"},
        environment={PUBLIC: KEY},
        cells=CELLS,
    ),
    _case(
        "vertex",
        "Gemini (Vertex)",
        "gemini-2.5-flash",
        "text-embedding-005",
        auth={"header_name": "Authorization", "header_value": f"{{vault://env/{VERTEX}}}"},
        environment={VERTEX: f"Bearer {TOKEN}"},
        options={
            "gemini": {
                "api_endpoint": "us-central1-aiplatform.googleapis.com",
                "project_id": PROJECT,
                "location_id": "us-central1",
            }
        },
        cells=CELLS,
    ),
]
