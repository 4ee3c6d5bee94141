# SPDX-License-Identifier: Apache-2.0
"""An upstream that answers with what it was asked."""

from fake_cloud.server import FakeServer, Reply, Request


class Mirror(FakeServer):
    def answer(self, request: Request) -> Reply:
        headers = {name.lower(): value for name, value in request.headers}
        seen = {"method": request.method, "path": request.target, "headers": headers}
        return Reply.json({**seen, "body": request.body.decode(errors="replace")})
