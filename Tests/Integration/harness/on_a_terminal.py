# SPDX-License-Identifier: Apache-2.0
"""`on_a_terminal.py TERMINAL COMMAND...`: runs the command in a session that the terminal controls,
as a shell does in the foreground."""

import os
import sys

os.setsid()
# The first terminal that the leader of a session opens is the session's.
os.open(sys.argv[1], os.O_RDWR)
os.execvp(sys.argv[2], sys.argv[2:])
