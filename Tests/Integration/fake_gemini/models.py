# SPDX-License-Identifier: Apache-2.0
"""The models that the fake has, and what sets them apart."""

# Before 2.5 nothing thinks; 2.5 has a budget, 3 has levels and signs its thoughts.
CHAT = (
    "gemini-2.0-flash",
    "gemini-2.5-flash",
    "gemini-2.5-pro",
    "gemini-3-pro-preview",
    "gemini-3.8-flash",
)
EMBEDDINGS = {"gemini-embedding-001": 3072, "gemini-embedding-2": 3072}
# Vertex alone has these, and knows them by `predict`.
PREDICTED = {"text-embedding-005": 768, "gemini-embedding-001": 3072}
ENDPOINT = "7231984561230987654"


def signs_thoughts(model: str) -> bool:
    return model.startswith("gemini-3")


def has_levels(model: str) -> bool:
    return model.startswith("gemini-3")


def thinks(model: str) -> bool:
    return not model.startswith("gemini-2.0")


def listing() -> dict[str, list[dict[str, object]]]:
    return {"models": [one(name) for name in (*CHAT, *EMBEDDINGS)]}


def one(name: str) -> dict[str, object]:
    methods = ["embedContent"] if name in EMBEDDINGS else ["generateContent", "countTokens"]
    return {
        "name": f"models/{name}",
        "displayName": name,
        "inputTokenLimit": 1048576,
        "outputTokenLimit": 65536,
        "supportedGenerationMethods": methods,
    }
