# SPDX-License-Identifier: Apache-2.0
"""What the admin API shows of the configuration, as Kong's does."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from fake_openai import KEY
from harness import Gateway, KongFile, file_log, request
from harness.client import Response, connect
from harness.kong import KEY_VARIABLE, ai_proxy
from harness.reload import post, post_file

SERVICE = "3fbb1d5a-2d3a-4f0e-9b61-d8f8a4f6a001"
LITERAL = "Bearer sk-written-into-the-file"


def file() -> KongFile:
    auth = {"header_name": "Authorization", "header_value": LITERAL}
    made = KongFile()
    made.route("/chat", ai_proxy("http://127.0.0.1:9/v1/chat/completions", auth=auth))
    made.route("/ref", ai_proxy("http://127.0.0.1:9/v1/chat/completions"), tags=["a", "b"])
    made.route("/log", tags=["b"])
    made.services[0]["id"] = SERVICE
    made.services[2]["routes"][0]["plugins"] = [file_log(Path("/tmp/admin-reads.log"))]
    return made


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    directory = tmp_path_factory.mktemp("reads")
    with Gateway(file(), directory, {KEY_VARIABLE: f"Bearer {KEY}"}) as gateway:
        yield gateway


def ask(gateway: Gateway, method: str, path: str) -> Response:
    return request(("127.0.0.1", gateway.admin_port), method, path)


def names(gateway: Gateway, path: str) -> list[str]:
    return [one["name"] for one in gateway.admin(path)["data"]]


def test_the_node_says_who_it_is(reading: Gateway) -> None:
    node = reading.admin("/")
    assert node["tagline"] == "Welcome to patchbay"
    assert node["version"] == reading.admin("/status")["version"]
    assert node["pids"]["master"] == reading.pid
    available = node["plugins"]["available_on_server"]
    assert available["ai-proxy"]["priority"] == 770
    assert {"ai-echo", "file-log"} <= set(available)
    assert node["plugins"]["enabled_in_cluster"] == ["ai-proxy", "file-log"]
    assert reading.admin("/plugins/enabled")["enabled_plugins"] == sorted(available)


def test_the_status_has_kongs_members(reading: Gateway) -> None:
    connection = connect(reading.address)
    connection.request("GET", "/nothing")
    assert connection.getresponse().read()
    status = reading.admin("/status")
    server = status["server"]
    assert server["connections_active"] >= 1 and server["connections_waiting"] >= 1
    assert server["connections_accepted"] == server["connections_handled"] >= 1
    parts = ("reading", "writing", "waiting")
    assert sum(server[f"connections_{part}"] for part in parts) == server["connections_active"]
    assert server["total_requests"] >= 1
    assert status["database"] == {"reachable": True}
    assert len(status["configuration_hash"]) == 32
    connection.close()
    assert ask(reading, "GET", "/status/ready").status == 200


def test_the_configuration_comes_back_without_secrets(reading: Gateway) -> None:
    text = reading.admin("/config")["config"]
    assert LITERAL not in text and KEY not in text
    expected = yaml.safe_load(file().text)
    expected["services"][0]["plugins"][0]["config"]["auth"]["header_value"] = "[secret]"
    assert yaml.safe_load(text) == expected


def test_entities_are_found_by_name_and_id(reading: Gateway) -> None:
    assert names(reading, "/services") == ["chat", "ref", "log"]
    service = reading.admin("/services/chat")
    assert service["id"] == SERVICE and reading.admin(f"/services/{SERVICE}") == service
    assert service["host"] == "127.0.0.1" and service["tls_verify"] is None
    assert service["created_at"] == reading.admin("/status")["configuration"]["since"]
    assert names(reading, "/services/chat/routes") == ["chat-route"]
    route = reading.admin("/services/chat/routes/chat-route")
    assert route == reading.admin("/routes/chat-route")
    assert route["service"] == {"id": SERVICE} and route["path_handling"] == "v0"
    assert reading.admin("/routes/chat-route/service") == service
    [plugin] = reading.admin("/services/chat/plugins")["data"]
    assert plugin["name"] == "ai-proxy" and plugin == reading.admin(f"/plugins/{plugin['id']}")
    assert plugin["config"]["auth"]["header_value"] == "[secret]"
    [other] = reading.admin("/services/ref/plugins")["data"]
    assert other["config"]["auth"]["header_value"] == f"{{vault://env/{KEY_VARIABLE}}}"
    assert names(reading, "/routes/log-route/plugins") == ["file-log"]
    assert reading.admin("/consumers") == {"data": [], "next": None}


def test_lists_have_pages_and_tags(reading: Gateway) -> None:
    page = reading.admin("/services?size=2")
    assert [one["name"] for one in page["data"]] == ["chat", "ref"]
    rest = reading.admin(page["next"])
    assert [one["name"] for one in rest["data"]] == ["log"] and rest["next"] is None
    assert names(reading, "/services?tags=b") == ["ref", "log"]
    assert names(reading, "/services?tags=a,b") == ["ref"]
    assert names(reading, "/services?tags=a/b&size=1") == ["ref"]


@pytest.mark.parametrize(
    ("path", "code", "name"),
    [
        ("size=0", 9, "invalid size"),
        ("offset=x", 7, "invalid offset"),
        ("tags=", 11, "invalid options"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(
    reading: Gateway, path: str, code: int, name: str
) -> None:
    answer = ask(reading, "GET", f"/routes?{path}")
    assert answer.status == 400
    assert (answer.json()["code"], answer.json()["name"]) == (code, name)


@pytest.mark.parametrize(
    "path",
    [
        "/services/nobody",
        "/services/nobody/routes",
        "/services/chat/routes/log-route",
        "/routes/chat-route/service/x",
        "/plugins/nobody",
        "/nothing",
    ],
)
def test_what_is_not_there_is_not_found(reading: Gateway, path: str) -> None:
    answer = ask(reading, "GET", path)
    assert (answer.status, answer.json()) == (404, {"message": "Not found"})


@pytest.mark.parametrize(
    ("method", "path", "kind", "verb"),
    [
        ("POST", "/services", "services", "create"),
        ("POST", "/services/chat/routes", "routes", "create"),
        ("PUT", "/consumers/u", "consumers", "create or update"),
        ("PATCH", "/plugins/x", "plugins", "update"),
        ("DELETE", "/routes/chat-route", "routes", "remove"),
    ],
)
def test_nothing_is_written(reading: Gateway, method: str, path: str, kind: str, verb: str) -> None:
    answer = ask(reading, method, path)
    assert answer.status == 405
    assert answer.json() == {
        "code": 12,
        "name": "operation unsupported",
        "message": f"cannot {verb} '{kind}' entities when not using a database",
    }


def test_the_schema_of_a_plugin_is_told_as_kong_tells_it(reading: Gateway) -> None:
    schema = reading.admin("/schemas/plugins/file-log")
    [config] = [one["config"] for one in schema["fields"] if "config" in one]
    fields: dict[str, Any] = {}
    for field in config["fields"]:
        fields.update(field)
    assert config["type"] == "record"
    assert fields["path"]["type"] == "string" and fields["path"]["required"] is True
    auth = json.dumps(reading.admin("/schemas/plugins/ai-proxy"))
    assert '"referenceable": true' in auth
    answer = ask(reading, "GET", "/schemas/plugins/nobody")
    assert (answer.status, answer.json()) == (404, {"message": "No plugin named 'nobody'"})


def test_a_posted_configuration_is_answered_with_its_entities(tmp_path: Path) -> None:
    environment = {KEY_VARIABLE: f"Bearer {KEY}"}
    with Gateway(KongFile(), tmp_path, environment) as gateway:
        before = gateway.admin("/status")["configuration_hash"]
        answer = post_file(gateway, file())
        assert answer.status == 201
        entities = answer.json()
        assert entities["services"][SERVICE]["name"] == "chat"
        assert {"services", "routes", "plugins"} == set(entities)
        assert LITERAL not in answer.body.decode()
        hashed = gateway.admin("/status")["configuration_hash"]
        assert hashed != before
        same = post(gateway, file().text.encode(), "/config?check_hash=1")
        assert (same.status, same.body) == (304, b"")
        wrapped = post(gateway, {"config": KongFile().text})
        assert wrapped.status == 201
        assert gateway.admin("/status")["configuration_hash"] == before
        assert gateway.admin("/services")["data"] == []
