# SPDX-License-Identifier: Apache-2.0
"""Runs a command as on a kernel that lacks something: its system calls answer as if they were not there.

    python older_kernel.py landlock|seccomp COMMAND ...
"""

import ctypes
import errno
import os
import struct
import sys

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_FILTER = 2
_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_LOAD, _IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_IS_X86 = os.uname().machine == "x86_64"
_LANDLOCK_CREATE_RULESET = 444
_SECCOMP = 317 if _IS_X86 else 277
_PRCTL = 157 if _IS_X86 else 167

Instruction = tuple[int, int, int, int]


def _without_landlock() -> list[Instruction]:
    return [
        (_LOAD, 0, 0, 0),
        (_IF_EQUAL, 0, 1, _LANDLOCK_CREATE_RULESET),
        (_RETURN, 0, 0, _ERRNO | errno.ENOSYS),
        (_RETURN, 0, 0, _ALLOW),
    ]


def _without_seccomp() -> list[Instruction]:
    return [
        (_LOAD, 0, 0, 0),
        (_IF_EQUAL, 0, 1, _SECCOMP),
        (_RETURN, 0, 0, _ERRNO | errno.ENOSYS),
        (_IF_EQUAL, 0, 3, _PRCTL),
        (_LOAD, 0, 0, 16),
        (_IF_EQUAL, 0, 1, _PR_SET_SECCOMP),
        (_RETURN, 0, 0, _ERRNO | errno.EINVAL),
        (_RETURN, 0, 0, _ALLOW),
    ]


PROGRAMS = {"landlock": _without_landlock, "seccomp": _without_seccomp}


def _install(program: list[Instruction]) -> None:
    code = b"".join(struct.pack("<HBBI", *instruction) for instruction in program)
    buffer = ctypes.create_string_buffer(code)
    header = struct.pack("<HxxxxxxQ", len(program), ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges = libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if no_new_privileges or libc.prctl(_PR_SET_SECCOMP, _FILTER, header, 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


if __name__ == "__main__":
    _install(PROGRAMS[sys.argv[1]]())
    os.execv(sys.argv[2], sys.argv[2:])
