# SPDX-License-Identifier: Apache-2.0
"""Requests leave with tokens that no plugin has: an exchange's, and a plugin's own."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from fake_cloud import BearerUpstream, Reply, TokenServer
from fake_cloud.tokens import CLIENT_SECRET
from harness import Gateway, KongFile, connect, request
from harness.client import send
from harness.processes import descendants, memory_has, program

ENVIRONMENT = {"TEST_CLIENT_SECRET": CLIENT_SECRET}
SCOPE = "https://cognitiveservices.azure.com/.default"
BODY = {"messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture
def server() -> Iterator[TokenServer]:
    with TokenServer() as server:
        yield server


@pytest.fixture
def upstream(server: TokenServer) -> Iterator[BearerUpstream]:
    with BearerUpstream(server) as upstream:
        yield upstream


def asks(scheme: str = "client", **config: Any) -> dict[str, Any]:
    return {"name": "credentials-test", "config": {"scheme": scheme, **config}}


def client_credentials(server: TokenServer, **config: Any) -> dict[str, Any]:
    secret = "{vault://env/TEST_CLIENT_SECRET}"
    return asks(url=f"{server.url}/token", clientSecret=secret, scope=SCOPE, **config)


def grants(server: TokenServer) -> dict[str, dict[str, Any]]:
    return {
        "client": client_credentials(server),
        "account": asks("account", account="{vault://env/TEST_ACCOUNT}"),
        "ambient account": asks("account"),
        "google": asks("google", url=f"{server.url}/google"),
        "azure": asks(
            "azure", url=f"{server.url}/azure", scope="https://r.test/", clientID="client"
        ),
    }


@pytest.mark.parametrize("grant", ["client", "account", "ambient account", "google", "azure"])
def test_each_grant_gives_a_token(
    grant: str,
    server: TokenServer,
    upstream: BearerUpstream,
    credential_plugins: Path,
    tmp_path: Path,
) -> None:
    plugin = grants(server)[grant]
    own = {
        "name": plugin["name"],
        "config": plugin["config"] | {"does": "fetch", "target": upstream.url},
    }
    file = KongFile().route("/upstream", plugin, url=upstream.url).route("/own", own)
    variable = "GCP_SERVICE_ACCOUNT" if grant == "ambient account" else "TEST_ACCOUNT"
    environment = ENVIRONMENT | {"TEST_ACCOUNT": "-", variable: server.account.json}
    with Gateway(file, tmp_path, environment, credential_plugins) as gateway:
        headers = {"Authorization": "Bearer of-the-client"}
        for path in ("/upstream", "/own", "/upstream"):
            response = request(gateway.address, "POST", path, BODY, headers)
            assert response.status == 200, response
    assert len(server.tokens) == 1, "one token for the exchange's requests and the plugin's own"
    assert len(upstream.requests) == 3
    for received in upstream.requests:
        assert received.header("Authorization") == f"Bearer {server.tokens[0]}"
        assert json.loads(received.body) == BODY


def test_a_thousand_requests_take_few_tokens_and_never_wait_for_the_next(
    credential_plugins: Path, tmp_path: Path
) -> None:
    with TokenServer(lifetime=4) as server, BearerUpstream(server) as upstream:
        file = KongFile().route("/", client_credentials(server), url=upstream.url)
        with Gateway(file, tmp_path, ENVIRONMENT, credential_plugins) as gateway:
            began = time.monotonic()

            def ask(_: int) -> int:
                connection = connect(gateway.address)
                count = 0
                try:
                    while time.monotonic() - began < 9 or count < 125:
                        response = send(connection, "POST", "/", BODY)
                        assert response.status == 200, response
                        count += 1
                finally:
                    connection.close()
                return count

            with ThreadPoolExecutor(8) as pool:
                requests = sum(pool.map(ask, range(8)))
            lasted = time.monotonic() - began
    assert requests >= 1000
    # The next token is got when four fifths of the life are over, by whoever asks then.
    assert lasted / 4 <= len(server.tokens) <= lasted / 3 + 2, f"{len(server.tokens)} in {lasted} s"


def test_all_who_come_at_once_wait_for_one_fetch(
    server: TokenServer, upstream: BearerUpstream, credential_plugins: Path, tmp_path: Path
) -> None:
    released = threading.Event()

    def wait(_: object) -> None:
        assert released.wait(10)

    server.instead = wait
    file = KongFile().route("/", client_credentials(server), url=upstream.url)
    with (
        Gateway(file, tmp_path, ENVIRONMENT, credential_plugins) as gateway,
        ThreadPoolExecutor(32) as pool,
    ):
        asking = [pool.submit(request, gateway.address, "POST", "/", BODY) for _ in range(32)]
        server.wait(1)
        wait_for_exchanges(gateway, 32)
        released.set()
        assert [one.result().status for one in asking] == [200] * 32
    assert len(server.requests) == 1


def wait_for_exchanges(gateway: Gateway, count: int) -> None:
    deadline = time.monotonic() + 10
    while gateway.admin("/status")["gateway"]["in_flight"] < count:
        assert time.monotonic() < deadline


def test_a_client_that_leaves_while_its_token_is_fetched_leaves_nothing(
    server: TokenServer, upstream: BearerUpstream, credential_plugins: Path, tmp_path: Path
) -> None:
    released = threading.Event()

    def wait(_: object) -> None:
        assert released.wait(10)

    server.instead = wait
    file = KongFile().route("/", client_credentials(server), url=upstream.url)
    with Gateway(file, tmp_path, ENVIRONMENT, credential_plugins) as gateway:
        connection = connect(gateway.address)
        connection.request("POST", "/", b"{}")
        server.wait(1)
        connection.close()
        released.set()
        assert request(gateway.address, "POST", "/", BODY).status == 200
    assert len(upstream.requests) == 1
    assert len(server.requests) == 1


def test_a_refused_token_is_dropped_once(
    server: TokenServer, upstream: BearerUpstream, credential_plugins: Path, tmp_path: Path
) -> None:
    file = KongFile().route("/", client_credentials(server), url=upstream.url)
    own = client_credentials(server, does="fetch", target=upstream.url)
    file.route("/own", own)
    with Gateway(file, tmp_path, ENVIRONMENT, credential_plugins) as gateway:
        assert request(gateway.address, "POST", "/", BODY).status == 200
        server.revoke()
        assert request(gateway.address, "POST", "/own", BODY).status == 401
        assert request(gateway.address, "POST", "/", BODY).status == 200, "with another token"
        assert len(server.tokens) == 2
        # An upstream that takes no token is not a reason to fetch one for each request.
        server.revoke()
        statuses = [request(gateway.address, "POST", "/", BODY).status for _ in range(5)]
        assert statuses == [401] * 5
    assert len(server.tokens) == 2


# MARK: - Errors


def test_a_refusal_is_a_502_that_says_nothing_secret(
    server: TokenServer, upstream: BearerUpstream, credential_plugins: Path, tmp_path: Path
) -> None:
    file = KongFile().route("/", client_credentials(server, clientID="other"), url=upstream.url)
    own = client_credentials(server, clientID="other", does="fetch", target=upstream.url)
    file.route("/own", own)
    with Gateway(file, tmp_path, ENVIRONMENT, credential_plugins) as gateway:
        response = request(gateway.address, "POST", "/", BODY)
        assert response.status == 502
        assert (
            response.json()["message"] == "The gateway got no credentials for the upstream server"
        )
        assert request(gateway.address, "POST", "/own", BODY).status == 500
        reason = f"127.0.0.1:{server.port}: the answer is 400 invalid_client"
        gateway.wait_for_log(reason)
        gateway.wait_for_log(f"a host service failed: {reason}")
        assert "AADSTS1" not in gateway.log_text, "prose of others may repeat what it was sent"
        assert CLIENT_SECRET not in gateway.log_text
        # It backs off: whoever comes in the next second is told the same without a question.
        request(gateway.address, "POST", "/", BODY)
    assert len(server.requests) == 1
    assert not upstream.requests


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Reply(200, b"<html>"), "the answer is not that of a token endpoint"),
        (Reply.json({}), "no 'access_token'"),
        (Reply.json({"access_token": "a\r\nX: y"}), "no 'access_token' that can be sent"),
        (Reply.json({"access_token": "a", "token_type": "mac"}), "not Bearer"),
        (Reply.json({"access_token": "a", "expires_in": 0}), "over already"),
        (Reply(503, b"{"), "the answer is 503"),
        (Reply(302, b"", {"Location": "http://127.0.0.1:1/"}), "the answer is 302"),
        (Reply(200, b" " * 70_000), "response-too-large"),
    ],
)
def test_an_answer_that_is_no_token(
    answer: Reply,
    reason: str,
    server: TokenServer,
    upstream: BearerUpstream,
    credential_plugins: Path,
    tmp_path: Path,
) -> None:
    server.instead = lambda _: answer
    file = KongFile().route("/", client_credentials(server), url=upstream.url)
    with Gateway(file, tmp_path, ENVIRONMENT, credential_plugins) as gateway:
        assert request(gateway.address, "POST", "/", BODY).status == 502
        gateway.wait_for_log(reason)
    assert not upstream.requests


def test_what_cannot_be_used_is_a_500(
    server: TokenServer, upstream: BearerUpstream, credential_plugins: Path, tmp_path: Path
) -> None:
    file = KongFile().route("/none", asks("account"), url=upstream.url)
    file.route("/broken", asks("account", account="{vault://env/BROKEN}"), url=upstream.url)
    file.route("/keyless", asks("account", account="{vault://env/KEYLESS}"), url=upstream.url)
    file.route("/url", asks(url="ftp://x", clientSecret="s"), url=upstream.url)
    keyless = json.dumps(json.loads(server.account.json) | {"private_key": "k3y-of-nobody"})
    environment = {"BROKEN": "{k3y-of-nobody", "KEYLESS": keyless}
    with Gateway(file, tmp_path, environment, credential_plugins) as gateway:
        for path, reason in {
            "/none": "nor is GCP_SERVICE_ACCOUNT set",
            "/broken": "the service account is no JSON object of texts",
            "/keyless": "'private_key': the key is no private key in PEM",
        }.items():
            response = request(gateway.address, "POST", path, BODY)
            assert response.status == 500, path
            expected = "The gateway's credentials for the upstream server cannot be used"
            assert response.json()["message"] == expected
            gateway.wait_for_log(reason)
        assert request(gateway.address, "POST", "/url", BODY).status == 500
        gateway.wait_for_log("where credentials come from is no absolute http or https URL")
        assert "k3y-of-nobody" not in gateway.log_text
    assert not server.requests
    assert not upstream.requests


def test_a_retry_may_ask_for_credentials(
    server: TokenServer, upstream: BearerUpstream, credential_plugins: Path, tmp_path: Path
) -> None:
    plugin = client_credentials(server, does="retry", port=upstream.port)
    file = KongFile().route("/", plugin, url="http://127.0.0.1:9")
    with Gateway(file, tmp_path, ENVIRONMENT, credential_plugins) as gateway:
        response = request(gateway.address, "POST", "/", BODY)
        assert response.status == 200
    assert len(server.tokens) == 1
    assert json.loads(upstream.requests[0].body) == BODY


# MARK: - Secrets


def test_tokens_and_keys_are_nowhere_but_in_the_host(
    server: TokenServer, upstream: BearerUpstream, credential_plugins: Path, tmp_path: Path
) -> None:
    file = KongFile().route("/", client_credentials(server), url=upstream.url)
    file.route("/own", client_credentials(server, does="fetch", target=upstream.url))
    file.route("/account", asks("account", account="{vault://env/TEST_ACCOUNT}"), url=upstream.url)
    environment = ENVIRONMENT | {"TEST_ACCOUNT": server.account.json}
    with Gateway(file, tmp_path, environment, credential_plugins) as gateway:
        bodies = []
        for path in ("/", "/own", "/account"):
            response = request(gateway.address, "POST", path, BODY)
            assert response.status == 200
            bodies.append(response.body + str(response.headers).encode())
        server.revoke()
        bodies += [request(gateway.address, "POST", path, BODY).body for path in ("/", "/own")]
        secrets = [token.encode() for token in server.tokens]
        secrets += [CLIENT_SECRET.encode(), server.account.pem.splitlines()[5].encode()]
        assert len(secrets) >= 4
        assert memory_has(gateway.pid, secrets[0]), "the scan finds nothing even in the host"
        host = program(gateway.pid)
        plugins = [pid for pid in descendants(gateway.pid) if program(pid) != host]
        assert plugins
        for secret in secrets:
            for pid in plugins:
                assert not memory_has(pid, secret), f"{secret!r} is in {program(pid)}"
            for path in ("/status", "/plugins/processes", "/config"):
                assert secret not in gateway.admin_bytes(path), path
            assert secret.decode() not in gateway.log_text
            assert not any(secret in body for body in bodies)
