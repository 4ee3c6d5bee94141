# SPDX-License-Identifier: Apache-2.0
"""The models that the fake has, and what each takes beyond what Converse has a field for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import APIError, invalid, model_refused

CLAUDE = "us.anthropic.claude-opus-4-5-20251101-v1:0"
CLAUDE_3 = "anthropic.claude-3-haiku-20240307-v1:0"
SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0"
NOVA = "amazon.nova-lite-v1:0"
NOVA_2 = "global.amazon.nova-2-lite-v1:0"
LLAMA = "meta.llama3-3-70b-instruct-v1:0"
MISTRAL = "mistral.mistral-7b-instruct-v0:2"
COHERE = "cohere.command-r-plus-v1:0"
GPT_OSS = "openai.gpt-oss-120b-1:0"
# A Claude whose name does not tell that it is one.
PROFILE = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6"

TITAN_V1 = "amazon.titan-embed-text-v1"
TITAN_V2 = "amazon.titan-embed-text-v2:0"
COHERE_EMBED = "cohere.embed-multilingual-v3"
COHERE_EMBED_V4 = "us.cohere.embed-v4:0"
EMBEDDINGS = (TITAN_V1, TITAN_V2, COHERE_EMBED, COHERE_EMBED_V4)


@dataclass(frozen=True)
class ChatModel:
    # What `additionalModelRequestFields` may hold; None: an object whose members are named within.
    fields: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    has_system: bool = True
    has_tools: bool = True
    has_forced_tools: bool = True
    has_images: bool = True
    has_effort: bool = False
    takes_both_samplings: bool = True


_CLAUDE_FIELDS = {"top_k": None, "thinking": None, "anthropic_beta": None}
_NOVA_FIELDS = {"inferenceConfig": ("topK",)}

CHAT: dict[str, ChatModel] = {
    CLAUDE: ChatModel(_CLAUDE_FIELDS, has_effort=True),
    PROFILE: ChatModel(_CLAUDE_FIELDS, has_effort=True),
    CLAUDE_3: ChatModel(_CLAUDE_FIELDS),
    SONNET: ChatModel(_CLAUDE_FIELDS, takes_both_samplings=False),
    NOVA: ChatModel(_NOVA_FIELDS),
    NOVA_2: ChatModel(_NOVA_FIELDS | {"reasoningConfig": ("type", "maxReasoningEffort")}),
    LLAMA: ChatModel(has_forced_tools=False, has_images=False),
    MISTRAL: ChatModel({"top_k": None}, has_system=False, has_tools=False, has_images=False),
    COHERE: ChatModel(
        {"k": None, "seed": None, "frequency_penalty": None, "presence_penalty": None},
        has_forced_tools=False,
        has_images=False,
    ),
    GPT_OSS: ChatModel({"reasoning_effort": None}, has_images=False),
}


def chat(name: str) -> ChatModel:
    if name in EMBEDDINGS:
        raise invalid("This action doesn't support the model that you provided.")
    if name not in CHAT:
        raise not_found(name)
    return CHAT[name]


def not_found(name: str) -> APIError:
    if name.startswith("arn:"):
        return APIError("ResourceNotFoundException", "The specified resource ARN was not found.")
    return invalid("The provided model identifier is invalid.")


def check_fields(model: ChatModel, body: dict[str, Any]) -> None:
    """What only some models take."""
    given = body.get("additionalModelRequestFields") or {}
    for name, value in given.items():
        if name not in model.fields:
            raise _extraneous(name)
        for inner in value if isinstance(value, dict) and name != "thinking" else ():
            if inner not in (model.fields[name] or ()):
                raise _extraneous(f"{name}/{inner}")
    inference = body.get("inferenceConfig") or {}
    if not model.takes_both_samplings and {"temperature", "topP"} <= set(inference):
        raise model_refused("`temperature` and `top_p` cannot both be specified for this model.")
    if (body.get("outputConfig") or {}).get("effort") is not None and not model.has_effort:
        raise _unsupported("outputConfig.effort")
    if body.get("system") and not model.has_system:
        raise _unsupported("system")
    tools = body.get("toolConfig")
    if tools and not model.has_tools:
        raise _unsupported("toolConfig")
    forced = {"any", "tool"} & set((tools or {}).get("toolChoice") or {})
    if forced and not model.has_forced_tools:
        raise _unsupported(f"toolConfig.toolChoice.{forced.pop()}")


def _unsupported(name: str) -> APIError:
    return invalid(f"This model doesn't support the {name} field. Remove {name} and try again.")


def _extraneous(name: str) -> APIError:
    return model_refused(
        f"Malformed input request: #: extraneous key [{name}] is not permitted, please reformat "
        "your input and try again."
    )
