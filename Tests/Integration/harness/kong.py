# SPDX-License-Identifier: Apache-2.0
"""Kong's declarative file, built by the route."""

from pathlib import Path
from typing import Any

import yaml

Record = dict[str, Any]

# The environment variable that holds the upstream's `Authorization` value.
KEY_VARIABLE = "E2E_UPSTREAM_AUTHORIZATION"


class KongFile:
    """A service and a route for each path."""

    def __init__(self, **patchbay: Any) -> None:
        self.services: list[Record] = []
        self.plugins: list[Record] = []
        self.patchbay: Record = dict(patchbay)
        # Other top-level entities, by their names.
        self.entities: dict[str, list[Record]] = {}

    def route(
        self, path: str, *plugins: Record, url: str = "http://127.0.0.1:9", **service: Any
    ) -> "KongFile":
        """A route at this path prefix; `~` in front makes it a pattern."""
        name = "".join(letter if letter.isalnum() else "-" for letter in path).strip("-") or "root"
        route = {"name": f"{name}-route", "paths": [path]}
        self.services.append(
            {"name": name, "url": url, **service, "routes": [route], "plugins": list(plugins)}
        )
        return self

    @property
    def text(self) -> str:
        value: Record = {"_format_version": "3.0", "services": self.services}
        value.update(self.entities)
        if self.plugins:
            value["plugins"] = self.plugins
        if self.patchbay:
            value["patchbay"] = self.patchbay
        return yaml.safe_dump(value, sort_keys=False, allow_unicode=True)

    def write(self, path: Path) -> Path:
        path.write_text(self.text)
        return path


def ai_proxy(
    upstream: str | None,
    route_type: str = "llm/v1/chat",
    *,
    model: str | None = "gpt-4o-mini",
    options: Record | None = None,
    auth: Record | None = None,
    logging: bool = True,
    **config: Any,
) -> Record:
    """Kong's ai-proxy for provider `openai`; `upstream` is the whole URL of the operation."""
    model_record: Record = {"provider": "openai"}
    if model is not None:
        model_record["name"] = model
    all_options = dict(options or {})
    if upstream is not None:
        all_options["upstream_url"] = upstream
    if all_options:
        model_record["options"] = all_options
    return {
        "name": "ai-proxy",
        "config": {
            "route_type": route_type,
            "auth": auth if auth is not None else header_auth(),
            "model": model_record,
            "logging": {"log_statistics": logging, "log_payloads": logging},
            **config,
        },
    }


def header_auth(**more: Any) -> Record:
    value = f"{{vault://env/{KEY_VARIABLE}}}"
    return {"header_name": "Authorization", "header_value": value, **more}


def ai_echo(model: str = "echo-1", **config: Any) -> Record:
    return {"name": "ai-echo", "config": {"model": model, **config}}


def file_log(path: Path) -> Record:
    return {"name": "file-log", "config": {"path": str(path)}}
