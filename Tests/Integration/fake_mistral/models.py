# SPDX-License-Identifier: Apache-2.0
"""The models that the fake has, and what sets them apart."""

CREATED = 1_761_000_000

CHAT = ("mistral-small-latest", "mistral-large-latest", "magistral-medium-latest")
# These think before they answer.
REASONING = ("magistral-medium-latest",)
EMBED = {"mistral-embed": 1024, "codestral-embed": 1536}
# Only this one makes shorter vectors.
RESIZABLE = ("codestral-embed",)
