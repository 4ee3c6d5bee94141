# SPDX-License-Identifier: Apache-2.0
"""The models that are pulled, and what each can do."""

CAPABILITIES = {
    "llama2": ("completion",),
    "mistral": ("completion", "tools", "insert"),
    "llava": ("completion", "vision"),
    "qwen3": ("completion", "tools", "thinking"),
    "qwen3-vl": ("completion", "insert", "tools", "thinking", "vision"),
    "all-minilm": ("embedding",),
}
EMBEDDING_SIZE = 384


def base(name: str) -> str:
    return name.removesuffix(":latest")


def can(name: str, capability: str) -> bool:
    return capability in CAPABILITIES.get(base(name), ())
