# SPDX-License-Identifier: Apache-2.0
"""Several examples in one configuration, told apart by a header of their requests."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from harness import KongFile

Record = dict[str, Any]

# The value is the example's name; `LogFile` finds entries by it.
HEADER = "x-test"
# Entities that examples may share when they are the same.
_SHARED = ("consumers", "consumer_groups")


@dataclass
class Pack:
    names: list[str] = field(default_factory=list)
    content: Record = field(default_factory=lambda: {"patchbay": {}})

    @property
    def file(self) -> KongFile:
        file = KongFile()
        content = dict(self.content)
        file.services = content.pop("services", [])
        file.plugins = content.pop("plugins", [])
        file.patchbay = content.pop("patchbay")
        file.entities = content
        return file

    def takes(self, name: str, example: Record) -> bool:
        """Adds the example; not, when something of it is here already and is another thing."""
        scoped = _scoped(name, example)
        if name in self.names or self._contradicts(scoped):
            return False
        self._rename(name, scoped)
        for key, value in scoped.items():
            if key == "patchbay":
                self.content[key].update(value)
            elif isinstance(value, list):
                mine = self.content.setdefault(key, [])
                mine += [one for one in value if not (key in _SHARED and one in mine)]
        self.names.append(name)
        return True

    def _contradicts(self, example: Record) -> bool:
        settings = self.content["patchbay"]
        if any(
            settings.get(key, value) != value for key, value in example.get("patchbay", {}).items()
        ):
            return True
        return any(
            _name(one) == _name(other) and one != other
            for key in _SHARED
            for one in self.content.get(key, [])
            for other in example.get(key, [])
        )

    def _rename(self, example: str, content: Record) -> None:
        """Services and routes of the example whose names are taken; its references follow."""
        for kind, entities in (("service", _services), ("route", routes)):
            taken = {one.get("name") for one in entities(self.content)}
            for entity in entities(content):
                name = entity.get("name")
                if name in taken:
                    entity["name"] = f"{name}-{example}"
                    for record in _records(content):
                        if record.get(kind) in (name, {"name": name}):
                            record[kind] = entity["name"]


def packs(examples: list[tuple[str, Record]]) -> list[Pack]:
    """As few as there can be without trying all ways."""
    made: list[Pack] = []
    for name, example in examples:
        if not any(pack.takes(name, example) for pack in made):
            made.append(Pack())
            assert made[-1].takes(name, example)
    return made


def _scoped(name: str, example: Record) -> Record:
    """The example for requests with its header; what is for all of them, for its services only."""
    content = copy.deepcopy(example)
    content.pop("_format_version", None)
    for route in routes(content):
        route["headers"] = {**route.get("headers", {}), HEADER: [name]}
    plugins: list[Record] = content.pop("plugins", [])
    scoped = [plugin for plugin in plugins if {"service", "route"} & plugin.keys()]
    for plugin in plugins:
        if plugin not in scoped:
            scoped += [{**plugin, kind: place} for kind, place in _places(content)]
    return {**content, "plugins": scoped}


def _places(content: Record) -> Iterator[tuple[str, str]]:
    """All services, and the routes that have none."""
    for service in _services(content):
        yield "service", service["name"]
    for route in content.get("routes", []):
        if "service" not in route:
            yield "route", route["name"]


def _services(content: Record) -> Iterator[Record]:
    yield from content.get("services", [])


def routes(content: Record) -> Iterator[Record]:
    """Those at the top and those of the services."""
    yield from content.get("routes", [])
    for service in _services(content):
        yield from service.get("routes", [])


def _records(value: Any) -> Iterator[Record]:
    if isinstance(value, dict):
        yield value
        for member in value.values():
            yield from _records(member)
    elif isinstance(value, list):
        for element in value:
            yield from _records(element)


def _name(entity: Record) -> Any:
    return entity.get("username") or entity.get("name")
