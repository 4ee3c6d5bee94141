# SPDX-License-Identifier: Apache-2.0
"""What the examples of the pages meet in place of the world: hosts, files, secrets."""

import re
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from fake_content_safety import FakeContentSafety
from fake_openai import KEY, FakeOpenAI

from .mirror import Mirror
from .pack import routes

_URL = re.compile(r"^(https?)://([^/:]+)(:\d+)?(?=/|$)")
_REFERENCE = re.compile(r"\{vault://env/([\w-]+)")
_OPENAI = "api.openai.com"
# What the names of fields have that say where something is.
_ADDRESSES = ("url", "uri", "endpoint", "host", "address")
_OPERATIONS = {
    "llm/v1/chat": "/v1/chat/completions",
    "llm/v1/completions": "/v1/completions",
    "llm/v1/embeddings": "/v1/embeddings",
}

# Which fake stands for a host, by the end of its name; all others are the mirror's.
FAKES: dict[str, Callable[[], Any]] = {
    "api.openai.com": FakeOpenAI,
    "cognitiveservices.azure.com": lambda: FakeContentSafety(KEY),
}


class Stage:
    """`with Stage(directory) as stage`: the fakes run."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._stack = ExitStack()
        self._urls: dict[str, str] = {}

    def __enter__(self) -> Self:
        for host, fake in FAKES.items():
            self._urls[host] = self._stack.enter_context(fake()).url
        self._mirror = self._stack.enter_context(Mirror())
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def complete(self, name: str, example: dict[str, Any]) -> dict[str, Any]:
        """The example with an upstream, if it shows none, ready to be run here."""
        if not list(routes(example)):
            route = {"name": f"{name}-example", "paths": ["/"]}
            service = {"name": f"{name}-example", "url": "http://example.com", "routes": [route]}
            example = {**example, "services": [*example.get("services", []), service]}
        dressed: dict[str, Any] = self.dress(example)
        return dressed

    def dress(self, value: Any, field: str = "") -> Any:
        """The same configuration with every host, file and model replaced by what is here."""
        match value:
            case str():
                return self._text(value, field)
            case list():
                return [self.dress(element, field) for element in value]
            case dict():
                dressed = {name: self.dress(member, name) for name, member in value.items()}
                if {"host", "protocol"} <= value.keys() or {"host", "port"} <= value.keys():
                    dressed.update(self._address(value))
                self._find_model(dressed)
                return dressed
        return value

    def file(self, path: str) -> Path:
        return self.directory / path.removeprefix("/var/log/").replace("/", "-")

    def environment(self, text: str) -> dict[str, str]:
        """Values for all variables that a configuration refers to."""
        names = (name.upper().replace("-", "_") for name in _REFERENCE.findall(text))
        return {name: f"Bearer {KEY}" if "AUTHORIZATION" in name else KEY for name in names}

    def _text(self, text: str, field: str) -> str:
        if text.startswith("/var/log/"):
            return str(self.file(text))
        if any(word in field for word in _ADDRESSES) and (found := _URL.match(text)):
            return self._url(found[2]) + text[found.end() :]
        return text

    def _url(self, host: str) -> str:
        known = (url for name, url in self._urls.items() if host.endswith(name))
        return next(known, self._mirror.url)

    def _address(self, value: dict[str, Any]) -> dict[str, Any]:
        found = _URL.match(self._url(str(value["host"])))
        assert found
        address: dict[str, Any] = {"host": found[2], "port": int(found[3][1:])}
        return address | ({"protocol": "http"} if "protocol" in value else {})

    def _find_model(self, value: dict[str, Any]) -> None:
        """A model without an address of its own is at the fake of its provider."""
        model = value.get("model")
        if not isinstance(model, dict) or model.get("provider") != "openai":
            return
        options = model.setdefault("options", {})
        path = _OPERATIONS.get(value.get("route_type", ""), "")
        options.setdefault("upstream_url", self._url(_OPENAI) + path)
