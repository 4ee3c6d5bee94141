# SPDX-License-Identifier: Apache-2.0
"""A name server over UDP whose answers a test changes."""

import socket
import threading
from dataclasses import dataclass, field
from types import TracebackType

from dnslib import AAAA, QTYPE, RCODE, RR, A, DNSRecord

Question = tuple[str, str]


@dataclass
class Answer:
    addresses: list[str] = field(default_factory=list)
    ttl: int = 60
    error: str = "NOERROR"


class NameServer:
    """`with NameServer() as names`: what it has no answer for does not exist."""

    def __init__(self) -> None:
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._answers: dict[str, Answer | None] = {}
        self._asked: list[Question] = []
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "NameServer":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        with socket.socket(type=socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", self._socket.getsockname())
        self._thread.join(10)
        self._socket.close()

    def set(self, name: str, *addresses: str, ttl: int = 60, error: str = "NOERROR") -> None:
        with self._changed:
            self._answers[name] = Answer(list(addresses), ttl, error)

    def silence(self, name: str) -> None:
        """Questions for it are not answered."""
        with self._changed:
            self._answers[name] = None

    def asked(self, name: str, kind: str = "A") -> int:
        """How often."""
        with self._changed:
            return self._asked.count((name, kind))

    def wait_until_asked(self, name: str, times: int, kind: str = "A") -> None:
        with self._changed:
            question = (name, kind)
            asked = self._changed.wait_for(lambda: self._asked.count(question) >= times, 10)
            assert asked, f"{name} was asked for {self._asked.count(question)} times"

    def _serve(self) -> None:
        while True:
            data, peer = self._socket.recvfrom(4096)
            if not data:
                return
            query = DNSRecord.parse(data)
            name = str(query.q.qname).rstrip(".")
            kind = QTYPE[query.q.qtype]
            with self._changed:
                self._asked.append((name, kind))
                self._changed.notify_all()
                answer = self._answers.get(name, Answer(error="NXDOMAIN"))
            if answer is None:
                continue
            reply = query.reply()
            reply.header.rcode = getattr(RCODE, answer.error)
            for address in answer.addresses:
                is_new = ":" in address
                if kind == ("AAAA" if is_new else "A"):
                    data_of = AAAA(address) if is_new else A(address)
                    record = RR(query.q.qname, query.q.qtype, rdata=data_of, ttl=answer.ttl)
                    reply.add_answer(record)
            self._socket.sendto(reply.pack(), peer)
