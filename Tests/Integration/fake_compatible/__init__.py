# SPDX-License-Identifier: Apache-2.0
"""Fakes of the providers that speak OpenAI's API with an accent of their own."""

from .azure import FakeAzure
from .cerebras import FakeCerebras
from .dashscope import FakeDashScope
from .databricks import FakeDatabricks
from .deepseek import FakeDeepSeek
from .ollama import FakeOllamaCompatible
from .provider import FakeCompatible
from .vllm import FakeVLLM
from .xai import FakeXAI

__all__ = [
    "FakeAzure",
    "FakeCerebras",
    "FakeCompatible",
    "FakeDashScope",
    "FakeDatabricks",
    "FakeDeepSeek",
    "FakeOllamaCompatible",
    "FakeVLLM",
    "FakeXAI",
]
