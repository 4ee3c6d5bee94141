# SPDX-License-Identifier: Apache-2.0
"""Access tokens that the host gets for ai-proxy: of Entra ID for Azure, of a service account for Vertex."""

from pathlib import Path
from typing import Any

import openai
import pytest

from fake_cloud import TokenServer
from fake_cloud.tokens import CLIENT_SECRET
from fake_compatible import FakeAzure
from fake_gemini import FakeGemini
from fake_gemini.routes import PROJECT
from harness import Gateway, KongFile
from harness.sdk import CLIENT_KEY, client, numbered, text_of, user


class EntraAzure(FakeAzure):
    """Takes the tokens of a server, and nothing else."""

    def __init__(self, tokens: TokenServer) -> None:
        super().__init__()
        self.tokens = tokens

    def accepts(self, token: str) -> bool:
        return self.tokens.is_good(token)


def _proxy(
    provider: str, options: dict[str, Any], auth: dict[str, Any], **more: Any
) -> dict[str, Any]:
    model = {"provider": provider, "options": options}
    config = {"route_type": "llm/v1/chat", "auth": auth, "model": model}
    return {"name": "ai-proxy", "config": config | more}


def _azure(fake: FakeAzure, tokens: TokenServer) -> dict[str, Any]:
    options = {
        "azure_instance": "team",
        "azure_deployment_id": "chat",
        "azure_api_version": "2024-10-21",
        "upstream_url": f"{fake.url}/openai/deployments/chat/chat/completions",
    }
    auth = {
        "azure_use_managed_identity": True,
        "azure_client_id": "client",
        "azure_client_secret": "{vault://env/AZURE_SECRET}",
        "azure_tenant_id": "tenant",
    }
    return _proxy("azure", options, auth, patchbay={"azure_authority": tokens.url})


def _ask(gateway: Gateway, model: str, **more: Any) -> Any:
    sdk = client(f"{gateway.url}/chat")
    return sdk.chat.completions.create(model=model, messages=user(), **more)


def test_azure_takes_tokens_of_entra_id(tmp_path: Path) -> None:
    with TokenServer() as tokens, EntraAzure(tokens) as fake:
        file = KongFile().route("/chat", _azure(fake, tokens))
        with Gateway(file, tmp_path, {"AZURE_SECRET": CLIENT_SECRET}) as gateway:
            answer = _ask(gateway, "gpt-4o-mini")
            assert answer.choices[0].message.content == numbered(5)
            assert text_of(_ask(gateway, "gpt-4o-mini", stream=True)) == numbered(5)
            assert CLIENT_KEY not in str(fake.last.headers)
    assert len(tokens.tokens) == 1, "a token is kept"


def test_a_wrong_secret_says_what_the_gateway_lacks(tmp_path: Path) -> None:
    with TokenServer() as tokens, EntraAzure(tokens) as fake:
        file = KongFile().route("/chat", _azure(fake, tokens))
        with Gateway(file, tmp_path, {"AZURE_SECRET": "not-the-secret"}) as gateway:
            with pytest.raises(openai.InternalServerError) as caught:
                _ask(gateway, "gpt-4o-mini")
            assert caught.value.status_code == 502
            assert caught.value.code == "upstream_credentials_unavailable"
            assert "not-the-secret" not in caught.value.response.text
        assert not fake.requests, "nothing goes out without a token"


def test_vertex_takes_tokens_of_a_service_account(tmp_path: Path) -> None:
    with TokenServer() as tokens, FakeGemini() as fake:
        fake.accepts = tokens.is_good
        vertex = {
            "api_endpoint": "us-central1-aiplatform.googleapis.com",
            "project_id": PROJECT,
            "location_id": "us-central1",
        }
        auth = {
            "gcp_use_service_account": True,
            "gcp_service_account_json": "{vault://env/GCP_ACCOUNT}",
        }
        plugin = _proxy("gemini", {"gemini": vertex, "upstream_url": fake.url}, auth)
        file = KongFile().route("/chat", plugin)
        with Gateway(file, tmp_path, {"GCP_ACCOUNT": tokens.account.json}) as gateway:
            answer = _ask(gateway, "gemini-2.5-flash")
            assert answer.choices[0].message.content == numbered(5)
            assert text_of(_ask(gateway, "gemini-2.5-flash", stream=True)) == numbered(5)
            assert CLIENT_KEY not in str(fake.last.headers)
    assert len(tokens.tokens) == 1, "a token is kept"
