# SPDX-License-Identifier: Apache-2.0
"""A client that behaves, beside those who do not: whether it is served all the same."""

import http.client
import threading
import time
from types import TracebackType

from .client import TIMEOUT


class GoodClient:
    """`with GoodClient(address, path) as good`: asks, one request behind the other, until the end."""

    def __init__(self, address: tuple[str, int], path: str) -> None:
        self.address = address
        self.path = path
        self.served = 0
        # Seconds.
        self.slowest = 0.0
        self._failure: Exception | None = None
        self._ends = threading.Event()
        self._counted = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "GoodClient":
        self._thread.start()
        self.wait(1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._ends.set()
        self._thread.join(TIMEOUT)
        if error is None and self._failure:
            raise AssertionError("a client that behaves was not served") from self._failure

    def wait(self, more: int) -> None:
        """Returns when so many more requests were served."""
        wanted = self.served + more
        with self._counted:
            done = self._counted.wait_for(lambda: self._failure or self.served >= wanted, TIMEOUT)
        assert done, "a client that behaves is not served"
        if self._failure:
            raise AssertionError("a client that behaves was not served") from self._failure

    def _run(self) -> None:
        try:
            connection = http.client.HTTPConnection(*self.address, timeout=TIMEOUT)
            while not self._ends.is_set():
                began = time.monotonic()
                connection.request("GET", self.path)
                response = connection.getresponse()
                response.read()
                assert response.status == 200, response.status
                self.slowest = max(self.slowest, time.monotonic() - began)
                with self._counted:
                    self.served += 1
                    self._counted.notify_all()
                self._ends.wait(0.002)
            connection.close()
        except Exception as failure:
            with self._counted:
                self._failure = failure
                self._counted.notify_all()
