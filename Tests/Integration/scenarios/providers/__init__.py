# SPDX-License-Identifier: Apache-2.0
"""The providers, in the order of the document."""

from scenarios.case import ProviderCase

from .anthropic import ANTHROPIC
from .azure import AZURE
from .cohere import COHERE
from .compatible import COMPATIBLE
from .mistral import MISTRAL
from .openai import OPENAI

CASES: list[ProviderCase] = [OPENAI, AZURE, *COMPATIBLE, *ANTHROPIC, *COHERE, MISTRAL]
