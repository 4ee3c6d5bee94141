# SPDX-License-Identifier: Apache-2.0
"""What file-log writes: Kong's serializer fields, and ai-proxy's block with exact figures."""

import json
import time
from typing import Any

import pytest

from fake_openai import KEY, FakeOpenAI, Gate
from fake_openai.errors import rate_limited
from harness import Gateway, LogFile, connect, request
from harness.client import send, start
from harness.sdk import CLIENT_KEY, client, numbered, user

# Per million tokens, as configured.
INPUT_COST, OUTPUT_COST = 0.15, 0.6


def test_an_entry_has_kongs_fields(
    gateway: Gateway, fake: FakeOpenAI, log_file: LogFile, test_id: str
) -> None:
    before = int(time.time() * 1000)
    body = {"messages": user()}
    headers = {"x-test": test_id, "X-Twice": "a"}
    response = request(gateway.address, "POST", "/chat/some/where?q=1&q=2", body, headers)
    entry = log_file.entry(test_id)

    wanted = entry["request"]
    assert wanted["method"] == "POST"
    assert wanted["uri"] == "/chat/some/where?q=1&q=2"
    assert wanted["url"] == f"{gateway.url}/chat/some/where?q=1&q=2"
    assert wanted["querystring"] == {"q": ["1", "2"]}
    assert wanted["headers"]["x-twice"] == "a"
    assert wanted["id"] == response.header("x-patchbay-request-id")
    assert wanted["size"] > len(json.dumps(body))

    assert entry["response"]["status"] == 200
    assert entry["response"]["size"] > len(response.body)
    assert entry["response"]["headers"]["x-kong-llm-model"] == "openai/gpt-4o-mini"
    assert set(entry["latencies"]) >= {"kong", "proxy", "request"}
    assert entry["latencies"]["request"] >= entry["latencies"]["proxy"] >= 0
    assert entry["client_ip"] == "127.0.0.1"
    assert before - 1000 <= entry["started_at"] <= int(time.time() * 1000) + 1000
    assert entry["upstream_uri"].partition("?")[0] == "/v1/chat/completions"
    assert entry["route"]["name"] == "chat-route"
    assert entry["route"]["paths"] == ["/chat"]
    assert entry["service"]["name"] == "chat"
    assert entry["workspace_name"] == "default"


@pytest.mark.parametrize("mode", ["whole", "asked", "silent"])
def test_streamed_and_whole_answers_log_the_same_figures(
    gateway: Gateway, fake: FakeOpenAI, log_file: LogFile, test_id: str, mode: str
) -> None:
    details = {
        "prompt_tokens_details": {"cached_tokens": 4, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 2},
    }
    fake.plan(tokens=123, usage=details)
    body: dict[str, Any] = {"messages": user("one two three"), "stream": mode != "whole"}
    if mode == "asked":
        body["stream_options"] = {"include_usage": True}
    request(gateway.address, "POST", "/chat", body, {"x-test": test_id})
    proxy = log_file.entry(test_id)["ai"]["proxy"]

    usage = proxy["usage"]
    assert usage["prompt_tokens"] == 9
    assert usage["completion_tokens"] == 123
    assert usage["total_tokens"] == 132
    assert usage["cost"] == pytest.approx((9 * INPUT_COST + 123 * OUTPUT_COST) / 1e6, rel=1e-12)
    assert usage["prompt_tokens_details"]["cached_tokens"] == 4
    assert usage["completion_tokens_details"]["reasoning_tokens"] == 2

    meta = proxy["meta"]
    assert meta["provider_name"] == "openai"
    assert meta["request_model"] == "gpt-4o-mini"
    assert meta["response_model"] == "gpt-4o-mini-2024-07-18"
    assert meta["request_mode"] == ("oneshot" if mode == "whole" else "stream")
    assert meta["plugin_id"]
    assert isinstance(meta["llm_latency"], int)
    assert usage["time_per_token"] == pytest.approx(meta["llm_latency"] / 123, abs=0.01)
    assert usage["time_to_first_token"] >= 0


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_payloads_are_logged_where_asked_for(
    gateway: Gateway, fake: FakeOpenAI, log_file: LogFile, test_id: str, stream: bool
) -> None:
    body = {"messages": user("é 👩"), "stream": stream}
    request(gateway.address, "POST", "/chat", body, {"x-test": test_id})
    payload = log_file.entry(test_id)["ai"]["proxy"]["payload"]
    assert _parsed(payload["request"])["messages"] == user("é 👩")
    answer = _parsed(payload["response"])
    assert answer["choices"][0]["message"]["content"] == numbered(5)


def test_latencies_tell_the_wait_for_the_first_token(
    gateway: Gateway, fake: FakeOpenAI, log_file: LogFile, test_id: str
) -> None:
    gate = Gate()
    fake.plan(gate=gate)
    connection = connect(gateway.address)
    asked = time.monotonic()
    start(connection, "POST", "/chat", {"messages": user(), "stream": True}, {"x-test": test_id})
    fake.wait(1)
    received = time.monotonic()
    gate.release()
    response = connection.getresponse()
    head = time.monotonic()
    gate.release()
    # Who speaks is no token yet.
    assert b'"role":"assistant"' in response.read1(65536)
    released = time.monotonic()
    gate.release()
    assert b'"content":"t0"' in response.read1(65536)
    first = time.monotonic()
    gate.open()
    response.read()
    proxy = log_file.entry(test_id)["ai"]["proxy"]
    assert proxy["meta"]["llm_latency"] <= (head - asked) * 1000 + 1
    first_token = proxy["usage"]["time_to_first_token"]
    assert (released - received) * 1000 - 1 <= first_token <= (first - asked) * 1000 + 1


def test_a_provider_error_is_logged_without_usage(
    gateway: Gateway, fake: FakeOpenAI, log_file: LogFile, test_id: str
) -> None:
    fake.plan(error=rate_limited())
    request(gateway.address, "POST", "/chat", {"messages": user()}, {"x-test": test_id})
    entry = log_file.entry(test_id)
    assert entry["response"]["status"] == 429
    usage = entry.get("ai", {}).get("proxy", {}).get("usage", {})
    assert not usage.get("completion_tokens")


def test_concurrent_entries_do_not_mix(
    gateway: Gateway, fake: FakeOpenAI, log_file: LogFile, test_id: str
) -> None:
    counts = list(range(1, 41))
    connections = [connect(gateway.address) for _ in counts]
    for connection, count in zip(connections, counts, strict=True):
        fake.plan(tokens=count)
        body = {"messages": user(), "stream": True}
        start(connection, "POST", "/chat", body, {"x-test": test_id})
    for connection in connections:
        connection.getresponse().read()
    entries = log_file.entries(test_id, len(counts))
    logged = sorted(one["ai"]["proxy"]["usage"]["completion_tokens"] for one in entries)
    assert logged == counts


def test_no_entry_has_a_key(
    gateway: Gateway, fake: FakeOpenAI, log_file: LogFile, test_id: str
) -> None:
    client(f"{gateway.url}/chat", test_id).chat.completions.create(
        model="gpt-4o-mini", messages=user()
    )
    for path in ("/query-auth", "/body-auth"):
        send(connect(gateway.address), "POST", path, {"messages": user()}, {"x-test": test_id})
    text = json.dumps(log_file.entries(test_id, 3))
    assert KEY not in text
    assert CLIENT_KEY not in text, "the client's own credentials are in the log"


def _parsed(value: Any) -> Any:
    """Kong logs payloads as strings; the same as an object would serve."""
    return json.loads(value) if isinstance(value, str) else value
