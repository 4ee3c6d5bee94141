# SPDX-License-Identifier: Apache-2.0
"""How hard the storms blow, and how long a client may have to wait in them. All such numbers stand here."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rates:
    """Seconds between two moves of the killer, and how many it makes."""

    shortest: float
    longest: float


# In `make test`: some seconds long.
SHORT = Rates(shortest=0.4, longest=0.9)
# What the killer does in `make test`.
SHORT_MOVES = ("one", "plugin", "all")
# In `make chaos`.
LONG = Rates(shortest=0.3, longest=1.5)

# A restart takes 50 to 200 ms on two cores; others use them too.
LONGEST_WAIT = 2.0
# A stopped process is killed after 3 s without an answer to a ping; pings are looked at once a second.
LONGEST_WAIT_STOPPED = LONGEST_WAIT + 4.0
# Bytes that the host may have grown by under a storm.
GROWTH = 64 << 20
