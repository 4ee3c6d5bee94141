# SPDX-License-Identifier: Apache-2.0
"""The models that the router knows."""

CHAT = ("meta-llama/Llama-3.1-8B-Instruct", "openai/gpt-oss-20b")
GENERATION = ("meta-llama/Llama-2-7b-chat-hf", "gpt2")
EMBEDDINGS = {"sentence-transformers/all-MiniLM-L6-v2": 384, "BAAI/bge-small-en-v1.5": 384}
# Models that were not made for it give a vector for each token.
TOKEN_FEATURES = ("facebook/bart-base",)
CREATED = 1_764_150_000
