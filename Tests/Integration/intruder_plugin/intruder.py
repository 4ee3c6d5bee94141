# SPDX-License-Identifier: Apache-2.0
"""The plugin of the Python example, trying what no plugin may. What came of it is logged, and sent on as `x-result`."""

import ctypes
import errno
import json
import mmap
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import python_header

_libc = ctypes.CDLL(None, use_errno=True)
# Numbers of system calls are those of x86-64, or of the generic table.
_IS_X86 = os.uname().machine == "x86_64"
_PTRACE_ATTACH = 16
_CLONE_NEWUSER = 0x10000000
_AT_EMPTY_PATH = 0x1000
_AT_FDCWD = -100
_PR_SET_PDEATHSIG = 1
_PRIO_PROCESS = 0


def _call(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), "")
    return result


def _syscall(x86: int, generic: int, *arguments: Any) -> int:
    return _call(_libc.syscall(x86 if _IS_X86 else generic, *arguments))


def _connect(on: str) -> None:
    socket.create_connection(("127.0.0.1", int(on)), 5).close()


def _listen_at_a_pair(_: str) -> None:
    one, other = socket.socketpair()
    with one, other:
        one.listen()


def _read(on: str) -> None:
    with open(on, "rb") as file:
        file.read(1)


def _write(on: str) -> None:
    with open(on, "w") as file:
        file.write("from a plugin")


def _by_a_link(on: str) -> None:
    os.symlink(on, "link")
    try:
        _read("link")
    finally:
        os.unlink("link")


def _fork(_: str) -> None:
    if os.fork() == 0:
        os._exit(0)


def _fork_without_a_library(_: str) -> None:
    if _IS_X86:
        _syscall(57, 0)
    else:
        _syscall(0, 220, signal.SIGCHLD, 0, 0, 0, 0)


def _exec_again(on: str) -> None:
    """The call that the spawner itself used."""
    path = ctypes.create_string_buffer(on.encode())
    arguments = (ctypes.c_char_p * 2)(on.encode(), None)
    _syscall(322, 281, _AT_FDCWD, path, arguments, None, _AT_EMPTY_PATH)


def _peek(on: str) -> None:
    """Another process's memory."""
    buffer = ctypes.create_string_buffer(8)
    piece = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 8)
    _syscall(310, 270, int(on), piece, 1, piece, 1, 0)


def _limit_another(on: str) -> None:
    import resource

    resource.prlimit(int(on), resource.RLIMIT_CORE, (0, 0))


def _shared_memory(_: str) -> None:
    mmap.mmap(-1, 4096).close()


def _growing_memory(_: str) -> None:
    """As a stack, which the limit of memory does not count."""
    grows_down = 0x100
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | grows_down
    mmap.mmap(-1, 4096, flags=flags).close()


def _thread(_: str) -> None:
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join(5)


def _threads(_: str) -> None:
    """As many as it gets at once, the first one of the process included."""
    threading.stack_size(64 << 10)
    end = threading.Event()
    threads: list[threading.Thread] = []
    try:
        while len(threads) < 5000:
            threads.append(threading.Thread(target=end.wait))
            threads[-1].start()
    except RuntimeError:
        threads.pop()
    end.set()
    for thread in threads:
        thread.join()
    raise OSError(0, str(len(threads) + 1))


def _own_folder(_: str) -> None:
    _write("own")
    _read("own")
    os.mkdir("folder")
    os.rename("own", "folder/own")
    if os.stat(".").st_mode & 0o777 != 0o700:
        raise OSError(errno.EEXIST, "its folder is not its own")


def _large_file(_: str) -> None:
    # Python ignores the signal that would come first.
    try:
        with open("large", "wb", buffering=0) as file:
            for _number in range(1024):
                file.write(bytes(1 << 20))
    finally:
        os.unlink("large")


def _memory(_: str) -> None:
    kept = []
    while True:
        kept.append(b"x" * (16 << 20))


def _run(on: str) -> None:
    subprocess.run([on], check=True)


def _own_session(_: str) -> None:
    os.setsid()


