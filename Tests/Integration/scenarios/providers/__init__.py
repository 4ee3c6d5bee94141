# SPDX-License-Identifier: Apache-2.0
"""The providers, in the order of the document."""

from scenarios.case import ProviderCase

from .anthropic import ANTHROPIC
from .azure import AZURE
from .compatible import COMPATIBLE
from .gemini import GEMINI
from .openai import OPENAI

CASES: list[ProviderCase] = [OPENAI, AZURE, *COMPATIBLE, *ANTHROPIC, *GEMINI]
