# SPDX-License-Identifier: Apache-2.0
"""What writes and runs the pages of the plugins, without a gateway."""

from pathlib import Path
from typing import Any

import pytest

from plugin_pages import config_table, session
from plugin_pages.pack import HEADER, packs
from plugin_pages.stage import Stage

SCHEMA = {
    "properties": {
        "path": {"type": "string", "minLength": 1, "pattern": "^/a\\.b", "description": "where"},
        "kinds": {
            "type": "array",
            "items": {"type": "string", "enum": ["a", "b|c"]},
            "default": [],
        },
        "model": {
            "type": "object",
            "properties": {"key": {"type": "string", "x-secret": True}},
            "additionalProperties": False,
        },
        "steps": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"n": {"type": "integer", "minimum": 0, "maximum": 65535}},
                "required": ["n"],
            },
        },
        "names": {"type": "object", "additionalProperties": {"type": "string"}, "deprecated": True},
    },
    "required": ["path"],
}


def test_a_row_for_each_field() -> None:
    assert config_table.table(SCHEMA).splitlines()[2:] == [
        "| `path` | string | required | not empty, starts with `/a.b` | where |",
        "| `kinds` | list of strings | `[]` | `a`, `b\\|c` |  |",
        "| `model.key` | string |  | secret |  |",
        "| `steps` | list of records |  |  |  |",
        "| `steps[].n` | integer | required | 0 to 65535 |  |",
        "| `names` | map of strings |  | deprecated |  |",
    ]


def test_fields_without_a_word_are_found() -> None:
    assert config_table.undescribed(SCHEMA) == ["kinds", "model.key", "steps[].n", "names"]


def test_a_session_is_commands_and_what_they_print() -> None:
    text = "$ curl -i \\\n  localhost:8000/ # no key\nHTTP/1.1 401 …\n$ tail -n 1 x\n{}\n"
    first, second = session.steps(text)
    assert first.command == ["curl", "-i", "localhost:8000/"]
    assert first.expected == "HTTP/1.1 401 …"
    assert (second.command, second.expected) == (["tail", "-n", "1", "x"], "{}")


@pytest.mark.parametrize(
    ("expected", "printed", "is_right"),
    [
        ('{"a": 1, "b": …}', '{"a":1,"b":{"c":2}}', True),
        ('{"a": 1}', '{"a":1,"b":2}', False),
        ("", "something", False),
        ("HTTP/1.1 200 OK\na: …\n\nyes", "HTTP/1.1 200 OK\r\nA: b\r\nX: y\r\n\r\nyes", True),
        ("HTTP/1.1 200 OK\nvary: …", "HTTP/1.1 200 OK\r\nX: y\r\n\r\n", False),
        ("HTTP/1.1 200 OK", "HTTP/1.1 403 Forbidden\r\n\r\n", False),
        ("HTTP/1.1 403 Forbidden\n\nno", "HTTP/1.1 403 Forbidden\r\n\r\nyes", False),
    ],
)
def test_what_a_page_shows_is_compared(expected: str, printed: str, is_right: bool) -> None:
    assert session.is_shown(expected, printed) == is_right


def service(name: str, **more: Any) -> dict[str, Any]:
    route = {"name": name, "paths": ["/"]}
    return {"services": [{"name": name, "url": "http://example.com", "routes": [route]}], **more}


def test_examples_share_a_configuration_unless_they_contradict() -> None:
    ann, other = {"username": "ann", "tags": ["a"]}, {"username": "ann", "tags": ["b"]}
    plugin = {"name": "x", "service": "chat"}
    first, second = packs(
        [
            ("one", service("chat", consumers=[ann], plugins=[{"name": "x"}])),
            ("two", service("chat", consumers=[ann], plugins=[plugin])),
            ("three", service("chat", consumers=[other])),
        ]
    )
    assert (first.names, second.names) == (["one", "two"], ["three"])
    assert first.content["consumers"] == [ann]
    assert [one["name"] for one in first.content["services"]] == ["chat", "chat-two"]
    assert [one["service"] for one in first.content["plugins"]] == ["chat", "chat-two"]
    routes = [one["routes"][0] for one in first.content["services"]]
    assert [one["headers"][HEADER] for one in routes] == [["one"], ["two"]]


def test_the_world_is_replaced(tmp_path: Path) -> None:
    proxy = {"route_type": "llm/v1/chat", "model": {"provider": "openai", "name": "m"}}
    plugins = [
        {"name": "ai-proxy", "config": proxy},
        {"name": "x-log", "config": {"path": "/var/log/x.log", "host": "logs.example", "port": 9}},
    ]
    with Stage(tmp_path) as stage:
        example = stage.complete("x", {"plugins": plugins})
        address = example["services"][0]["url"]
        assert address.startswith("http://127.0.0.1:")
        chat = example["plugins"][0]["config"]["model"]["options"]["upstream_url"]
        assert chat.endswith("/v1/chat/completions") and not chat.startswith(address)
        log = example["plugins"][1]["config"]
        assert log["path"] == str(tmp_path / "x.log")
        assert f"http://{log['host']}:{log['port']}" == address