ATTEMPTS: dict[str, Callable[[str], Any]] = {
    "connect": _connect,
    "udp": lambda on: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close(),
    "unix": lambda on: socket.socket(socket.AF_UNIX).close(),
    "netlink": lambda on: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close(),
    "raw": lambda on: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).close(),
    "datagram-pair": lambda on: socket.socketpair(type=socket.SOCK_DGRAM)[0].close(),
    "listen": lambda on: socket.create_server(("127.0.0.1", 0)).close(),
    "listen-at-a-pair": _listen_at_a_pair,
    "read": _read,
    "list": os.listdir,
    "read-by-a-link": _by_a_link,
    "write": _write,
    "remove": os.unlink,
    "mode": lambda on: os.chmod(on, 0o777),
    "times": lambda on: os.utime(on),
    "empty": lambda on: os.truncate(on, 0),
    "empty-by-reading": lambda on: os.close(os.open(on, os.O_RDONLY | os.O_TRUNC)),
    "ptrace": lambda on: _call(_libc.ptrace(_PTRACE_ATTACH, int(on), None, None)),
    "peek": _peek,
    "kill": lambda on: os.kill(int(on), signal.SIGKILL),
    "kill-all": lambda on: os.kill(-1, signal.SIGKILL),
    "slow-down": lambda on: os.setpriority(_PRIO_PROCESS, int(on), 19),
    "pin": lambda on: os.sched_setaffinity(int(on), {0}),
    "limit": _limit_another,
    "outlive": lambda on: _call(_libc.prctl(_PR_SET_PDEATHSIG, 0, 0, 0, 0)),
    "fork": _fork,
    "fork-without-a-library": _fork_without_a_library,
    "exec": lambda on: os.execv(on, [on]),
    "exec-again": _exec_again,
    "user-namespace": lambda on: _call(_libc.unshare(_CLONE_NEWUSER)),
    "mount": lambda on: _call(_libc.mount(b"none", b".", b"tmpfs", 0, None)),
    "root": os.chroot,
    "user": lambda on: os.setuid(65534),
    "keys": lambda on: _syscall(250, 219, 0, -1, 0, 0, 0),
    "bpf": lambda on: _syscall(321, 280, 0, None, 0),
    "io-uring": lambda on: _syscall(425, 425, 1, None),
    "watch": lambda on: _call(_libc.inotify_init1(0)),
    "newer-than-the-filter": lambda on: _syscall(452, 452, _AT_FDCWD, b"/", 0o777, 0),
    "shared-memory": _shared_memory,
    "growing-memory": _growing_memory,
    "memory-file": lambda on: os.memfd_create("x"),
    "large-file": _large_file,
    "memory": _memory,
    "thread": _thread,
    "threads": _threads,
    "own-folder": _own_folder,
    "run": _run,
    "session": _own_session,
}


def _outcome(attempt: str, on: str) -> str:
    try:
        ATTEMPTS[attempt](on)
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error.strerror))
    return "done"


class Intruder(python_header.Plugin):
    def reply(self, call: Any) -> Any:
        query = parse_qs(urlsplit(call.request.path.decode()).query)
        attempt, on = query.get("attempt", ["thread"])[0], query.get("on", [""])[0]
        outcome = _outcome(attempt, on)
        print(f"{attempt}: {outcome}", file=sys.stderr, flush=True)
        reply = self.message("Reply")(exchange=call.exchange, attempt=call.attempt)
        reply.request_headers.add(action=1, name=b"x-result", value=outcome.encode())
        return reply


def permissions() -> list[str]:
    named = pkgutil.get_data(__name__, "permissions.txt") or b""
    return python_header.permissions() + named.decode().split()


def run() -> None:
    def manifest(message: Any) -> Any:
        return message("Manifest")(
            name="intruder", version="1.0.0", priority=800, phases=[1], on_failure=1,
            config_schema=json.dumps(python_header.SCHEMA).encode(), state_version=1,
            permissions=permissions(),
        )  # fmt: skip

    if sys.argv[1:] == ["--manifest"]:
        print(json.dumps({
            "name": "intruder", "version": "1.0.0", "priority": 800, "phases": ["PHASE_REQUEST"],
            "services": [], "onFailure": "FAILURE_POLICY_CLOSED", "stateVersion": 1,
            "protocol": {"min": 1, "max": 1}, "sdk": "python",
            "configSchema": python_header.SCHEMA, "permissions": permissions(),
        }))  # fmt: skip
        return
    python_header.manifest = manifest
    sys.exit(Intruder(python_header.load_messages()).run())
