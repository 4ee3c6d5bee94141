# SPDX-License-Identifier: Apache-2.0
"""One gateway for the whole table: a route for each API of each provider."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from fake_provider import FakeProvider
from harness import KongFile, LogFile, file_log

from .case import ProviderCase

OPERATIONS = {
    "chat": ("chat/completions", "llm/v1/chat"),
    "completions": ("completions", "llm/v1/completions"),
    "embeddings": ("embeddings", "llm/v1/embeddings"),
}


def kong_file(
    cases: Iterable[ProviderCase], fakes: Mapping[str, FakeProvider], directory: Path
) -> KongFile:
    file = KongFile()
    for case in cases:
        log = file_log(log_path(case, directory))
        for operation, (path, _) in OPERATIONS.items():
            model = case.model_of(operation)
            if model is None or operation not in case.paths:
                continue
            plugin = ai_proxy(case, fakes[case.name], operation, model)
            file.route(f"/{case.name}/{path}", plugin, log)
        free = ai_proxy(case, fakes[case.name], "chat", None)
        file.route(f"/{case.name}-any/chat/completions", free, log)
    return file


def ai_proxy(
    case: ProviderCase, fake: FakeProvider | None, operation: str, model: str | None
) -> dict[str, Any]:
    """The plugin's entry; without a fake it is for the provider's own address, and without a model
    the client chooses."""
    record: dict[str, Any] = {"provider": case.provider, "options": dict(case.options)}
    if model is not None:
        record["name"] = model
    if fake is not None:
        record["options"]["upstream_url"] = fake.url + case.paths[operation]
    return {
        "name": "ai-proxy",
        "config": {
            "route_type": OPERATIONS[operation][1],
            "auth": dict(case.auth),
            "model": record,
            "logging": {"log_statistics": True, "log_payloads": False},
        },
    }


def log_path(case: ProviderCase, directory: Path) -> Path:
    return directory / f"{case.name}.log"


def log_file(case: ProviderCase, directory: Path) -> LogFile:
    return LogFile(log_path(case, directory))
