# SPDX-License-Identifier: Apache-2.0
"""The host by itself: its errors, its limits, its admin, its life."""

import contextlib
import http.client
import json
import os
import signal
import socket
from pathlib import Path
from typing import Any

import pytest

from fake_openai import KEY, FakeOpenAI, Gate
from harness import Gateway, KongFile, Response, ai_echo, connect, request
from harness.client import send
from harness.processes import descendants
from harness.sdk import user
from tests.conftest import StartGateway

CHAT = "/plain/v1/chat/completions"
HEADERS = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
BODY: dict[str, Any] = {"model": "gpt-4o-mini", "messages": user()}


def is_host_error(response: Response, status: int, message: str) -> None:
    assert response.status == status, response
    value = response.json()
    assert value["message"] == message
    identity = response.header("x-patchbay-request-id")
    assert identity, response
    assert value["request_id"] == identity
    assert (response.header("content-type") or "").startswith("application/json")


def test_no_route(gateway: Gateway) -> None:
    response = request(gateway.address, "GET", "/nowhere")
    is_host_error(response, 404, "no Route matched with those values")


def test_a_body_over_the_hosts_limit(start_gateway: StartGateway, fake: FakeOpenAI) -> None:
    file = KongFile(limits={"request_body": "10KiB"}).route("/plain", url=fake.url)
    with start_gateway(file) as gateway:
        body = {"model": "gpt-4o-mini", "messages": user("x" * 11_000)}
        response = request(gateway.address, "POST", CHAT, body, HEADERS)
        is_host_error(response, 413, "Payload too large")
        chunked = connect(gateway.address)
        text = json.dumps(body).encode()
        pieces = iter([text[start : start + 999] for start in range(0, len(text), 999)])
        # It may refuse and close before all of it was sent; the answer is still to be read.
        with contextlib.suppress(ConnectionError):
            chunked.request("POST", CHAT, pieces, HEADERS, encode_chunked=True)
        assert chunked.getresponse().status == 413
        assert request(gateway.address, "POST", CHAT, BODY, HEADERS).status == 200


def test_a_head_over_the_limit(gateway: Gateway) -> None:
    response = request(gateway.address, "GET", "/plain", None, {"X-Long": "x" * 100_000})
    is_host_error(response, 431, "Request header or cookie too large")


def test_a_malformed_request(gateway: Gateway) -> None:
    with socket.create_connection(gateway.address, timeout=10) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nHost : x\r\n\r\n")
        response = http.client.HTTPResponse(raw)
        response.begin()
        assert response.status == 400
        assert json.loads(response.read())["message"] == "Bad request"
        assert raw.recv(1) == b"", "the connection stayed open after a malformed request"


def test_an_upstream_that_is_not_there(start_gateway: StartGateway) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
        file = KongFile().route("/plain", url=nobody, retries=0)
        with start_gateway(file) as gateway:
            response = request(gateway.address, "GET", "/plain")
            is_host_error(response, 503, "The upstream server is currently unavailable")


def test_an_upstream_without_a_name(start_gateway: StartGateway) -> None:
    file = KongFile().route("/plain", url="http://no-such-host.invalid:80", retries=0)
    with start_gateway(file) as gateway:
        response = request(gateway.address, "GET", "/plain")
        is_host_error(response, 503, "name resolution failed")


@pytest.mark.parametrize(
    "raw",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Len", b"I am no HTTP\r\n\r\n", b"HTTP/1.1 2x0 OK\r\n\r\n"],
    ids=["closed", "half-a-head", "no-http", "bad-status"],
)
def test_an_upstream_that_answers_nonsense(gateway: Gateway, fake: FakeOpenAI, raw: bytes) -> None:
    fake.plan(raw=raw)
    response = request(gateway.address, "POST", CHAT, BODY, HEADERS)
    is_host_error(response, 502, "An invalid response was received from the upstream server")
    assert len(fake.requests) == 1, "a request that may have been acted on was sent again"


def test_an_upstream_that_is_silent(start_gateway: StartGateway, fake: FakeOpenAI) -> None:
    file = KongFile().route("/plain", url=fake.url, read_timeout=100, retries=0)
    with start_gateway(file) as gateway:
        fake.plan(gate=Gate())
        response = request(gateway.address, "POST", CHAT, BODY, HEADERS)
        is_host_error(response, 504, "The upstream server is timing out")
        assert fake.last.aborted.wait(5)


def test_a_pooled_connection_that_went_stale_is_replaced(
    gateway: Gateway, fake: FakeOpenAI
) -> None:
    connection = connect(gateway.address)
    for _ in range(5):
        # The fake closes after the answer without having said so.
        fake.plan(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        assert send(connection, "POST", CHAT, BODY, HEADERS).body == b"ok"
        # Until then a request could race the close, and one that may have arrived is not sent again.
        assert fake.last.finished.wait(5)
        assert send(connection, "POST", CHAT, BODY, HEADERS).status == 200


def test_pipelined_requests_are_answered_in_order(gateway: Gateway, fake: FakeOpenAI) -> None:
    with socket.create_connection(gateway.address, timeout=10) as raw:
        one = "GET /plain/v1/models/{} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n"
        names = ["gpt-4o", "gpt-5", "gpt-4o-mini", "o4-mini"]
        raw.sendall("".join(one.format(name, KEY) for name in names).encode())
        answered = []
        with raw.makefile("rb") as stream:
            for _ in names:
                length = 0
                while (line := stream.readline()) != b"\r\n":
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                answered.append(json.loads(stream.read(length))["id"])
    assert answered == names


def test_expect_100_continue(gateway: Gateway, fake: FakeOpenAI) -> None:
    body = json.dumps(BODY).encode()
    with socket.create_connection(gateway.address, timeout=10) as raw, raw.makefile("rb") as stream:
        head = f"POST {CHAT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n"
        head += "Content-Type: application/json\r\nExpect: 100-continue\r\n"
        raw.sendall(head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode())
        assert stream.readline().startswith(b"HTTP/1.1 100")
        assert stream.readline() == b"\r\n"
        raw.sendall(body)
        assert stream.readline().startswith(b"HTTP/1.1 200")


def test_an_early_hint_of_the_upstream_comes_first(gateway: Gateway, fake: FakeOpenAI) -> None:
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nConnection: x\r\n\r\n"
    fake.plan(raw=b"HTTP/1.1 100 Continue\r\n\r\n" + hint + b"HTTP/1.1 204 No Content\r\n\r\n")
    with socket.create_connection(gateway.address, timeout=10) as raw, raw.makefile("rb") as stream:
        raw.sendall(b"GET /plain/hint HTTP/1.1\r\nHost: x\r\n\r\n")
        assert stream.readline() == b"HTTP/1.1 103 Early Hints\r\n"
        assert stream.readline() == b"Link: </a>; rel=preload\r\n"
        assert stream.readline() == b"\r\n"
        assert stream.readline() == b"HTTP/1.1 204 No Content\r\n"


def test_head_has_no_body(gateway: Gateway, fake: FakeOpenAI) -> None:
    connection = connect(gateway.address)
    headers = {"Authorization": f"Bearer {KEY}"}
    connection.request("HEAD", "/plain/v1/models", headers=headers)
    response = connection.getresponse()
    assert response.read() == b""
    assert send(connection, "GET", "/plain/v1/models", None, headers).status == 200


def test_the_host_forwards_bytes_as_they_are(gateway: Gateway, fake: FakeOpenAI) -> None:
    target = "/plain/v1/models/%67pt?a=%2F&b=+&&c"
    request(gateway.address, "GET", target, None, {"X-Odd": "a  b", **HEADERS})
    assert fake.last.target.partition("?")[2] == "a=%2F&b=+&&c"
    assert fake.last.header("x-odd") == "a  b"


def test_status_and_processes(gateway: Gateway) -> None:
    assert gateway.admin("/status")
    text = json.dumps(gateway.admin("/plugins/processes"))
    for name in ("ai-proxy", "ai-echo", "file-log"):
        assert name in text
    assert "ready" in text


def test_a_gateway_ends_with_its_exchanges_done(
    start_gateway: StartGateway, fake: FakeOpenAI
) -> None:
    gate = Gate()
    fake.plan(gate=gate)
    with start_gateway(KongFile().route("/plain", url=fake.url)) as gateway:
        connection = connect(gateway.address)
        connection.request("POST", CHAT, json.dumps(BODY | {"stream": True}), HEADERS)
        gate.release(2)
        response = connection.getresponse()
        assert response.read1(65536)
        os.kill(gateway.pid, signal.SIGTERM)
        gate.open()
        assert response.read().endswith(b"data: [DONE]\n\n")
        assert gateway.stop() == 0


def test_no_process_is_left_behind(start_gateway: StartGateway) -> None:
    file = KongFile().route("/echo", ai_echo())
    with start_gateway(file) as gateway:
        children = descendants(gateway.pid)
        assert children
    left = [pid for pid in children if Path(f"/proc/{pid}").exists()]
    assert not left, f"processes that outlived the gateway: {left}"
