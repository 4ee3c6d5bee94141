# SPDX-License-Identifier: Apache-2.0
"""A plugin fails when the client already has half of a stream: an error event and a clean end, or the originals."""

import json
import socket
import threading
from pathlib import Path
from typing import Any

import openai
import pytest

from chaos.installation import install_chaos
from fake_openai import KEY, FakeOpenAI, Gate
from harness import Gateway, KongFile, ai_proxy, connect
from harness.client import Response, read_until_cut, start
from harness.gateway import PLUGINS
from harness.kong import KEY_VARIABLE
from harness.raw_upstream import RawUpstream, read_head
from harness.sdk import client, text_of, user
from tests.events import data_of

HEADERS = {"Authorization": f"Bearer {KEY}"}
ENVIRONMENT = {KEY_VARIABLE: f"Bearer {KEY}"}
CHAT = "/v1/chat/completions"
STREAM = {"model": "gpt-4o-mini", "messages": user(), "stream": True}
# Outside of everything else in the chain: what it sees is what the client gets.
FAILING = "chaos-failing"
ERRORS = "chaos-errors"
# How the plugin fails, and what it is called by the outcome's counter and in the error.
FAILURES = {
    "error": ("error", "plugin_error"),
    "hang": ("timeout", "plugin_timeout"),
    "die": ("died", "plugin_died"),
}
STAMP = b": 1.0.0\n"


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scratch = tmp_path_factory.mktemp("failing")
    folder = scratch / "plugins"
    folder.mkdir()
    (folder / "ai-proxy").symlink_to(PLUGINS / "ai-proxy")
    install_chaos(ERRORS, folder, scratch, priority=950)
    install_chaos(FAILING, folder, scratch, priority=900)
    return folder


def failing(phase: str, how: str, mark: str = " t3") -> dict[str, Any]:
    return {"name": FAILING, "config": {"does": "fails", "phase": phase, "how": how, "mark": mark}}


def gateway(
    tmp_path: Path, plugins: Path, fake: FakeOpenAI, how: str, policy: str
) -> Gateway:
    """`/spoken` has a plugin that knows the client's dialect, `/plain` has none."""
    file = KongFile(processes={FAILING: {"on_failure": policy, "deadline": 300}})
    plugin = failing("chunk", how)
    file.route("/spoken", plugin, ai_proxy(f"{fake.url}{CHAT}"))
    file.route("/plain", plugin, url=fake.url)
    return Gateway(file, tmp_path, ENVIRONMENT, plugins=plugins)


def outcome(running: Gateway, name: str) -> int:
    return int(running.admin("/status")["gateway"]["calls"][name])


def failures(running: Gateway) -> list[tuple[str, str]]:
    """Phases and outcomes of the calls that the log says failed."""
    lines = [json.loads(line) for line in running.log]
    return [
        (line["phase"], line["outcome"]) for line in lines if line["message"] == "plugin call failed"
    ]


def ask(running: Gateway, fake: FakeOpenAI, path: str, all_is_sent: bool = False) -> Response:
    """The role and t0 to t2 arrive, each in a piece of its own; then the upstream says t3, or all the rest."""
    gate = Gate()
    fake.plan(tokens=50, gate=gate)
    connection = connect(running.address)
    start(connection, "POST", path, STREAM, HEADERS)
    gate.release()
    response = connection.getresponse()
    assert response.status == 200
    content = b""
    for number in range(4):
        gate.release()
        while content.count(b"\n\n") <= number:
            content += response.read1(65536)
    assert content.count(STAMP) == 4, content
    gate.open() if all_is_sent else gate.release()
    rest, is_complete = read_until_cut(response)
    response.close()
    connection.close()
    return Response(response.status, response.getheaders(), content + rest, is_complete)


def text(events: list[bytes]) -> str:
    deltas = [json.loads(event)["choices"][0]["delta"] for event in events]
    return "".join(delta.get("content") or "" for delta in deltas)


every_failure = pytest.mark.parametrize("how", FAILURES)




@every_failure
def test_the_client_gets_an_error_in_its_dialect(
    plugins: Path, tmp_path: Path, fake: FakeOpenAI, how: str
) -> None:
    with gateway(tmp_path, plugins, fake, how, "closed") as running:
        response = ask(running, fake, "/spoken")
        assert response.is_complete, response
        *events, error = data_of(response.body.replace(STAMP, b""))
        assert text(events) == "t0 t1 t2"
        name, code = FAILURES[how]
        said = json.loads(error)["error"]
        assert said.pop("message")
        assert said == {"type": "gateway_error", "param": None, "code": code}
        assert outcome(running, name) == 1
        running.wait_for_log(f'"outcome":"{name}"')
        assert failures(running) == [("chunk", name)]
        assert fake.last.aborted.wait(10), "the upstream goes on for nobody"


