# SPDX-License-Identifier: Apache-2.0
"""How hard the storms blow, and how long a client may have to wait in them. All such numbers stand here."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rates:
    """Seconds between two moves of the killer, and how many it makes."""

    shortest: float
    longest: float
    # A process that crashes more often within a minute is quarantined: its plugin is left alone then.
    kills_per_plugin: int


# In `make test`: some seconds long.
SHORT = Rates(shortest=0.4, longest=0.9, kills_per_plugin=4)
# What the killer does in `make test`, by the size of the pools. One process after the other where there are others: a
# call that is placed anew on a process that was killed a moment ago, too, counts as one that killed both.
SHORT_MOVES = {1: ("one", "plugin", "all"), 2: ("one",), 3: ("one",)}
# In `make chaos`.
LONG = Rates(shortest=0.3, longest=1.5, kills_per_plugin=1 << 30)

# A restart takes 50 to 200 ms on two cores; others use them too, and the fourth crash within a minute waits 0.8 s.
LONGEST_WAIT = 2.0
# A stopped process is killed after 3 s without an answer to a ping; pings are looked at once a second.
LONGEST_WAIT_STOPPED = LONGEST_WAIT + 4.0
# Bytes that the host may have grown by under a storm.
GROWTH = 64 << 20
