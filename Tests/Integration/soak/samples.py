# SPDX-License-Identifier: Apache-2.0
"""What the processes of a gateway hold at a quiet moment, and whether it grows."""

import os
from dataclasses import dataclass, field
from statistics import median

from harness.processes import descendants, program, resident

# Bytes by which a process may differ from one quiet moment to another one: pools of memory are filled by chance.
SLACK = 4 << 20
# Descriptors: connections to upstreams that stay open for the next request.
DESCRIPTORS = 32


@dataclass
class Sample:
    memory: int
    descriptors: int


@dataclass
class History:
    """Samples of each process, in order."""

    processes: dict[str, list[Sample]] = field(default_factory=dict)

    def look(self, host: int) -> None:
        for pid in [host, *descendants(host)]:
            name = f"{os.path.basename(program(pid))} {pid}"
            sample = Sample(resident(pid), len(os.listdir(f"/proc/{pid}/fd")))
            self.processes.setdefault(name, []).append(sample)

    def growth(self) -> list[str]:
        """What is wrong: a line for each process that holds more at the end than at the start."""
        wrong = []
        for name, samples in self.processes.items():
            if len(samples) < 3:
                wrong.append(f"{name}: was there at {len(samples)} moments only")
                continue
            third = len(samples) // 3
            first, last = samples[:third], samples[-third:]
            memory = median(s.memory for s in last) - median(s.memory for s in first)
            if memory > SLACK:
                wrong.append(f"{name}: memory grew by {memory / (1 << 20):.1f} MiB")
            descriptors = max(s.descriptors for s in last) - max(s.descriptors for s in first)
            if descriptors > DESCRIPTORS:
                wrong.append(f"{name}: {descriptors} descriptors more")
        return wrong

    def table(self) -> str:
        lines = [f"{'process':24}  {'MiB':>22}  descriptors"]
        for name, samples in self.processes.items():
            memory = [s.memory / (1 << 20) for s in samples]
            descriptors = [s.descriptors for s in samples]
            lines.append(
                f"{name:24}  {memory[0]:6.1f} … {max(memory):5.1f} … {memory[-1]:5.1f}"
                f"  {descriptors[0]} … {max(descriptors)} … {descriptors[-1]}"
            )
        return "\n".join(lines)
