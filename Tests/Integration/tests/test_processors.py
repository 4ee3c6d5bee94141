# SPDX-License-Identifier: Apache-2.0
"""`cpu_latency`: processors are kept awake while there are requests, where the system allows it."""

import os
import struct
import time
from pathlib import Path

import pytest

from fake_openai import FakeOpenAI
from harness import KongFile, request
from tests.conftest import StartGateway

DEVICE = Path("/dev/cpu_dma_latency")
# Microseconds that nobody else asks for.
LATENCY = 1234

needs_device = pytest.mark.skipif(
    not os.access(DEVICE, os.R_OK | os.W_OK), reason="the system lets nobody ask"
)


def demanded() -> int:
    """The shortest that anybody asks for, in microseconds."""
    value: int = struct.unpack("i", DEVICE.read_bytes())[0]
    return value


def wait_until_demanded(is_demanded: bool, timeout: float = 10) -> None:
    """The kernel tells no events: it is asked again and again."""
    end = time.monotonic() + timeout
    while (demanded() == LATENCY) != is_demanded:
        assert time.monotonic() < end, demanded()
        time.sleep(0.02)


@needs_device
def test_processors_are_awake_while_there_are_requests(
    start_gateway: StartGateway, fake: FakeOpenAI
) -> None:
    if demanded() < LATENCY:
        pytest.skip("somebody asks for less")
    with start_gateway(KongFile(cpu_latency=LATENCY).route("/plain", url=fake.url)) as gateway:
        # An idle gateway asks for nothing.
        assert demanded() != LATENCY
        request(gateway.address, "GET", "/nowhere")
        assert demanded() == LATENCY
        wait_until_demanded(False)
        request(gateway.address, "GET", "/nowhere")
        assert demanded() == LATENCY
    # What a gateway asked for ends with it.
    assert demanded() != LATENCY
