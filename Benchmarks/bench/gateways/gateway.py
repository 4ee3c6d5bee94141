# SPDX-License-Identifier: Apache-2.0
"""A gateway under test: the processes it is made of, and the port it answers on."""

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .. import processes, traffic

# As many worker threads or processes for each.
WORKERS = os.cpu_count() or 1


@dataclass(frozen=True)
class Command:
    arguments: list[str]
    environment: dict[str, str] = field(default_factory=dict)


@dataclass
class Gateway:
    name: str
    label: str
    port: int
    # Writes the configuration into the folder, says what to start.
    commands: Callable[[Path], list[Command]] | None = None
    # Request headers that the upstream must see, or the gateway did not do its work.
    adds_headers: list[str] = field(default_factory=list)
    roots: list[int] = field(default_factory=list)
    # Of Patchbay's admin API; others have none.
    admin_port: int = 0

    def pids(self) -> list[int]:
        return processes.tree(self.roots)

    @contextmanager
    def started(self, folder: Path) -> Iterator[None]:
        commands = self.commands(folder) if self.commands else []
        log = folder / "log"
        running: list[subprocess.Popen[bytes]] = []
        try:
            with log.open("wb") as output:
                for command in commands:
                    running.append(_start(command, folder, output.fileno()))
            self.roots = [process.pid for process in running]
            self._wait_until_ready(running, log)
            self._check()
            yield
        finally:
            for process in running:
                _stop(process)

    def _wait_until_ready(self, running: list[subprocess.Popen[bytes]], log: Path) -> None:
        """Ready is when a request is answered; other programs have no other signal in common."""
        deadline = time.monotonic() + 20
        while True:
            if any(process.poll() is not None for process in running):
                raise SystemExit(f"{self.name} ended:\n{log.read_text(errors='replace')}")
            try:
                status, body = self.request("POST", traffic.PATH, traffic.PLAIN)
                if status == 200 and b"chat.completion" in body:
                    return
                problem = f"{status} {body!r}"
            except OSError as error:
                problem = str(error)
            if time.monotonic() > deadline:
                raise SystemExit(
                    f"{self.name} does not answer: {problem}\n{log.read_text(errors='replace')}"
                )
            time.sleep(0.02)

    def _check(self) -> None:
        if not self.adds_headers:
            return
        status, head = self.request("GET", "/head", None)
        for header in self.adds_headers:
            if status != 200 or f"\n{header}: ".encode() not in head.lower():
                raise SystemExit(f"{self.name} did not add the header {header}: {status} {head!r}")

    def request(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            headers = {"Content-Type": "application/json"} if body else {}
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        except http.client.HTTPException as error:
            raise OSError(repr(error)) from error
        finally:
            connection.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def _start(command: Command, folder: Path, output: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command.arguments,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env={"PATH": os.environ["PATH"], **command.environment},
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
