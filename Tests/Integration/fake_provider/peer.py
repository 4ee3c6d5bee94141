# SPDX-License-Identifier: Apache-2.0
"""Whether the peer has read what was sent.

Without it the kernel would join the pieces of a split again. Linux tells by sock_diag(7).
"""

import asyncio
import socket
import struct
import time

_PATIENCE = 10.0
_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NLM_F_REQUEST = 1
_NLMSG_ERROR = 2
_ANY_STATE = 0xFFFFFFFF
# Into the answer: the netlink header, then family to retrans, the socket's id, and `expires`.
_RECEIVE_QUEUE = 16 + 4 + 48 + 4


class PeerQueue:
    """The receive queue at the other end of a connection of this machine (IPv4)."""

    def __init__(self, own: tuple[str, int], peer: tuple[str, int]) -> None:
        self._request = _question(own, peer)
        self._netlink: socket.socket | None = None

    async def is_empty(self) -> None:
        """Returns once the peer has read everything, or is gone."""
        deadline = time.monotonic() + _PATIENCE
        while self._bytes():
            if time.monotonic() > deadline:
                raise ConnectionError("the peer stopped reading")
            await asyncio.sleep(0)

    def close(self) -> None:
        if self._netlink:
            self._netlink.close()

    def _bytes(self) -> int:
        if self._netlink is None:
            self._netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _NETLINK_SOCK_DIAG)
        self._netlink.send(self._request)
        reply = self._netlink.recv(8192)
        if struct.unpack_from("=H", reply, 4)[0] == _NLMSG_ERROR:
            return 0
        return int(struct.unpack_from("=I", reply, _RECEIVE_QUEUE)[0])


def _question(own: tuple[str, int], peer: tuple[str, int]) -> bytes:
    """`struct inet_diag_req_v2` for the socket whose local end is `peer`."""
    addresses = (socket.inet_aton(end[0]).ljust(16, b"\0") for end in (peer, own))
    wanted = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, _ANY_STATE)
    wanted += struct.pack("!HH", peer[1], own[1]) + b"".join(addresses)
    wanted += struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)
    header = struct.pack("=IHHII", 16 + len(wanted), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, 1, 0)
    return header + wanted
