# SPDX-License-Identifier: Apache-2.0
"""Requests one behind the other while something else goes on."""

import threading
from types import TracebackType

from .client import request
from .gateway import Gateway


class Asking:
    """`with Asking(gateway, path, headers) as asking`: `statuses` has what came back."""

    def __init__(self, gateway: Gateway, path: str, headers: dict[str, str]) -> None:
        self._gateway = gateway
        self._path = path
        self._headers = headers
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.statuses: list[int] = []

    def __enter__(self) -> "Asking":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            answer = request(self._gateway.address, "GET", self._path, None, self._headers)
            self.statuses.append(answer.status)
