# SPDX-License-Identifier: Apache-2.0
"""Azure OpenAI."""

from fake_compatible import FakeAzure
from scenarios.case import Named, ProviderCase

from .openai import errors_of

VARIABLE = "SCENARIOS_AZURE"
_ROOT = "/openai/deployments"

AZURE = ProviderCase(
    name="azure",
    title="Azure",
    provider="azure",
    # A deployment answers; what the client calls it does not matter.
    model="chat",
    completions="instruct",
    embeddings="vectors",
    fake=FakeAzure,
    error=errors_of(FakeAzure),
    paths={
        "chat": f"{_ROOT}/chat/chat/completions",
        "completions": f"{_ROOT}/instruct/completions",
        "embeddings": f"{_ROOT}/vectors/embeddings",
    },
    auth={"header_name": "api-key", "header_value": f"{{vault://env/{VARIABLE}}}"},
    environment={VARIABLE: FakeAzure.KEY},
    options={
        "azure_instance": "team",
        "azure_deployment_id": "chat",
        "azure_api_version": "2024-12-01-preview",
    },
    # The head, the filters of the prompt, the role, the text.
    pieces_to_text=4,
    cells={"parameter-top-k": Named("top_k")},
)
