# SPDX-License-Identifier: Apache-2.0
"""tools/upstream.c as a process."""

import subprocess
from types import TracebackType

from .. import places, plan
from ..traffic import TrafficFiles


class Upstream:
    def __init__(
        self,
        files: TrafficFiles,
        pieces: int = plan.PIECES,
        interval_us: int = plan.INTERVAL_US,
    ) -> None:
        arguments = [files.completion, pieces, interval_us]
        self._process = subprocess.Popen(
            [str(places.UPSTREAM), *map(str, arguments)], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        self.port = int(self._process.stdout.readline())

    def __enter__(self) -> "Upstream":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.communicate()
