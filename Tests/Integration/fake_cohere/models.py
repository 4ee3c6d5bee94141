# SPDX-License-Identifier: Apache-2.0
"""The models that the fake has, and what sets them apart."""

CHAT = (
    "command-a-03-2025",
    "command-a-vision-07-2025",
    "command-a-reasoning-08-2025",
    "command-a-plus-05-2026",
)
VISION = ("command-a-vision-07-2025", "command-a-plus-05-2026")
REASONING = ("command-a-reasoning-08-2025", "command-a-plus-05-2026")
# Of those, the ones that think although nobody told them to.
THOUGHTFUL = ("command-a-reasoning-08-2025",)
GENERATE = ("command-light", "command")
# Each model's sizes of a vector, the default first.
EMBED = {
    "embed-v4.0": (1536, 256, 512, 1024),
    "embed-multilingual-v3.0": (1024,),
}
RERANK = ("rerank-v3.5",)
