# SPDX-License-Identifier: Apache-2.0
"""Errors of the provider: their status, OpenAI's body."""

from typing import Any

import openai
import pytest

from scenarios.bench import Bench
from scenarios.scenario import scenario

GROUP = "Errors"

CLASSES: dict[int, type[openai.APIStatusError]] = {
    400: openai.BadRequestError,
    401: openai.AuthenticationError,
    403: openai.PermissionDeniedError,
    404: openai.NotFoundError,
    429: openai.RateLimitError,
    500: openai.InternalServerError,
    503: openai.InternalServerError,
    529: openai.InternalServerError,
}


def _status(status: int, kind: type[openai.APIStatusError]) -> None:
    @scenario(f"error-{status}", f"{status}", GROUP)
    def run(bench: Bench) -> None:
        error = bench.case.error(status)
        assert error.status == status
        for is_streamed in (False, True):
            bench.fake.plan(error=error)
            with pytest.raises(kind) as caught:
                bench.chat(stream=is_streamed) if not is_streamed else bench.chunks()
            assert caught.value.status_code == status
            _check(caught.value, str(error))
            for name, value in error.headers:
                if name.lower() == "retry-after":
                    assert caught.value.response.headers[name] == value


def _check(error: openai.APIStatusError, message: str) -> None:
    assert error.response.headers["content-type"].startswith("application/json")
    record = error.response.json()["error"]
    assert record["message"] == message
    assert isinstance(record["type"], str | None)
    assert isinstance(record["code"], str | None)
    assert {"message", "type", "param", "code"} <= record.keys()


for _status_code, _class in CLASSES.items():
    _status(_status_code, _class)


@scenario("error-html", "a proxy's HTML page", GROUP)
def error_html(bench: Bench) -> None:
    page = b"<html><body><h1>502 Bad Gateway</h1>10.1.2.3</body></html>"
    head = "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: "
    for is_streamed in (False, True):
        bench.fake.plan(raw=f"{head}{len(page)}\r\n\r\n".encode() + page)
        with pytest.raises(openai.InternalServerError) as caught:
            bench.chunks() if is_streamed else bench.chat()
        assert caught.value.status_code == 502
        record: Any = caught.value.response.json()["error"]
        assert "html" not in record["message"].lower() and "10.1.2.3" not in record["message"]
        assert record["type"] and record["param"] is None
