# SPDX-License-Identifier: Apache-2.0
"""An upstream that speaks HTTP/2, by the h2 package: a test says what each request is answered with."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings
from hyperframe.frame import GoAwayFrame

Talk = Callable[["Stream"], None]


@dataclass
class Stream:
    """A request, and the means to answer it. `talk` runs in a thread of its own when the head is there."""

    connection: "Connection"
    id: int
    headers: list[tuple[str, str]]
    body: bytearray = field(default_factory=bytearray)
    trailers: list[tuple[str, str]] | None = None
    ended: bool = False
    reset: int | None = None
    # False: what comes is not acknowledged, so that the window closes.
    reads: bool = True

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    def wait_until_ended(self) -> bytes:
        self.connection.wait_for(lambda: self.ended or self.reset is not None)
        return bytes(self.body)

    def wait_until_reset(self) -> int:
        self.connection.wait_for(lambda: self.reset is not None)
        assert self.reset is not None
        return self.reset

    def head(self, status: int = 200, *fields: tuple[str, str], end: bool = False) -> None:
        with self.connection.changed:
            head = [(":status", str(status)), *fields]
            self.connection.state.send_headers(self.id, head, end_stream=end)
            self.connection.send()

    def send(self, data: bytes, end: bool = False) -> None:
        """As fast as the window allows."""
        while True:
            with self.connection.changed:
                if self.reset is not None:
                    raise ConnectionResetError(f"stream reset: {self.reset}")
                window = self.connection.state.local_flow_control_window(self.id)
                size = min(window, self.connection.state.max_outbound_frame_size, len(data))
                last = size == len(data)
                if size or last:
                    self.connection.state.send_data(self.id, data[:size], end_stream=end and last)
                    self.connection.send()
                    data = data[size:]
                    if last:
                        return
                else:
                    assert self.connection.changed.wait(20), "the window stays closed"

    def end(self, *trailers: tuple[str, str]) -> None:
        with self.connection.changed:
            if trailers:
                self.connection.state.send_headers(self.id, list(trailers), end_stream=True)
            else:
                self.connection.state.end_stream(self.id)
            self.connection.send()

    def refuse(self, code: int = 7) -> None:
        with self.connection.changed:
            self.connection.state.reset_stream(self.id, code)
            self.connection.send()

    def answer(self, body: bytes = b"ok", status: int = 200, *fields: tuple[str, str]) -> None:
        self.head(status, ("content-length", str(len(body))), *fields)
        self.send(body, end=True)


class Connection:
    def __init__(self, upstream: "HTTP2Upstream", connected: socket.socket) -> None:
        self.upstream = upstream
        self.socket = connected
        self.streams: dict[int, Stream] = {}
        self.most_at_once = 0
        self.changed = threading.Condition(threading.RLock())
        config = h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        self.state = h2.connection.H2Connection(config)

    def run(self) -> None:
        with self.changed:
            self.state.local_settings = h2.settings.Settings(
                client=False, initial_values=self.upstream.settings
            )
            self.state.initiate_connection()
            self.send()
        with self.socket, contextlib.suppress(OSError):
            while data := self.socket.recv(65536):
                with self.changed:
                    try:
                        for event in self.state.receive_data(data):
                            self._handle(event)
                    except h2.exceptions.ProtocolError as error:
                        self.upstream.errors.append(repr(error))
                    self.send()
                    self.changed.notify_all()
        with self.changed:
            for stream in self.streams.values():
                if not stream.ended:
                    stream.reset = stream.reset if stream.reset is not None else -1
            self.changed.notify_all()

    def send(self) -> None:
        data = self.state.data_to_send()
        if data:
            self.socket.sendall(data)

    def go_away(self, last: int) -> None:
        # The package would take it for the end of the connection.
        with self.changed:
            self.socket.sendall(GoAwayFrame(0, last_stream_id=last).serialize())

    def wait_for(self, condition: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, 20)

    def _handle(self, event: h2.events.Event) -> None:
        stream = self.streams.get(getattr(event, "stream_id", None) or 0)
        if isinstance(event, h2.events.RequestReceived):
            headers = [(str(name), str(value)) for name, value in event.headers]
            stream = Stream(self, event.stream_id, headers)
            self.streams[event.stream_id] = stream
            self.most_at_once = max(self.most_at_once, self.state.open_inbound_streams)
            self.upstream.started(stream)
        elif stream is None:
            return
        elif isinstance(event, h2.events.DataReceived):
            stream.body += event.data
            if stream.reads:
                self.state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.TrailersReceived):
            stream.trailers = [(str(name), str(value)) for name, value in event.headers]
        elif isinstance(event, h2.events.StreamEnded):
            stream.ended = True
        elif isinstance(event, h2.events.StreamReset):
            stream.reset = event.error_code


class HTTP2Upstream:
    """`with HTTP2Upstream(talk, tls) as upstream`; without TLS the client must know that it is HTTP/2."""

    def __init__(self, talk: Talk, tls: ssl.SSLContext | None = None, **settings: int) -> None:
        self._talk = talk
        self._tls = tls
        if tls:
            tls.set_alpn_protocols(["h2"])
        codes = h2.settings.SettingCodes
        self.settings = {codes[name.upper()]: value for name, value in settings.items()}
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.connections: list[Connection] = []
        self.streams: list[Stream] = []
        self.errors: list[str] = []
        self._threads: list[threading.Thread] = []
        self._changed = threading.Condition()

    def __enter__(self) -> "HTTP2Upstream":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.socket.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(20)
        if error is None:
            assert not self.errors, self.errors

    def wait_for_streams(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.streams) >= count, 20), self.streams

    def started(self, stream: Stream) -> None:
        with self._changed:
            self.streams.append(stream)
            self._changed.notify_all()
        self._start(self._serve, stream)

    def _serve(self, stream: Stream) -> None:
        try:
            self._talk(stream)
        except (h2.exceptions.StreamClosedError, OSError):
            pass  # the gateway has left
        except Exception as error:
            self.errors.append(repr(error))

    def _accept(self) -> None:
        while True:
            try:
                connected, _ = self._server.accept()
            except OSError:
                return
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._start(self._run, connected)

    def _run(self, connected: socket.socket) -> None:
        if self._tls:
            try:
                connected = self._tls.wrap_socket(connected, server_side=True)
            except OSError as error:
                self.errors.append(repr(error))
                return
        connection = Connection(self, connected)
        self.connections.append(connection)
        connection.run()

    def _start(self, run: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=run, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()
