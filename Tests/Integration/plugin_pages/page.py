# SPDX-License-Identifier: Apache-2.0
"""A page of docs/plugins: its table as it should be, and the blocks that it shows."""

import json
import re
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from harness.gateway import PLUGINS, ROOT

from . import config_table

FOLDER = ROOT / "docs/plugins"
COMMAND = "(cd Tests/Integration && ../../.venv/bin/python -m plugin_pages --write)"
BEGIN, END = "<!-- config:begin -->", "<!-- config:end -->"

_TABLE = re.compile(f"(?<={BEGIN}\n).*?(?={END})", re.DOTALL)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# A block of yaml with one of these at its top is a configuration.
_ENTITIES = {"services", "routes", "plugins", "consumers", "consumer_groups", "upstreams"}


@dataclass(frozen=True)
class Page:
    plugin: str
    path: Path
    manifest: Any

    @cached_property
    def text(self) -> str:
        return self.path.read_text() if self.path.exists() else ""

    @property
    def current(self) -> str:
        """Its text with the table that the plugin's schema makes."""
        table = config_table.table(self.manifest["configSchema"])
        assert _TABLE.search(self.text), f"{self.path} has no line {BEGIN} with a line {END} below"
        return _TABLE.sub(lambda _: table + "\n", self.text)

    @property
    def blocks(self) -> list[tuple[str, str]]:
        """The fenced blocks: language, content."""
        return _BLOCK.findall(self.text)

    @property
    def configurations(self) -> list[dict[str, Any]]:
        loaded = [yaml.safe_load(text) for language, text in self.blocks if language == "yaml"]
        return [value for value in loaded if isinstance(value, dict) and _ENTITIES & value.keys()]

    @property
    def session(self) -> str:
        """What the page shows of a terminal, the first time."""
        return next((text for language, text in self.blocks if language == "console"), "")


def pages() -> list[Page]:
    """Of every plugin that is installed."""
    found = []
    for folder in sorted(PLUGINS.glob("*/*/manifest.json")):
        if folder.parts[-3] == "examples":
            continue
        manifest = json.loads(folder.read_text())
        executable = folder.with_name(manifest["executable"])
        # Unlike the installed file, which is sorted, the plugin has its fields in their order.
        told = subprocess.run([executable, "--manifest"], capture_output=True, check=True)
        name = manifest["name"]
        found.append(Page(name, FOLDER / f"{name}.md", json.loads(told.stdout)))
    return found
