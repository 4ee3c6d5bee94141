# SPDX-License-Identifier: Apache-2.0
"""A client of HTTP/2 that shows and says every frame: what it may not send it can send too."""

import socket
import struct
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType

from hpack import Decoder, Encoder, HeaderTuple
from hyperframe.frame import (
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
TIMEOUT = 20.0
FRAME_SIZE = 16384

NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR = 0, 1, 2, 3
STREAM_CLOSED, FRAME_SIZE_ERROR, REFUSED_STREAM, CANCEL = 5, 6, 7, 8
COMPRESSION_ERROR, ENHANCE_YOUR_CALM = 9, 11

Fields = list[tuple[str, str]]


@dataclass
class Stream:
    """What has come on a stream."""

    interim: list[Fields] = field(default_factory=list)
    head: Fields = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    trailers: Fields = field(default_factory=list)
    # END_STREAM has come.
    has_ended: bool = False
    # The code of RST_STREAM.
    reset: int | None = None
    # The client may send so much.
    window: int = 65535

    @property
    def status(self) -> int:
        return int(dict(self.head)[":status"]) if self.head else 0

    @property
    def is_over(self) -> bool:
        return self.has_ended or self.reset is not None

    def header(self, name: str) -> str | None:
        values = [value for key, value in self.head if key == name]
        return ", ".join(values) if values else None


class HTTP2Client:
    """`with HTTP2Client(address) as client`: connected, its preface and settings sent."""

    def __init__(
        self,
        address: tuple[str, int],
        *,
        says: bytes | None = None,
        settings: Mapping[int, int] | None = None,
        host: str = "test",
        receive_buffer: int | None = None,
    ) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(TIMEOUT)
        self.socket.connect(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.host = host
        self.streams: dict[int, Stream] = {}
        # Streams whose windows are not given back: nobody reads them.
        self.unread: set[int] = set()
        self.window = 65535
        self.peer_settings: dict[int, int] = {}
        self.frames: list[Frame] = []
        self.goaway: GoAwayFrame | None = None
        # The gateway has closed; it was by a reset.
        self.has_ended = False
        self.was_reset = False
        self.encoder, self._decoder = Encoder(), Decoder()
        self._inbound = bytearray()
        self._block: bytearray | None = None
        self._next_stream = 1
        if says is None:
            self.send(PREFACE, SettingsFrame(0, dict(settings or {})))
        else:
            self.send(says)

    def __enter__(self) -> "HTTP2Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.socket.close()

    # MARK: - What is sent

    def send(self, *frames: Frame | bytes) -> None:
        """In one write. That a gateway has closed shows in what comes from it."""
        data = b"".join(one if isinstance(one, bytes) else one.serialize() for one in frames)
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            self.was_reset = True

    def fields(
        self, method: str, path: str, headers: Iterable[tuple[str, str]] = ()
    ) -> list[tuple[str, str]]:
        pseudo = [
            (":method", method),
            (":scheme", "http"),
            (":path", path),
            (":authority", self.host),
        ]
        return [*pseudo, *headers]

    def block(self, fields: Iterable[tuple[str, str]]) -> bytes:
        return self.encoder.encode([HeaderTuple(name, value) for name, value in fields])

    def headers_frame(
        self, stream: int, fields: Iterable[tuple[str, str]], *flags: str
    ) -> HeadersFrame:
        return HeadersFrame(stream, self.block(fields), flags=flags)

    def next_stream(self) -> int:
        stream = self._next_stream
        self._next_stream += 2
        self.streams[stream] = Stream(window=self.peer_settings.get(4, 65535))
        return stream

    def start(
        self,
        method: str,
        path: str,
        headers: Iterable[tuple[str, str]] = (),
        *,
        body: bytes | None = b"",
    ) -> int:
        """Sends a request, with None as its body only the head. Bodies have to fit the windows."""
        stream = self.next_stream()
        flags = ["END_HEADERS", "END_STREAM"] if body == b"" else ["END_HEADERS"]
        frames: list[Frame] = [
            self.headers_frame(stream, self.fields(method, path, headers), *flags)
        ]
        if body:
            for start in range(0, len(body), FRAME_SIZE):
                piece = body[start : start + FRAME_SIZE]
                ends = start + FRAME_SIZE >= len(body)
                frames.append(DataFrame(stream, piece, flags=["END_STREAM"] if ends else []))
            self.window -= len(body)
            self.streams[stream].window -= len(body)
        self.send(*frames)
        return stream

    def upload(self, stream: int, body: bytes, *, ends: bool = True) -> None:
        """Sends a body as fast as the windows allow."""
        state, rest = self.streams[stream], memoryview(body)
        while rest:
            self.pump(lambda: min(self.window, state.window) > 0 or state.is_over)
            if state.is_over:
                return
            count = min(self.window, state.window, FRAME_SIZE, len(rest))
            flags = ["END_STREAM"] if ends and count == len(rest) else []
            self.send(DataFrame(stream, bytes(rest[:count]), flags=flags))
            self.window -= count
            state.window -= count
            rest = rest[count:]

    def request(
        self,
        method: str,
        path: str,
        headers: Iterable[tuple[str, str]] = (),
        *,
        body: bytes = b"",
    ) -> Stream:
        return self.finish(self.start(method, path, headers, body=body))

    def finish(self, stream: int, timeout: float = TIMEOUT) -> Stream:
        """Waits for the end of a stream."""
        state = self.streams[stream]
        self.pump(lambda: state.is_over, timeout)
        assert state.is_over, f"stream {stream} did not end: {state}, GOAWAY {self.goaway}"
        return state

    def reset(self, stream: int, code: int = CANCEL) -> None:
        self.send(RstStreamFrame(stream, code))

    def ping(self) -> None:
        """Returns when all that was sent before it is handled."""
        seen = len(self.frames)
        self.send(PingFrame(0, b"question"))
        self.pump(lambda: any(_is_answer(frame) for frame in self.frames[seen:]))
        assert any(_is_answer(frame) for frame in self.frames[seen:]), f"no answer: {self.goaway}"

    def give_window(self, stream: int, count: int) -> None:
        self.send(WindowUpdateFrame(stream, count))

    # MARK: - What comes

    def pump(self, until: Callable[[], bool], timeout: float = TIMEOUT) -> bool:
        """Reads until it is so, the connection ends, or the time is up; whether it is so."""
        deadline = time.monotonic() + timeout
        while not until():
            left = deadline - time.monotonic()
            if self.has_ended or left <= 0:
                return until()
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(1 << 16)
            except TimeoutError:
                return until()
            except ConnectionResetError:
                self.was_reset, data = True, b""
            finally:
                self.socket.settimeout(TIMEOUT)
            if not data:
                self.has_ended = True
            self._inbound += data
            self._read_frames()
        return True

    def until_end(self, timeout: float = TIMEOUT) -> None:
        """Waits for the gateway to close."""
        self.pump(lambda: False, timeout)

    def _read_frames(self) -> None:
        while len(self._inbound) >= 9:
            frame, length = Frame.parse_frame_header(memoryview(bytes(self._inbound[:9])))
            if len(self._inbound) < 9 + length:
                return
            frame.parse_body(memoryview(bytes(self._inbound[9 : 9 + length])))
            del self._inbound[: 9 + length]
            self.frames.append(frame)
            self._read(frame)

    def _read(self, frame: Frame) -> None:
        stream = self.streams.get(frame.stream_id)
        match frame:
            case SettingsFrame() if "ACK" not in frame.flags:
                before = self.peer_settings.get(4, 65535)
                self.peer_settings |= dict(frame.settings)
                for one in self.streams.values():
                    one.window += self.peer_settings.get(4, 65535) - before
                self.send(SettingsFrame(0, flags=["ACK"]))
            case WindowUpdateFrame() if frame.stream_id == 0:
                self.window += frame.window_increment
            case WindowUpdateFrame() if stream:
                stream.window += frame.window_increment
            case PingFrame() if "ACK" not in frame.flags:
                self.send(PingFrame(0, frame.opaque_data, flags=["ACK"]))
            case GoAwayFrame():
                self.goaway = frame
            case RstStreamFrame() if stream:
                stream.reset = frame.error_code
            case DataFrame() if stream:
                stream.body += frame.data
                stream.has_ended = "END_STREAM" in frame.flags
                if frame.flow_controlled_length:
                    self.give_window(0, frame.flow_controlled_length)
                    if frame.stream_id not in self.unread and not stream.has_ended:
                        self.give_window(frame.stream_id, frame.flow_controlled_length)
            case HeadersFrame():
                assert "END_HEADERS" in frame.flags, "the gateway's heads are small"
                self._read_fields(frame, stream)
            case _:
                pass

    def _read_fields(self, frame: HeadersFrame, stream: Stream | None) -> None:
        # Streams that nobody waits for too: the table of the compression is the connection's.
        fields = [(str(name), str(value)) for name, value in self._decoder.decode(frame.data)]
        if stream is None:
            return
        if stream.head:
            stream.trailers = fields
        elif dict(fields)[":status"].startswith("1"):
            stream.interim.append(fields)
        else:
            stream.head = fields
        stream.has_ended = "END_STREAM" in frame.flags


def _is_answer(frame: Frame) -> bool:
    return isinstance(frame, PingFrame) and "ACK" in frame.flags


def raw_frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """A frame that no library would make."""
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload
