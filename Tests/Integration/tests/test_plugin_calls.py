# SPDX-License-Identifier: Apache-2.0
"""What a plugin can do and what becomes of it when it does not: services, deadlines, failure policies, conditions."""

import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from fake_openai import KEY, FakeOpenAI
from harness import Gateway, KongFile, connect, request
from harness.processes import descendants, memory_has, program
from harness.raw_upstream import RawUpstream, read_exactly, read_head

HEADERS = {"Authorization": f"Bearer {KEY}"}
MODELS = "/v1/models"


@pytest.fixture
def plugins(gateway_test_plugins: Path) -> Path:
    return gateway_test_plugins


def does(task: str, **config: Any) -> dict[str, Any]:
    return {"name": "gateway-test", "config": {"does": task, **config}}


def gateway(file: KongFile, directory: Path, plugins: Path, **environment: str) -> Gateway:
    return Gateway(file, directory, environment, plugins=plugins)


def process_settings(**settings: Any) -> dict[str, Any]:
    return {"processes": {"gateway-test": settings}}


def test_the_host_sends_a_plugins_request_with_the_secret(plugins: Path, tmp_path: Path) -> None:
    heads: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        while True:
            heads.append(read_head(connection))
            assert read_exactly(connection, 4) == b"ping"
            connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\npong")

    with RawUpstream(talk) as upstream:
        fetch = does("fetch", url=f"{upstream.url}/p?q=1", key="{vault://env/TEST_SECRET}")
        file = KongFile().route("/fetch", fetch)
        with gateway(file, tmp_path, plugins, TEST_SECRET="open-sesame-93") as running:
            for _ in range(3):
                response = request(running.address, "POST", "/fetch", b"ping")
                assert (response.status, response.body) == (201, b"pong")
            host = program(running.pid)
            for pid in descendants(running.pid):
                if program(pid) != host:
                    assert not memory_has(pid, b"open-sesame-93")
            assert "open-sesame-93" not in running.log_text
    assert len(heads) == 3
    assert heads[0].startswith(b"POST /p?q=1 HTTP/1.1\r\n")
    assert b"\r\nauthorization: open-sesame-93\r\n" in heads[0]
    assert b"\r\nContent-Length: 4\r\n" in heads[0]


def test_a_plugins_request_ends_with_its_call(plugins: Path, tmp_path: Path) -> None:
    ended = threading.Event()

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        read_exactly(connection, 4)
        assert connection.recv(1) == b""
        ended.set()

    with RawUpstream(talk) as upstream:
        file = KongFile(**process_settings(deadline=300))
        file.route("/fetch", does("fetch", url=upstream.url))
        with gateway(file, tmp_path, plugins) as running:
            response = request(running.address, "POST", "/fetch", b"ping")
            assert response.status in (500, 504)
            assert ended.wait(5), "the connection outlived the call that it was for"


def test_the_store_is_shared_by_processes(
    plugins: Path, tmp_path: Path, fake: FakeOpenAI
) -> None:
    file = KongFile(**process_settings(instances=3)).route("/count", does("count"), url=fake.url)
    with gateway(file, tmp_path, plugins) as running:
        counts = []
        for _ in range(20):
            request(running.address, "GET", f"/count{MODELS}", None, HEADERS)
            counts.append(fake.last.header("x-count"))
        assert counts == [str(number) for number in range(1, 21)]
        # Measurements are part of the reply, and the log is not: it comes when it comes.
        metrics = running.admin("/status")["gateway"]["metrics"]
        assert metrics == {'test_counts{by="test"}': 20, "test_last": 7}
        running.wait_for_lines(
            lambda lines: sum('"message":"counted"' in line for line in lines) == 20
        )


@pytest.mark.parametrize(
    ("task", "status", "message"),
    [
        ("hang", 504, "The upstream server is timing out"),
        ("fail", 500, "An unexpected error occurred"),
    ],
)
def test_a_failure_is_closed_or_open_as_the_operator_says(
    plugins: Path, tmp_path: Path, fake: FakeOpenAI, task: str, status: int, message: str
) -> None:
    for policy in ("closed", "open"):
        file = KongFile(**process_settings(on_failure=policy, deadline=200))
        file.route("/fails", does(task), url=fake.url)
        with gateway(file, tmp_path, plugins) as running:
            response = request(running.address, "GET", f"/fails{MODELS}", None, HEADERS)
            outcomes = running.admin("/status")["gateway"]["calls"]
            assert outcomes["timeout" if task == "hang" else "error"] == 1
        if policy == "closed":
            assert response.status == status
            assert response.json()["message"] == message
            assert not fake.requests
        else:
            assert response.status == 200
            assert len(fake.requests) == 1


def wait_for_calls(running: Gateway, count: int) -> None:
    """Until so many are in flight. The admin API tells no events: it is asked again and again."""
    deadline = time.monotonic() + 10
    while running.processes()[0]["in_flight"] != count:
        assert time.monotonic() < deadline, f"there were never {count} calls in flight"


def test_a_client_that_leaves_ends_the_call(plugins: Path, tmp_path: Path) -> None:
    with gateway(KongFile().route("/hangs", does("hang")), tmp_path, plugins) as running:
        connection = connect(running.address)
        connection.request("GET", "/hangs")
        wait_for_calls(running, 1)
        connection.close()
        wait_for_calls(running, 0)
        assert running.admin("/status")["gateway"]["calls"]["cancelled"] == 1


def test_a_plugin_chooses_the_next_upstream(
    plugins: Path, tmp_path: Path, fake: FakeOpenAI
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
        port = int(fake.url.rpartition(":")[2])
        file = KongFile().route("/retry", does("retry", port=port), url=nobody)
        with gateway(file, tmp_path, plugins) as running:
            body = json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "a"}]})
            headers = HEADERS | {"Content-Type": "application/json"}
            path = "/retry/v1/chat/completions"
            response = request(running.address, "POST", path, body.encode(), headers)
            assert response.status == 200
            assert fake.last.body == body.encode()
            assert fake.last.header("x-failed") == "connect"


def test_a_condition_on_the_response_is_the_hosts_to_check(
    plugins: Path, tmp_path: Path, fake: FakeOpenAI
) -> None:
    with gateway(
        KongFile().route("/json", does("markJSON"), url=fake.url), tmp_path, plugins
    ) as running:
        response = request(running.address, "GET", f"/json{MODELS}", None, HEADERS)
        assert response.header("x-seen") == "json"
        fake.plan(raw=b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok")
        response = request(running.address, "GET", f"/json{MODELS}", None, HEADERS)
        assert (response.header("x-seen"), response.body) == (None, b"ok")


def test_a_transformed_stream_goes_on_when_its_process_dies(plugins: Path, tmp_path: Path) -> None:
    go_on = threading.Semaphore(0)

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for number in range(8):
            connection.sendall(b"7\r\npiece-%d\r\n" % number)
            go_on.acquire(timeout=20)
        connection.sendall(b"0\r\n\r\n")

    with RawUpstream(talk) as upstream, gateway(
        KongFile().route("/shout", does("shout"), url=upstream.url), tmp_path, plugins
    ) as running:
        connection = connect(running.address)
        connection.request("GET", "/shout")
        response = connection.getresponse()
        received = b""
        for number in range(8):
            received += response.read(7)
            if number in (2, 5):
                running.kill()
            go_on.release()
        assert received == b"".join(b"PIECE-%d" % number for number in range(8))
        assert response.read() == b""
