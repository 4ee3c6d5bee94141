# SPDX-License-Identifier: Apache-2.0
"""A fake's listener, on a thread of its own; the test talks to it through plain method calls."""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from typing import Any

from harness.server_thread import ServerThread

from .answer import Answer
from .connection import Connection
from .plan import Plan
from .received import Received, Recorder


class FakeProvider(ServerThread):
    """`plan(...)` says what the next request gets; without a plan it gets the default answer."""

    def __init__(self, name: str, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(name)
        self.port = 0
        self._tls = tls
        self._recorder = Recorder()
        self._plans: deque[Plan] = deque()
        self._default: Callable[[], Plan] = Plan
        self._connections = 0

    # MARK: - The test's side

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def plan(self, **members: Any) -> Plan:
        plan = Plan(**members)
        self._plans.append(plan)
        return plan

    def always(self, make: Callable[[], Plan]) -> None:
        """What requests without a plan of their own get."""
        self._default = make

    @property
    def requests(self) -> list[Received]:
        return self._recorder.all()

    @property
    def last(self) -> Received:
        return self._recorder.all()[-1]

    def wait(self, count: int = 1) -> list[Received]:
        return self._recorder.wait(count)

    def reset(self) -> None:
        self._recorder.clear()
        self._plans.clear()
        self._default = Plan

    # MARK: - The provider's side, on the loop

    def respond(self, request: Received, plan: Plan) -> Answer:
        """What a request gets. An error of the provider is an answer too: nothing is raised."""
        raise NotImplementedError

    # MARK: - The loop's side

    async def _listen(self) -> None:
        server = await self._loop.create_server(
            lambda: _Accepted(self), "127.0.0.1", 0, ssl=self._tls, backlog=1024
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()

    def next_connection(self) -> int:
        self._connections += 1
        return self._connections - 1

    def plan_for(self, request: Received) -> Plan:
        self._recorder.add(request)
        return self._plans.popleft() if self._plans else self._default()


class _Accepted(asyncio.StreamReaderProtocol):
    """Streams as asyncio has them, and the moment at which the peer left."""

    def __init__(self, fake: FakeProvider) -> None:
        self._fake = fake
        self._left = asyncio.Event()
        super().__init__(asyncio.StreamReader(limit=1 << 20), self._accept)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fake = self._fake
        number = fake.next_connection()
        connection = Connection(
            number, reader, writer, self._left, fake.plan_for, fake.respond
        )
        await connection.serve()

    def eof_received(self) -> bool:
        self._left.set()
        return bool(super().eof_received())

    def connection_lost(self, exc: Exception | None) -> None:
        self._left.set()
        super().connection_lost(exc)
