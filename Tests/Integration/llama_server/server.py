# SPDX-License-Identifier: Apache-2.0
"""Starts and stops the server's process."""

import subprocess
import sys
from pathlib import Path
from types import TracebackType


class LlamaServer:
    KEY = "sk-llama-7b1f0c6e2d9a45b8"
    MODEL = "noise"

    def __init__(self, model: Path, log: Path, *modes: str) -> None:
        self._arguments = [str(model), self.KEY, *modes]
        self._log = log
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    def __enter__(self) -> "LlamaServer":
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "llama_server", *self._arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=Path(__file__).parent.parent,
            )
        assert self._process.stdout
        # The address is printed once the model is loaded and the port is open.
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError(f"llama.cpp did not start:\n{self._log.read_text()}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        assert self._process and self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
