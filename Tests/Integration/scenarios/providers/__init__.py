# SPDX-License-Identifier: Apache-2.0
"""The providers, in the order of the document."""

from scenarios.case import ProviderCase

from .anthropic import ANTHROPIC
from .azure import AZURE
from .bedrock import BEDROCK
from .cohere import COHERE
from .compatible import COMPATIBLE
from .gemini import GEMINI
from .huggingface import HUGGINGFACE
from .mistral import MISTRAL
from .openai import OPENAI
from .self_hosted import SELF_HOSTED

CASES: list[ProviderCase] = [
    OPENAI,
    AZURE,
    *ANTHROPIC,
    BEDROCK,
    *GEMINI,
    *COHERE,
    MISTRAL,
    *SELF_HOSTED,
    HUGGINGFACE,
    *COMPATIBLE,
]
