# SPDX-License-Identifier: Apache-2.0
"""The bytes that every gateway gets: the same chat request and completion of about 1 KB each."""

import json
from pathlib import Path
from typing import Any

MODEL = "gpt-4o-mini"
PATH = "/v1/chat/completions"
_SENTENCE = "The quick brown fox jumps over the lazy dog. "


def _request(**more: Any) -> bytes:
    body = {
        "model": MODEL,
        "messages": [
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "user", "content": _SENTENCE * 19},
        ],
        **more,
    }
    return json.dumps(body, separators=(",", ":")).encode()


PLAIN = _request()
STREAM = _request(stream=True)
STREAM_WITH_USAGE = _request(stream=True, stream_options={"include_usage": True})


def _completion() -> bytes:
    message = {"role": "assistant", "content": _SENTENCE * 16}
    body = json.dumps(
        {
            "id": "chatcmpl-bench",
            "object": "chat.completion",
            "created": 1700000000,
            "model": MODEL,
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 200, "completion_tokens": 160, "total_tokens": 360},
        },
        separators=(",", ":"),
    ).encode()
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def conversation(size: int) -> bytes:
    """A chat request of about so many bytes, in messages of at most 2 KB."""
    texts = [_SENTENCE * 44] * (size // 2048) or [_SENTENCE * 19]
    roles = ["user" if index % 2 == 0 else "assistant" for index in range(len(texts))]
    messages = [
        {"role": role, "content": text} for role, text in zip(reversed(roles), texts, strict=True)
    ]
    return json.dumps({"model": MODEL, "messages": messages}, separators=(",", ":")).encode()


def post(body: bytes, path: str = PATH, **headers: str) -> bytes:
    """A whole request."""
    more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return (
        f"POST {path} HTTP/1.1\r\nHost: gateway.example\r\nUser-Agent: bench\r\nAccept: */*\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    ).encode() + body


# Microseconds until a model answers, or begins to. The fastest hosted ones take 50 times as long.
MODEL_TIME = 5_000
_WITH_MODEL = {"X-Model-Time": str(MODEL_TIME)}


class TrafficFiles:
    """The files that the tools read."""

    def __init__(self, directory: Path) -> None:
        self.completion = self._write(directory / "completion.http", _completion())
        self.body = self._write(directory / "request.json", PLAIN)
        self.request = self._write(directory / "request.http", post(PLAIN))
        self.stream = self._write(directory / "stream.http", post(STREAM))
        self.stream_with_usage = self._write(
            directory / "stream-with-usage.http", post(STREAM_WITH_USAGE)
        )
        self.model_request = self._write(
            directory / "model-request.http", post(PLAIN, **_WITH_MODEL)
        )
        self.model_stream = self._write(
            directory / "model-stream.http", post(STREAM, **_WITH_MODEL)
        )

    @staticmethod
    def _write(path: Path, content: bytes) -> Path:
        path.write_bytes(content)
        return path
