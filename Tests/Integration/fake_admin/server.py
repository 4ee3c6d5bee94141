# SPDX-License-Identifier: Apache-2.0
"""The HTTP side: paths, methods and bodies are checked, and what was asked is kept."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from .plugins import FakePlugin, Record, Refused

BASE = "/plugins/processes"


class FakeAdmin:
    """`with FakeAdmin(plugin) as admin`: answers at `admin.address`."""

    def __init__(self, *plugins: FakePlugin) -> None:
        self.plugins = {plugin.name: plugin for plugin in plugins}
        # Method, path and JSON body of each request.
        self.requests: list[tuple[str, str, Any]] = []
        # Called before each look at the processes, with how many there were before.
        self.before_look: Callable[[int], None] = lambda _: None
        # These bytes in place of every answer; then the connection is closed.
        self.raw: bytes | None = None
        self.looks = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "FakeAdmin":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, body: Any) -> Record:
        if path == BASE and method == "GET":
            self.before_look(self.looks)
            self.looks += 1
            found = [process for one in self.plugins.values() for process in one.processes()]
            return {"data": found}
        if not path.startswith(BASE + "/"):
            raise Refused(404, "Not found")
        name, *rest = path.removeprefix(BASE + "/").split("/")
        plugin = self.plugins.get(name)
        if plugin is None:
            raise Refused(404, f"no plugin '{name}' is configured")
        match (method, rest):
            case ("GET", []):
                return {"data": plugin.processes()}
            case ("PUT", []):
                return plugin.swap(_swap(body))
            case ("POST", ["rollback"]):
                return plugin.rollback()
            case ("POST", ["promote"]):
                return plugin.promote()
            case ("POST", ["attach"]):
                fields = _record(body, {"header": str})
                return plugin.attach(fields.get("header"))
            case ("POST", ["detach"]):
                return plugin.detach()
            case _:
                raise Refused(405, "Method not allowed")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        admin = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                try:
                    body = self._body()
                    admin.requests.append((self.command, self.path, body))
                    if admin.raw is not None:
                        self.wfile.write(admin.raw)
                        self.close_connection = True
                        return
                    self._send(200, admin.answer(self.command, self.path, body))
                except Refused as refused:
                    self._send(refused.status, {"message": refused.message})

            do_GET = do_PUT = do_POST = handle_any

            def _body(self) -> Any:
                if self.headers["host"] != admin.address:
                    raise Refused(400, f"host: {self.headers['host']}")
                if self.command != "GET" and self.headers["content-length"] is None:
                    raise Refused(411, "content-length: required")
                text = self.rfile.read(int(self.headers["content-length"] or 0))
                if not text:
                    return None
                if self.headers["content-type"] != "application/json":
                    raise Refused(415, f"content-type: {self.headers['content-type']}")
                return json.loads(text)

            def _send(self, status: int, value: Any) -> None:
                text = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: Any) -> None:
                """Tests look at `requests`."""

        return Handler


def _swap(body: Any) -> Record:
    fields = _record(
        body, {"version": str, "path": str, "canary": (int, float), "promote_after": (int, float)}
    )
    if ("version" in fields) == ("path" in fields):
        raise Refused(400, "give a version or a path")
    if "path" in fields and not fields["path"].startswith("/"):
        raise Refused(400, "path: expected an absolute path")
    if "canary" in fields and not 0 < fields["canary"] < 100:
        raise Refused(400, "canary: value should be between 0 and 100")
    if "promote_after" in fields and ("canary" not in fields or fields["promote_after"] <= 0):
        raise Refused(400, "promote_after: is for a canary")
    return fields


def _record(body: Any, types: dict[str, Any]) -> Record:
    if not isinstance(body, dict):
        raise Refused(400, "expected a record")
    for name, value in body.items():
        if name not in types:
            raise Refused(400, f"{name}: unknown field")
        if isinstance(value, bool) or not isinstance(value, types[name]):
            raise Refused(400, f"{name}: of a wrong type")
    return body
