# SPDX-License-Identifier: Apache-2.0
"""What the tests stand on: a gateway process, its configuration, a plain HTTP client, its log."""

from .certificates import Certificates
from .client import Response, connect, request
from .gateway import Gateway
from .kong import KongFile, ai_echo, ai_proxy, file_log
from .log_file import LogFile

__all__ = [
    "Certificates",
    "Gateway",
    "KongFile",
    "LogFile",
    "Response",
    "ai_echo",
    "ai_proxy",
    "connect",
    "file_log",
    "request",
]