@every_failure
def test_without_a_dialect_the_stream_does_not_look_whole(
    plugins: Path, tmp_path: Path, fake: FakeOpenAI, how: str
) -> None:
    with gateway(tmp_path, plugins, fake, how, "closed") as running:
        response = ask(running, fake, f"/plain{CHAT}")
        assert not response.is_complete, response
        assert text(data_of(response.body.replace(STAMP, b""))) == "t0 t1 t2"
        assert outcome(running, FAILURES[how][0]) == 1
        assert fake.last.aborted.wait(10), "the upstream goes on for nobody"


@every_failure
def test_of_an_open_plugin_the_originals_go_on(
    plugins: Path, tmp_path: Path, fake: FakeOpenAI, how: str
) -> None:
    with gateway(tmp_path, plugins, fake, how, "open") as running:
        response = ask(running, fake, f"/plain{CHAT}", all_is_sent=True)
        assert response.is_complete, response
        assert response.body.replace(STAMP, b"") == fake.last.response_body
        # From the failure on it is left alone.
        assert response.body.count(STAMP) == 4
        name = FAILURES[how][0]
        assert outcome(running, name) == 1
        running.wait_for_log(f'"outcome":"{name}"')
        assert failures(running) == [("chunk", name)]


def test_the_official_client_raises_it(plugins: Path, tmp_path: Path, fake: FakeOpenAI) -> None:
    with gateway(tmp_path, plugins, fake, "error", "closed") as running:
        gate = Gate()
        fake.plan(tokens=50, gate=gate)
        gate.release(2)
        received = []
        with pytest.raises(openai.APIError) as caught:
            for chunk in client(f"{running.url}/spoken").chat.completions.create(**STREAM):
                received.append(chunk)
                gate.release()
        assert text_of(received) == "t0 t1 t2"
        assert caught.value.code == "plugin_error"


HEAD = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    ("head", "begun"),
    [
        ("Content-Type: application/json\r\n", b'{"a":1'),
        ("Content-Type: text/event-stream\r\n", b'data: {"a":1'),
        ("Content-Type: text/event-stream\r\nContent-Encoding: gzip\r\n", b"\x1f\x8b\n\n"),
    ],
    ids=["no-events", "within-an-event", "compressed"],
)
def test_no_event_where_it_would_not_be_read_as_one(
    plugins: Path, tmp_path: Path, head: str, begun: bytes
) -> None:
    """An error event and a clean end would make a broken answer look like a whole one."""

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(f"{HEAD}{head}\r\n".encode() + b"%x\r\n%b\r\n" % (len(begun), begun))
        assert passed.wait(20)

    passed = threading.Event()
    with RawUpstream(talk) as upstream:
        errors = {"name": ERRORS, "config": {"does": "errors"}}
        file = KongFile().route("/cut", errors, url=upstream.url)
        with Gateway(file, tmp_path, plugins=plugins) as running:
            connection = connect(running.address)
            start(connection, "GET", "/cut")
            response = connection.getresponse()
            content = response.read(len(begun))
            # The upstream's connection ends here, within its body.
            passed.set()
            rest, is_complete = read_until_cut(response)
            assert (content + rest, is_complete) == (begun, False)
            connection.close()


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
def test_an_event_stream_that_breaks_between_two_events_ends_with_an_error(
    plugins: Path, tmp_path: Path, line_end: bytes
) -> None:
    event = b"data: 1" + line_end
    pieces = [event, line_end[:1], line_end[1:]]

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(f"{HEAD}Content-Type: Text/Event-Stream ; charset=utf-8\r\n\r\n".encode())
        for piece in filter(None, pieces):
            connection.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
            assert passed.acquire(timeout=20)

    passed = threading.Semaphore(0)
    with RawUpstream(talk) as upstream:
        errors = {"name": ERRORS, "config": {"does": "errors"}}
        file = KongFile().route("/cut", errors, url=upstream.url)
        with Gateway(file, tmp_path, plugins=plugins) as running:
            connection = connect(running.address)
            start(connection, "GET", "/cut")
            response = connection.getresponse()
            for piece in filter(None, pieces):
                assert response.read(len(piece)) == piece
                passed.release()
            expected = b'data: {"code":"upstream_invalid_response"}\n\n'
            assert read_until_cut(response) == (expected, True)
            connection.close()
