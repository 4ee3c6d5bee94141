# SPDX-License-Identifier: Apache-2.0
"""Consumers from their key to the log: key-auth, acl, plugins that are for some of them."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from fake_openai import KEY, FakeOpenAI
from harness import Gateway, KongFile, LogFile, file_log, request
from harness.client import Response
from harness.raw_upstream import RawUpstream, read_head
from harness.reload import take

ALICE, BOB = "3fbb1d5a-2d3a-4f0e-9b61-d8f8a4f6a001", "3fbb1d5a-2d3a-4f0e-9b61-d8f8a4f6a002"
CREDENTIAL = "3fbb1d5a-2d3a-4f0e-9b61-d8f8a4f6a003"
# What must never be seen where it does not belong.
KEYS = {"alice": "very-secret-of-alice", "bob": "very-secret-of-bob", "wrong": "very-secret-wrong"}
TELLING = ["id", "custom-id", "username", "groups"]


def key_auth(**config: Any) -> dict[str, Any]:
    return {"name": "key-auth", "config": config}


def acl(**config: Any) -> dict[str, Any]:
    return {"name": "acl", "config": config}


def echo(model: str, **scope: str) -> dict[str, Any]:
    return {"name": "ai-echo", "config": {"model": model}, **scope}


def consumers(file: KongFile) -> KongFile:
    file.entities["consumer_groups"] = [{"name": "gold"}, {"name": "silver"}]
    file.entities["consumers"] = [
        {
            "id": ALICE,
            "username": "alice",
            "custom_id": "7",
            "tags": ["early"],
            "keyauth_credentials": [{"id": CREDENTIAL, "key": KEYS["alice"]}],
            "acls": [{"group": "staff"}, {"group": "admins"}],
        },
        {
            "id": BOB,
            "username": "bob",
            "groups": [{"name": "silver"}, {"name": "gold"}],
            "keyauth_credentials": [{"key": KEYS["bob"]}],
        },
        {"username": "guest", "acls": [{"group": "guests"}]},
    ]
    return file


def kong_file(directory: Path, url: str) -> KongFile:
    log = file_log(directory / "file.log")
    file = consumers(KongFile())
    file.route("/hidden", key_auth(realm="here"), log, url=url)
    file.route("/shown", key_auth(hide_credentials=False), log, url=url)
    file.route("/body", key_auth(key_in_body=True), log, url=url)
    lax = key_auth(run_on_preflight=False, hide_credentials=False)
    file.route("/preflight", lax, log, url=url)
    file.route("/guest", key_auth(anonymous="guest"), acl(deny=["staff"]), log, url=url)
    file.route("/staff", key_auth(), acl(allow=["staff"]), log, url=url)
    quiet = acl(allow=["staff", "gold"], hide_groups_header=True, include_consumer_groups=True)
    file.route("/quiet", key_auth(), quiet, log, url=url)
    file.route("/unknown", acl(allow=["staff"]), log, url=url)
    file.route("/echo", key_auth(), echo("for-all"), log)
    file.plugins = [
        echo("for-alice", consumer="alice", service="echo"),
        echo("for-alice-there", consumer="alice", route="echo-there-route"),
        echo("for-gold", consumer_group="gold", service="echo"),
        echo("for-silver", consumer_group="silver", service="echo"),
        echo("for-silver-there", consumer_group="silver", service="echo-there"),
    ]
    file.route("/echo/there", key_auth(), echo("for-all-there"), log)
    # With an ordering acl comes first, and knows nobody.
    early = {**acl(allow=["staff"]), "ordering": {"before": {"access": ["key-auth"]}}}
    file.route("/early", key_auth(), early, url=url)
    # Only over TLS: here it is not asked.
    file.route("/tls-only", {**key_auth(), "protocols": ["https"]}, url=url)
    return file


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("consumers")


@pytest.fixture(scope="module")
def gateway(place: Path, shared_fake: FakeOpenAI) -> Iterator[Gateway]:
    with Gateway(kong_file(place, shared_fake.url), place) as running:
        yield running
        assert "very-secret" not in running.log_text


@pytest.fixture
def log(place: Path) -> LogFile:
    return LogFile(place / "file.log")


def ask(
    gateway: Gateway, path: str, who: str | None = "alice", body: Any = None, **headers: str
) -> Response:
    if who is not None:
        headers["apikey"] = KEYS[who]
    method = "GET" if body is None else "POST"
    fields = {"Authorization": f"Bearer {KEY}", **headers}
    return request(gateway.address, method, path, body, fields)


def told(fake: FakeOpenAI) -> dict[str, str | None]:
    """What the upstream is told of the client."""
    names = {name: f"x-consumer-{name}" for name in TELLING}
    names |= {"credential": "x-credential-identifier", "anonymous": "x-anonymous-consumer"}
    return {name: fake.last.header(field) for name, field in names.items()}


def test_a_key_becomes_a_consumer(
    gateway: Gateway, fake: FakeOpenAI, log: LogFile, test_id: str
) -> None:
    forged = {f"X-Consumer-{name}": "forged" for name in TELLING} | {"X-Anonymous-Consumer": "true"}
    answer = ask(gateway, "/hidden/v1/models?a=1", **forged, **{"x-test": test_id})
    assert answer.status == 200
    assert told(fake) == {
        "id": ALICE,
        "custom-id": "7",
        "username": "alice",
        "groups": None,
        "credential": CREDENTIAL,
        "anonymous": None,
    }
    assert fake.last.header("apikey") is None
    entry = log.entry(test_id)
    wanted = {"id": ALICE, "username": "alice", "custom_id": "7", "tags": ["early"]}
    assert entry["consumer"] == wanted
    assert entry["authenticated_entity"] == {"id": CREDENTIAL}


def test_who_is_not_known_is_refused(gateway: Gateway, log: LogFile, test_id: str) -> None:
    answers = [
        ask(gateway, "/hidden/x", None),
        ask(gateway, "/hidden/x", "wrong", **{"x-test": test_id}),
        ask(gateway, f"/hidden/x?apikey={KEYS['alice']}&apikey={KEYS['alice']}", None),
        ask(gateway, "/echo/x", None),
    ]
    assert [(answer.status, answer.json()["message"]) for answer in answers] == [
        (401, "No API key found in request"),
        (401, "Unauthorized"),
        (401, "Duplicate API key found"),
        (401, "No API key found in request"),
    ]
    challenges = [answer.header("www-authenticate") for answer in answers]
    assert challenges == ['Key realm="here"'] * 3 + ["Key"]
    entry = log.entry(test_id)
    assert "consumer" not in entry and "authenticated_entity" not in entry
    assert entry["request"]["headers"]["apikey"] == "REDACTED"


@pytest.mark.parametrize("path", ["/hidden", "/shown"])
def test_no_log_shows_a_key(
    gateway: Gateway, fake: FakeOpenAI, log: LogFile, test_id: str, path: str
) -> None:
    key = KEYS["alice"]
    ask(gateway, f"{path}/v1/models?b=2&api%6bey={key}&c=3", None, **{"x-test": test_id})
    is_hidden = path == "/hidden"
    assert fake.last.query == ("b=2&c=3" if is_hidden else f"b=2&api%6bey={key}&c=3")
    entry = log.entry(test_id)
    assert entry["request"]["uri"] == f"{path}/v1/models?b=2&api%6bey=REDACTED&c=3"
    assert entry["request"]["querystring"] == {"b": "2", "apikey": "REDACTED", "c": "3"}
    assert entry["consumer"]["username"] == "alice"
    assert "very-secret" not in log.path.read_text()


def test_no_log_shows_a_key_that_nobody_wanted(
    gateway: Gateway, fake: FakeOpenAI, log: LogFile, test_id: str
) -> None:
    key = KEYS["alice"]
    fields = {"apikey": key, "x-test": test_id}
    request(gateway.address, "OPTIONS", f"/preflight/v1/models?apikey={key}", None, fields)
    assert (fake.last.query, fake.last.header("apikey")) == (f"apikey={key}", key)
    seen = log.entry(test_id)["request"]
    assert seen["uri"] == "/preflight/v1/models?apikey=REDACTED"
    assert seen["headers"]["apikey"] == "REDACTED"
    assert "very-secret" not in log.path.read_text()


@pytest.mark.parametrize("kind", ["form", "json"])
def test_a_key_in_the_body(gateway: Gateway, fake: FakeOpenAI, kind: str) -> None:
    key = KEYS["alice"]
    type_, sent, left = {
        "form": ("application/x-www-form-urlencoded", f"a=1&apikey={key}", b"a=1"),
        "json": ("application/json", f'{{"apikey": "{key}", "a": 1}}', b'{"a": 1}'),
    }[kind]
    answer = ask(gateway, "/body/x", None, sent.encode(), **{"Content-Type": type_})
    assert told(fake)["username"] == "alice", answer
    assert fake.last.body == left
    assert fake.last.header("content-length") == str(len(left))


def test_the_anonymous_consumer(
    gateway: Gateway, fake: FakeOpenAI, log: LogFile, test_id: str
) -> None:
    assert ask(gateway, "/guest/v1/models", "wrong", **{"x-test": test_id}).status == 200
    known = told(fake)
    assert (known["username"], known["credential"], known["anonymous"]) == ("guest", None, "true")
    assert known["groups"] == "guests"
    assert fake.last.header("apikey") is None
    entry = log.entry(test_id)
    assert entry["consumer"]["username"] == "guest" and "authenticated_entity" not in entry
    assert ask(gateway, "/guest/v1/models").status == 403, "alice is of those who are denied"


def test_groups_decide(gateway: Gateway, fake: FakeOpenAI) -> None:
    assert ask(gateway, "/staff/v1/models").status == 200
    assert told(fake)["groups"] == "staff, admins"
    refused = ask(gateway, "/staff/v1/models", "bob")
    assert (refused.status, refused.json()) == (403, {"message": "You cannot consume this service"})
    assert ask(gateway, "/quiet/v1/models", "bob", **{"X-Consumer-Groups": "forged"}).status == 200
    assert told(fake)["groups"] is None
    unknown = ask(gateway, "/unknown/v1/models")
    assert (unknown.status, unknown.json()) == (401, {"message": "Unauthorized"})


@pytest.mark.parametrize(
    ("path", "who", "model"),
    [
        ("/echo", "alice", "for-alice"),
        ("/echo", "bob", "for-gold"),
        ("/echo/there", "alice", "for-alice-there"),
        ("/echo/there", "bob", "for-silver-there"),
    ],
)
def test_the_most_specific_instance_runs(gateway: Gateway, path: str, who: str, model: str) -> None:
    body = {"messages": [{"role": "user", "content": "hello"}]}
    assert ask(gateway, path, who, body).json()["model"] == model


def test_the_openai_sdk_brings_a_key(gateway: Gateway, log: LogFile, test_id: str) -> None:
    headers = {"apikey": KEYS["bob"], "x-test": test_id}
    sdk = openai.OpenAI(
        api_key="none", base_url=f"{gateway.url}/echo", max_retries=0, default_headers=headers
    )
    stream = sdk.chat.completions.create(
        model="for-gold", messages=[{"role": "user", "content": "again and again"}], stream=True
    )
    pieces = [chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices]
    assert "".join(pieces) == "again and again"
    assert log.entry(test_id)["consumer"]["username"] == "bob"


def test_ordering_and_protocols(gateway: Gateway, fake: FakeOpenAI) -> None:
    assert ask(gateway, "/early/v1/models").json() == {"message": "Unauthorized"}
    assert ask(gateway, "/tls-only/v1/models", None).status == 200
    assert told(fake)["id"] is None


def test_an_identity_outlives_its_plugin_and_its_configuration(tmp_path: Path) -> None:
    def talk(connection: socket.socket) -> None:
        head = read_head(connection)
        assert b"X-Consumer-Username: alice" in head
        running.kill("key-auth")
        take(running, KongFile().route("/other", file_log(tmp_path / "other.log")))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with RawUpstream(talk) as upstream:
        file = consumers(KongFile())
        file.route("/x", key_auth(), url=upstream.url)
        log = LogFile(tmp_path / "alice.log")
        file.plugins = [{**file_log(log.path), "consumer": "alice"}]
        with Gateway(file, tmp_path) as running:
            answer = ask(running, "/x", **{"x-test": "mine"})
            assert (answer.status, answer.body) == (200, b"ok")
            assert log.entry("mine")["consumer"]["username"] == "alice"


def test_what_cannot_be_is_said(gateway: Gateway, place: Path) -> None:
    file = kong_file(place, "http://127.0.0.1:9")
    file.plugins.append({**acl(allow=["a"]), "consumer": "alice"})
    file.services[0]["plugins"][0]["ordering"] = {"after": {"access": ["file-log"]}}
    file.services[0]["plugins"][1]["ordering"] = {"after": {"access": ["key-auth"]}}
    refused = request(
        ("127.0.0.1", gateway.admin_port),
        "POST",
        "/config",
        file.text.encode(),
        {"Content-Type": "text/yaml"},
    )
    assert refused.status == 400
    text = refused.body.decode()
    assert "plugin 'acl' cannot be configured for a consumer or a consumer group" in text
    assert "the orderings contradict each other: key-auth, file-log, key-auth" in text
    assert "very-secret" not in text


def test_some_plugins_are_not_for_a_consumer(gateway: Gateway, place: Path) -> None:
    def errors(*plugins: dict[str, Any]) -> list[str]:
        file = kong_file(place, "http://127.0.0.1:9")
        file.plugins += plugins
        admin = ("127.0.0.1", gateway.admin_port)
        told = request(admin, "POST", "/config", file.text.encode(), {"Content-Type": "text/yaml"})
        return [one["message"] for one in told.json().get("errors", [])]

    llm = {"route_type": "llm/v1/chat", "model": {"provider": "openai", "name": "m"}}
    transformer = {"name": "ai-request-transformer", "config": {"prompt": "p", "llm": llm}}
    group = {**transformer, "consumer_group": "gold"}
    cannot = "cannot be configured for a consumer"
    assert errors(group, {**transformer, "consumer": "alice"}) == [
        f"plugin 'ai-request-transformer' {cannot}"
    ]
    cors = {"name": "cors", "config": {}}
    assert errors(group, {**cors, "consumer": "alice"}, {**cors, "consumer_group": "gold"}) == [
        f"plugin 'cors' {cannot} or a consumer group"
    ] * 2


def test_the_admin_api_shows_consumers_and_no_key(gateway: Gateway) -> None:
    def names(path: str, field: str = "name") -> list[str]:
        return [one[field] for one in gateway.admin(path)["data"]]

    assert gateway.admin("/consumers/alice")["id"] == ALICE
    [credential] = gateway.admin("/consumers/alice/key-auth")["data"]
    assert (credential["id"], credential["key"]) == (CREDENTIAL, "[secret]")
    assert credential["consumer"] == {"id": ALICE}
    assert names("/consumers/alice/acls", "group") == ["staff", "admins"]
    assert names("/consumers/alice/plugins") == ["ai-echo", "ai-echo"]
    assert names("/consumer_groups") == ["gold", "silver"]
    assert names("/consumer_groups/gold/consumers", "username") == ["bob"]
    assert names("/consumer_groups/silver/plugins") == ["ai-echo", "ai-echo"]
    assert names("/consumers/bob/consumer_groups") == ["gold", "silver"]
    assert len(names("/key-auths", "id")) == 2
    for path in ("/config", "/consumers", "/key-auths", "/plugins"):
        assert b"very-secret" not in gateway.admin_bytes(path)
