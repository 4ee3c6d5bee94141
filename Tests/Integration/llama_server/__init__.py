# SPDX-License-Identifier: Apache-2.0
"""The real llama.cpp server over a tiny model of noise."""

from .model import write_model
from .server import LlamaServer

__all__ = ["LlamaServer", "write_model"]
