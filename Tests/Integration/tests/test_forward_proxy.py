# SPDX-License-Identifier: Apache-2.0
"""Requests of plugins through the host: forward proxies, unverified upstreams, secrets in bodies."""

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from harness import Certificates, Gateway, KongFile, request
from harness.forward_proxy import ForwardProxy
from harness.raw_upstream import RawUpstream, read_exactly, read_head

SECRET = 'a"key\\of\nbodies'


@dataclass
class Echo:
    """Answers with the body that it got, and keeps the heads."""

    heads: list[str] = field(default_factory=list)

    def talk(self, connection: socket.socket) -> None:
        while True:
            head = read_head(connection).decode()
            self.heads.append(head)
            length = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
            body = read_exactly(connection, length)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (length, body))


@dataclass
class World:
    gateway: Gateway
    proxy: ForwardProxy
    plain: Echo
    secure: Echo
    plain_url: str
    secure_url: str

    def post(self, path: str, body: bytes = b"hello") -> tuple[int, str]:
        response = request(self.gateway.address, "POST", path, body)
        return response.status, response.body.decode()


def reaches(url: str, **config: Any) -> dict[str, Any]:
    return {"name": "gateway-test", "config": {"does": "reach", "url": url, **config}}


@pytest.fixture(scope="module")
def world(
    gateway_test_plugins: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    directory = tmp_path_factory.mktemp("proxied")
    certificates = Certificates(tmp_path_factory.mktemp("certificates"))
    stranger = certificates.server("unknown", "IP:127.0.0.1", authority=certificates.stranger())
    plain, secure, unknown = Echo(), Echo(), Echo()
    trusted = certificates.server("trusted", "IP:127.0.0.1")
    with (
        RawUpstream(plain.talk) as http,
        RawUpstream(secure.talk, trusted) as https,
        RawUpstream(unknown.talk, stranger) as strange,
        ForwardProxy() as proxy,
        ForwardProxy(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n") as refusing,
        ForwardProxy(b"HTTP/1.1 200 OK\r\n\r\nI speak first") as talking,
        ForwardProxy(b"SSH-2.0\r\n\r\n") as other,
        ForwardProxy(b"") as closing,
    ):
        file = KongFile(workers=1, trusted_certificates=str(certificates.authority))

        def through(one: ForwardProxy, **config: Any) -> dict[str, Any]:
            return {"proxyHost": "127.0.0.1", "proxyPort": one.port, **config}

        file.route("/plain", reaches(http.url + "/a?b=c", **through(proxy)))
        file.route("/secure", reaches(https.url + "/a?b=c", **through(proxy)))
        file.route("/named", reaches(https.url, proxyHost="localhost", proxyPort=proxy.port))
        file.route("/direct", reaches(https.url + "/a"))
        file.route("/refusing", reaches(https.url, **through(refusing)))
        file.route("/talking", reaches(https.url, **through(talking)))
        file.route("/other", reaches(https.url, **through(other)))
        file.route("/closing", reaches(https.url, **through(closing)))
        file.route("/no-port", reaches(https.url, proxyHost="127.0.0.1", proxyPort=0))
        file.route("/strange", reaches(strange.url))
        file.route("/believed", reaches(strange.url, verifies=False))
        file.route("/believed-behind", reaches(strange.url, **through(proxy, verifies=False)))
        key = {"key": "{vault://env/TEST_KEY}"}
        file.route("/key", reaches(http.url, keyOffset=8, **key))
        file.route("/key-outside", reaches(http.url, keyOffset=100, **key))
        environment = {"TEST_KEY": SECRET}
        with Gateway(file, directory, environment, gateway_test_plugins) as gateway:
            yield World(gateway, proxy, plain, secure, http.url, https.url)


def test_http_is_asked_for_in_absolute_form(world: World) -> None:
    assert world.post("/plain") == (200, "hello")
    line = world.proxy.heads[-1].split(b"\r\n")[0].decode()
    assert line == f"POST {world.plain_url}/a?b=c HTTP/1.1"
    assert world.plain.heads[-1].startswith("POST /a?b=c HTTP/1.1\r\n")


@pytest.mark.parametrize("path", ["/secure", "/named"])
def test_https_goes_through_a_tunnel(world: World, path: str) -> None:
    before = len(world.proxy.heads)
    for _ in range(3):
        assert world.post(path) == (200, "hello")
    asked = [head.split(b"\r\n")[0].decode() for head in world.proxy.heads[before:]]
    authority = world.secure_url.removeprefix("https://")
    # The tunnel is used again.
    assert asked == [f"CONNECT {authority} HTTP/1.1"]
    assert f"host: {authority}" in world.secure.heads[-1].lower()


def test_a_direct_connection_is_another_than_a_tunnel(world: World) -> None:
    assert world.post("/secure")[0] == 200
    before = len(world.proxy.heads)
    assert world.post("/direct") == (200, "hello")
    assert len(world.proxy.heads) == before


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/refusing", "unreachable: upstream_unreachable: the proxy answered with status 407"),
        ("/talking", "unreachable: upstream_unreachable: the proxy's answer is none of HTTP"),
        ("/other", "unreachable: upstream_unreachable: the proxy's answer is none of HTTP"),
        ("/closing", "unreachable: upstream_unreachable: the proxy has closed the connection"),
        ("/no-port", "bad-request: the proxy is no host with a port from 1 to 65535"),
        ("/strange", "unreachable: upstream_tls"),
    ],
)
def test_what_cannot_be_reached_says_why(world: World, path: str, reason: str) -> None:
    assert world.post(path) == (599, reason)


@pytest.mark.parametrize("path", ["/believed", "/believed-behind"])
def test_an_unverified_upstream_is_believed_where_that_is_asked_for(
    world: World, path: str
) -> None:
    assert world.post(path) == (200, "hello")


def test_a_secret_is_filled_into_the_body(world: World) -> None:
    status, body = world.post("/key", b'{"key":""}')
    assert status == 200
    assert json.loads(body) == {"key": SECRET}
    outside = "bad-request: a secret of the body has no place in it"
    assert world.post("/key-outside", b'{"key":""}') == (599, outside)
