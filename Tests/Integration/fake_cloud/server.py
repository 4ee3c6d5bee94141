# SPDX-License-Identifier: Apache-2.0
"""A small HTTP server that keeps what it was sent."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Request:
    method: str
    # With the query, as it was on the wire.
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    def header(self, name: str) -> str | None:
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return values[0] if len(values) == 1 else None

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.target.partition("?")[2], strict_parsing=True))

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form, each of which is there once."""
        pairs = parse_qsl(self.body.decode(), strict_parsing=True, keep_blank_values=True)
        assert len(dict(pairs)) == len(pairs), "a field is there twice"
        return dict(pairs)


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def json(value: Any, status: int = 200) -> "Reply":
        return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json"})


class FakeServer:
    """`with` it runs. What it says to a request, `answer` does, on the connection's thread."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        # What the next requests get instead of an answer.
        self.replies: list[Reply] = []
        self._came = threading.Condition()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, request: Request) -> Reply:
        raise NotImplementedError

    def reply(self, request: Request) -> Reply:
        return self.replies.pop(0) if self.replies else self.answer(request)

    def reset(self) -> None:
        with self._came:
            self.requests.clear()
            self.replies.clear()

    def wait(self, count: int, timeout: float = 10) -> None:
        """Returns once so many requests have come."""
        with self._came:
            found = self._came.wait_for(lambda: len(self.requests) >= count, timeout)
        assert found, f"{len(self.requests)} of {count} requests came"

    def received(self, request: Request) -> None:
        with self._came:
            self.requests.append(request)
            self._came.notify_all()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    request_queue_size = 512


def _handler(fake: FakeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            headers = [(name, value) for name, value in self.headers.items()]
            request = Request(self.command, self.path, headers, body)
            fake.received(request)
            reply = fake.reply(request)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    return Handler
