# SPDX-License-Identifier: Apache-2.0
"""Event streams as bytes, for comparisons."""

import json
from typing import Any

DONE = b"[DONE]"


def data_of(stream: bytes) -> list[bytes]:
    """The data of each event; anything that is no event stays in the list as it is."""
    blocks = stream.replace(b"\r\n", b"\n").split(b"\n\n")
    return [block.removeprefix(b"data: ") for block in blocks if block]


def without_usage(stream: bytes) -> list[Any]:
    """What a client that did not ask for usage is to see of a stream that has it.

    The event with the usage is gone. Its null in the other events means nothing to a client, so
    that comparing leaves it out.
    """
    events = []
    for data in data_of(stream):
        if data == DONE:
            events.append(DONE.decode())
            continue
        value = json.loads(data)
        if value.get("usage") is not None and value.get("choices") == []:
            continue
        if value.get("usage", 0) is None:
            del value["usage"]
        events.append(value)
    return events
