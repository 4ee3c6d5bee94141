# SPDX-License-Identifier: Apache-2.0
"""What h2spec asks of a server, frame by frame: what is sent, and what has to come of it.

The sections are those of RFC 9113 (of HPACK: RFC 7541). An error of the connection is GOAWAY and
the end, one of a stream is RST_STREAM, and the connection goes on. Where the gateway differs the
case says why it may.
"""

from . import frames, messages, streams
from .case import CASES, Case, Connection, Ignored, Stream

__all__ = ["CASES", "Case", "Connection", "Ignored", "Stream", "frames", "messages", "streams"]
