# SPDX-License-Identifier: Apache-2.0
"""Providers' own APIs behind the gateway, each asked by the provider's own SDK."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import anthropic
import boto3
import cohere
from botocore.config import Config
from botocore.exceptions import ClientError
from cohere.core.api_error import ApiError
from google import genai
from google.genai import errors, types
from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError

import fake_anthropic
import fake_bedrock
import fake_cohere
import fake_gemini
import fake_huggingface
from fake_bedrock import FakeBedrock
from fake_provider import FakeProvider
from harness.sdk import CLIENT_KEY

Record = dict[str, Any]
# Asks at an address, for a test: the text of the answer.
Ask = Callable[[str, str, str], str]

ENVIRONMENT = {
    "NATIVE_ANTHROPIC": fake_anthropic.KEY,
    "NATIVE_BEDROCK": f"Bearer {fake_bedrock.API_KEY}",
    "NATIVE_COHERE": f"Bearer {fake_cohere.KEY}",
    "NATIVE_GEMINI": fake_gemini.KEY,
    "NATIVE_HUGGINGFACE": f"Bearer {fake_huggingface.KEY}",
}


@dataclass(frozen=True)
class NativeAPI:
    name: str
    fake: Callable[[], FakeProvider]
    header: str
    ask: Ask
    # What the SDK raises for a refusal, and the status in it.
    error: type[Exception]
    status: Callable[[Any], int]
    options: Callable[[FakeProvider], Record] = lambda fake: {}

    def proxy(self, fake: FakeProvider) -> Record:
        reference = f"{{vault://env/NATIVE_{self.name.upper()}}}"
        options = {"upstream_url": fake.url, **self.options(fake)}
        config: Record = {
            "route_type": "llm/v1/chat",
            "llm_format": self.name,
            "auth": {"header_name": self.header, "header_value": reference},
            "model": {"provider": self.name, "options": options},
            "logging": {"log_statistics": True},
        }
        if self.name == "huggingface":
            config["model"]["name"] = "tgi"
        return {"name": "ai-proxy", "config": config}


def _ask_anthropic(url: str, text: str, test: str) -> str:
    sdk = anthropic.Anthropic(
        api_key=CLIENT_KEY, base_url=url, max_retries=0, default_headers={"x-test": test}
    )
    answer: Any = sdk.messages.create(
        model="claude-sonnet-5-5", max_tokens=100, messages=[{"role": "user", "content": text}]
    )
    return str(answer.content[0].text)


def boto(url: str, token: str | None = None) -> Any:
    """A client of Bedrock with credentials of its own, which are nobody's."""
    return boto3.client(
        "bedrock-runtime",
        region_name="ap-south-1",
        endpoint_url=url,
        aws_access_key_id="AKIACLIENT",
        aws_secret_access_key="of-no-value",
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}),
    )


def _ask_bedrock(url: str, text: str, test: str) -> str:
    sdk = boto(url)
    sdk.meta.events.register(
        "before-send.bedrock-runtime.*",
        lambda request, **_: request.headers.update({"x-test": test}),
    )
    turn = {"role": "user", "content": [{"text": text}]}
    answer = sdk.converse(modelId=fake_bedrock.CLAUDE, messages=[turn])
    return str(answer["output"]["message"]["content"][0]["text"])


def _ask_cohere(url: str, text: str, test: str) -> str:
    sdk = cohere.ClientV2(CLIENT_KEY, base_url=url)
    options: Any = {"additional_headers": {"x-test": test}, "max_retries": 0}
    messages: Any = [{"role": "user", "content": text}]
    answer: Any = sdk.chat(
        model="command-a-03-2025", messages=messages, request_options=options
    )
    return str(answer.message.content[0].text)


def _ask_gemini(url: str, text: str, test: str) -> str:
    options = types.HttpOptions(base_url=url, headers={"x-test": test})
    sdk = genai.Client(api_key="the client's own", http_options=options)
    return str(sdk.models.generate_content(model="gemini-2.5-flash", contents=text).text)


def _ask_huggingface(url: str, text: str, test: str) -> str:
    sdk = InferenceClient(model=f"{url}/generate", token="hf_x", headers={"x-test": test})
    return str(sdk.text_generation(text, details=True).generated_text)


APIS = {
    api.name: api
    for api in (
        NativeAPI(
            "anthropic",
            fake_anthropic.FakeAnthropic,
            "x-api-key",
            _ask_anthropic,
            anthropic.APIStatusError,
            lambda error: error.status_code,
            lambda fake: {"anthropic_version": "2023-06-01"},
        ),
        NativeAPI(
            "bedrock",
            FakeBedrock,
            "Authorization",
            _ask_bedrock,
            ClientError,
            lambda error: error.response["ResponseMetadata"]["HTTPStatusCode"],
            lambda fake: {"bedrock": {"aws_region": fake_bedrock.REGION}},
        ),
        NativeAPI(
            "cohere",
            fake_cohere.FakeCohere,
            "Authorization",
            _ask_cohere,
            ApiError,
            lambda error: error.status_code,
        ),
        NativeAPI(
            "gemini",
            fake_gemini.FakeGemini,
            "x-goog-api-key",
            _ask_gemini,
            errors.ClientError,
            lambda error: error.code,
        ),
        NativeAPI(
            "huggingface",
            fake_huggingface.FakeHuggingFace,
            "Authorization",
            _ask_huggingface,
            HfHubHTTPError,
            lambda error: error.response.status_code,
        ),
    )
}
