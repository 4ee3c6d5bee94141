# SPDX-License-Identifier: Apache-2.0
"""A gateway process: started, waited for by its own signal, stopped, its end checked."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .client import request
from .kong import KongFile, Record

ROOT = Path(__file__).resolve().parents[3]
BINARY = Path(os.environ.get("PATCHBAY", ROOT / ".build/release/patchbay"))
PLUGINS = Path(os.environ.get("PATCHBAY_PLUGINS", ROOT / "plugins"))


class Gateway:
    """`with Gateway(file, directory) as gateway`: ready on entry; exits with 0 on SIGTERM."""

    START_TIMEOUT = 15
    STOP_TIMEOUT = 15

    def __init__(
        self,
        file: KongFile,
        directory: Path,
        environment: dict[str, str] | None = None,
        plugins: Path = PLUGINS,
        lacking: str = "",
        arguments: Sequence[str] = (),
    ) -> None:
        self.file = file
        self.plugins = plugins
        self.arguments = arguments
        self.directory = directory
        self.environment = environment or {}
        # What the kernel is to lack; see older_kernel.
        self.lacking = lacking
        self.port, self.admin_port = free_ports(2)
        # Options of the clients' listener, and of the admin API's.
        self.listener = ""
        self.admin_listener = ""
        self.log: list[str] = []
        self._logged = threading.Condition()
        self._process: subprocess.Popen[str] | None = None
        self._ready = threading.Event()
        self._ended = threading.Event()
        self._exit_code = 0

    # MARK: - What tests ask

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def address(self) -> tuple[str, int]:
        return ("127.0.0.1", self.port)

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def admin(self, path: str) -> Any:
        response = request(("127.0.0.1", self.admin_port), "GET", path)
        assert response.status == 200, f"admin {path}: {response}"
        return response.json()

    def admin_bytes(self, path: str) -> bytes:
        return request(("127.0.0.1", self.admin_port), "GET", path).body

    def processes(self, plugin: str = "") -> list[Record]:
        """Of all plugins, or of one."""
        path = f"/plugins/processes/{plugin}" if plugin else "/plugins/processes"
        return list(self.admin(path)["data"])

    def kill(self, plugin: str = "") -> None:
        """Ends the one process that serves, without a word to it; where it is being started, once
        it is there."""
        os.kill(self._process_of(plugin), signal.SIGKILL)

    def restart(self, plugin: str) -> None:
        """Ends it likewise, and returns when there is another one."""
        former = self._process_of(plugin)
        os.kill(former, signal.SIGKILL)
        self._process_of(plugin, other_than=former)

    def _process_of(self, plugin: str, other_than: int | None = None) -> int:
        """The admin API tells no events: it is asked again."""
        deadline = time.monotonic() + 10
        while True:
            [pid] = [one["pid"] for one in self.processes(plugin) if one["role"] == "stable"]
            if pid not in (None, other_than):
                return int(pid)
            assert time.monotonic() < deadline, self.log_text

    @property
    def log_text(self) -> str:
        return "\n".join(self.log)

    def wait_for_log(self, text: str, timeout: float = 10) -> None:
        """Returns once a line of the log has this text."""
        self.wait_for_lines(lambda lines: any(text in line for line in lines), timeout)

    def wait_for_lines(self, condition: Callable[[list[str]], bool], timeout: float = 10) -> None:
        """Returns once this is true of the log."""
        with self._logged:
            found = self._logged.wait_for(lambda: condition(self.log), timeout)
        assert found, f"the log never had what was waited for:\n{self.log_text}"

    # MARK: - Life

    def __enter__(self) -> Self:
        config = self.file.write(self.directory / "kong.yml")
        arguments = ["run", str(config), "--listen", f"127.0.0.1:{self.port}{self.listener}"]
        admin = f"127.0.0.1:{self.admin_port}{self.admin_listener}"
        arguments += ["--admin", admin, "--plugins", str(self.plugins)]
        arguments += self.arguments
        self._process = subprocess.Popen(
            [*self._wrapper(), str(BINARY), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env={"PATH": os.environ["PATH"], **self.environment},
        )
        threading.Thread(target=self._read_log, daemon=True).start()
        if not self._ready.wait(self.START_TIMEOUT) or self._ended.is_set():
            self._process.kill()
            self._process.wait()
            raise RuntimeError(
                f"the gateway did not become ready (exit code {self._process.returncode}):\n"
                f"{self.log_text}\nconfiguration:\n{config.read_text()}"
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        code = self.stop()
        # A failure of the test itself is the better message.
        if error is None:
            assert code == self._exit_code, f"the gateway ended with {code}:\n{self.log_text}"

    def expects_exit(self, code: int) -> None:
        """For who ends the gateway in another way than by SIGTERM."""
        self._exit_code = code

    def stop(self) -> int:
        """Sends SIGTERM, gives the exit code."""
        assert self._process
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(self.STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._ended.wait(5)
        return self._process.returncode

    def _wrapper(self) -> list[str]:
        if not self.lacking:
            return []
        return [sys.executable, str(Path(__file__).with_name("older_kernel.py")), self.lacking]

    def _read_log(self) -> None:
        assert self._process and self._process.stderr
        with self._process.stderr as lines:
            for line in lines:
                with self._logged:
                    self.log.append(line.rstrip("\n"))
                    self._logged.notify_all()
                if not self._ready.is_set() and _says_ready(line):
                    self._ready.set()
        self._ended.set()
        self._ready.set()


def _says_ready(line: str) -> bool:
    """The host's own line; a line of a plugin names the plugin."""
    try:
        entry = json.loads(line)
    except ValueError:
        return False
    return "plugin" not in entry and str(entry.get("message", "")).lower().startswith("ready")


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
