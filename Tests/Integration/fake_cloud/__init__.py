# SPDX-License-Identifier: Apache-2.0
"""What a host gets credentials from and uses them with, as strict as the real ones: signatures are
recomputed by botocore, tokens end, assertions are verified."""

from .aws import AWSAccount, FakeSTS, Refused, SignedUpstream
from .server import FakeServer, Reply, Request
from .tokens import BearerUpstream, ServiceAccount, TokenServer

__all__ = [
    "AWSAccount",
    "BearerUpstream",
    "FakeSTS",
    "FakeServer",
    "Refused",
    "Reply",
    "Request",
    "ServiceAccount",
    "SignedUpstream",
    "TokenServer",
]
