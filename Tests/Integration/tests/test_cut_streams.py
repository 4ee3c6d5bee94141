# SPDX-License-Identifier: Apache-2.0
"""Streams that end before their end: by the upstream, by the client."""

import time

import pytest

from fake_openai import Cut, FakeOpenAI, Gate
from harness import Gateway, LogFile, connect
from harness.client import read_until_cut, send, start
from harness.sdk import user

STREAM = {"messages": user(), "stream": True, "stream_options": {"include_usage": True}}
# Generous on a busy machine; without the abort the upstream would wait for ever.
SOON = 0.5


@pytest.mark.parametrize("path", ["/chat", "/plain/v1/chat/completions"])
@pytest.mark.parametrize("cut", list(Cut))
def test_a_cut_upstream_never_looks_like_success(
    gateway: Gateway, fake: FakeOpenAI, cut: Cut, path: str
) -> None:
    fake.plan(tokens=50, cut_after=3000, cut=cut)
    connection = connect(gateway.address)
    headers = {"Authorization": f"Bearer {fake.key}"}
    start(connection, "POST", path, {"model": "gpt-4o-mini", **STREAM}, headers)
    content, is_complete = read_until_cut(connection.getresponse())
    assert b"data: [DONE]" not in content
    if is_complete:
        assert b'"error"' in content, f"the cut stream ended cleanly: {content[-200:]!r}"


@pytest.mark.parametrize("path", ["/chat", "/plain/v1/chat/completions"])
@pytest.mark.parametrize("releases", [0, 1, 3], ids=["before-head", "after-head", "mid-stream"])
def test_a_client_that_leaves_takes_the_upstream_with_it(
    gateway: Gateway, fake: FakeOpenAI, path: str, releases: int
) -> None:
    gate = Gate()
    fake.plan(tokens=1000, gate=gate)
    connection = connect(gateway.address)
    headers = {"Authorization": f"Bearer {fake.key}"}
    start(connection, "POST", path, {"model": "gpt-4o-mini", **STREAM}, headers)
    received = fake.wait(1)[0]
    for number in range(releases):
        gate.release()
        if number == 0:
            response = connection.getresponse()
        else:
            assert response.read1(65536)
    left = time.monotonic()
    if releases:
        response.close()
    connection.close()
    assert received.aborted.wait(10), "the upstream's connection stayed open"
    assert received.aborted_at is not None
    assert received.aborted_at - left < SOON


def test_the_gateway_serves_on_after_aborts(gateway: Gateway, fake: FakeOpenAI) -> None:
    for _ in range(30):
        gate = Gate()
        fake.plan(gate=gate)
        connection = connect(gateway.address)
        start(connection, "POST", "/chat", STREAM)
        received = fake.wait(1)[0]
        connection.close()
        assert received.aborted.wait(10)
        fake.reset()
    assert send(connect(gateway.address), "POST", "/chat", STREAM).body.endswith(b"[DONE]\n\n")


def test_an_aborted_stream_is_logged(
    gateway: Gateway, fake: FakeOpenAI, log_file: LogFile, test_id: str
) -> None:
    gate = Gate()
    fake.plan(tokens=1000, gate=gate)
    connection = connect(gateway.address)
    start(connection, "POST", "/chat", STREAM, {"x-test": test_id})
    gate.release(4)
    response = connection.getresponse()
    assert response.read1(65536)
    response.close()
    connection.close()
    entry = log_file.entry(test_id)
    assert entry["ai"]["proxy"]["meta"]["request_model"] == "gpt-4o-mini"
