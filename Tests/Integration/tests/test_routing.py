# SPDX-License-Identifier: Apache-2.0
"""Routes as in Kong's traditional router, and what the upstream is told of the request."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import Gateway, KongFile, LogFile, Response, connect, request
from harness.kong import file_log
from harness.raw_upstream import RawUpstream, read_head

NO_ROUTE = "no Route matched with those values"


def _echo(connection: socket.socket) -> None:
    """Answers each request with its head."""
    with contextlib.suppress(ConnectionError):
        while True:
            head = read_head(connection)
            answer = f"HTTP/1.1 200 OK\r\nContent-Length: {len(head)}\r\n\r\n"
            connection.sendall(answer.encode() + head)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("routing")


@pytest.fixture(scope="module")
def log(place: Path) -> LogFile:
    return LogFile(place / "file.log")


@pytest.fixture(scope="module")
def routed(place: Path) -> Iterator[Gateway]:
    with RawUpstream(_echo) as upstream:
        file = KongFile()

        def add(name: str, path: str = "", **route: object) -> None:
            file.services.append(
                {"name": name, "url": upstream.url + path, "routes": [{"name": name, **route}]}
            )

        add("all", "/all", paths=["/"])
        add("exact", "/exact", hosts=["api.example.com"])
        add("wildcard", "/wildcard", hosts=["*.example.com"])
        add("port", "/port", hosts=["ported.example.com:8443"], paths=["/"])
        add("gpt", "/gpt", paths=["/chat"], headers={"X-Model": ["gpt-4o", "gpt-5"]})
        add("claude", "/claude", paths=["/chat"], headers={"x-model": ["~*^claude-"]})
        add("captures", "/v", paths=[r"~/teams/(?<team>[^/]+)/files"], regex_priority=1)
        add("kept", "/kept", paths=["/kept"], strip_path=False, preserve_host=True)
        add("joined", "/joined", paths=["/text"], path_handling="v1")
        add("snis", "/snis", paths=["/snis"], snis=["api.example.com"])
        add("only", paths=["/only"], protocols=["https"])
        for status in (301, 302, 307, 308):
            add(
                f"moved-{status}",
                paths=[f"/moved/{status}"],
                protocols=["https"],
                https_redirect_status_code=status,
            )
        add("off", paths=["/off"], methods=["PURGE"])
        file.services[-1]["enabled"] = False
        file.plugins.append(file_log(place / "file.log"))
        with Gateway(file, place) as gateway:
            yield gateway


def _get(gateway: Gateway, path: str, method: str = "GET", **headers: str) -> Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return request(gateway.address, method, path, None, names)


def _target(response: Response) -> str:
    assert response.status == 200, response
    return response.body.split(b" ")[1].decode()


def _sent(response: Response, name: str) -> list[str]:
    """The values of a header at the upstream."""
    lines = [line.split(": ", 1) for line in response.body.decode().split("\r\n")[1:] if line]
    return [line[1] for line in lines if line[0].lower() == name]


@pytest.mark.parametrize(
    ("host", "target"),
    [
        ("api.example.com", "/exact/x"),
        ("API.Example.com:9000", "/exact/x"),
        ("www.example.com", "/wildcard/x"),
        ("a.b.example.com:1", "/wildcard/x"),
        ("ported.example.com:8443", "/port/x"),
        ("ported.example.com", "/wildcard/x"),
        ("example.com", "/all/x"),
    ],
)
def test_hosts(routed: Gateway, host: str, target: str) -> None:
    assert _target(_get(routed, "/x", Host=host)) == target


@pytest.mark.parametrize(
    ("model", "target"),
    [
        ("gpt-5", "/gpt/x"),
        ("GPT-4o", "/gpt/x"),
        ("Claude-4", "/claude/x"),
        ("not-claude-4", "/all/chat/x"),
    ],
)
def test_headers(routed: Gateway, model: str, target: str) -> None:
    assert _target(_get(routed, "/chat/x", x_model=model)) == target


def test_one_of_several_field_lines_is_enough(routed: Gateway) -> None:
    connection = connect(routed.address)
    connection.putrequest("GET", "/chat/x")
    for model in ("other", "gpt-5"):
        connection.putheader("X-Model", model)
    connection.endheaders()
    assert connection.getresponse().read().startswith(b"GET /gpt/x ")
    connection.close()


def test_snis_are_passed_over_without_tls(routed: Gateway) -> None:
    assert _target(_get(routed, "/snis/x")) == "/snis/x"


def test_the_upstream_is_told_what_was_stripped(routed: Gateway) -> None:
    response = _get(routed, "/chat/x?a=1", x_model="gpt-5", x_forwarded_prefix="/lie")
    assert _target(response) == "/gpt/x?a=1"
    assert _sent(response, "x-forwarded-path") == ["/chat/x"]
    assert _sent(response, "x-forwarded-prefix") == ["/chat"]
    expression = _get(routed, "/teams/a%2fb/files/c")
    assert _target(expression) == "/v/c"
    assert _sent(expression, "x-forwarded-path") == ["/teams/a%2fb/files/c"]
    assert _sent(expression, "x-forwarded-prefix") == ["/teams/a%2Fb/files"]


@pytest.mark.parametrize("path", ["/kept/x", "/x"], ids=["not-stripped", "only-a-slash"])
def test_where_nothing_was_stripped_nothing_is_said(routed: Gateway, path: str) -> None:
    response = _get(routed, path, x_forwarded_prefix="/lie")
    assert _sent(response, "x-forwarded-prefix") == []
    assert _sent(response, "x-forwarded-path") == [path]


def test_preserve_host(routed: Gateway) -> None:
    kept = _get(routed, "/kept/x", Host="client.example.org:77")
    assert _target(kept) == "/kept/kept/x"
    assert _sent(kept, "host") == ["client.example.org:77"]
    other = _get(routed, "/x", Host="client.example.org:77")
    assert _sent(other, "host")[0].startswith("127.0.0.1:")
    # As Kong's: the port is said in a field of its own.
    assert _sent(other, "x-forwarded-host") == ["client.example.org"]


def test_path_handling_v1(routed: Gateway) -> None:
    assert _target(_get(routed, "/textual")) == "/joinedual"


def test_https_only(routed: Gateway, log: LogFile, test_id: str) -> None:
    response = _get(routed, "/only/x", x_test=test_id)
    assert response.status == 426
    assert response.json()["message"] == "Please use HTTPS protocol"
    assert response.header("upgrade") == "TLS/1.2, HTTP/1.1"
    assert response.header("connection") == "Upgrade"
    entry = log.entry(test_id)
    assert entry["route"]["name"] == "only"
    assert entry["response"]["status"] == 426


def test_https_only_keeps_the_connection(routed: Gateway) -> None:
    connection = connect(routed.address)
    for _ in range(3):
        connection.request("GET", "/only/x")
        response = connection.getresponse()
        assert (response.status, response.will_close) == (426, False)
        response.read()
    connection.close()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize(
    ("host", "leads"),
    [("a.example.org:8000", "a.example.org"), ("[::1]:8000", "[::1]"), ("[::1]", "[::1]")],
)
def test_https_only_leads_to_tls(routed: Gateway, status: int, host: str, leads: str) -> None:
    response = _get(routed, f"/moved/{status}/x%2fy?a=b", Host=host)
    assert response.status == status
    assert response.header("location") == f"https://{leads}/moved/{status}/x%2fy?a=b"
    assert response.body == b""
    assert response.header("content-length") == "0"


def test_who_names_no_host_is_not_led_anywhere(routed: Gateway) -> None:
    with socket.create_connection(routed.address, 10) as connection:
        connection.sendall(b"GET /moved/301 HTTP/1.0\r\n\r\n")
        assert read_head(connection).startswith(b"HTTP/1.1 426 ")


def test_a_disabled_service_has_no_routes(routed: Gateway) -> None:
    assert _target(_get(routed, "/off", method="PURGE")) == "/all/off"


def test_no_route(tmp_path: Path) -> None:
    file = KongFile().route("/somewhere")
    with Gateway(file, tmp_path) as gateway:
        response = request(gateway.address, "GET", "/elsewhere")
        assert response.status == 404
        assert response.json()["message"] == NO_ROUTE
        assert response.json()["request_id"] == response.header("x-patchbay-request-id")
