# SPDX-License-Identifier: Apache-2.0
"""`make soak`, in short; and that it would see what it looks for."""

from pathlib import Path

from soak.run import soak
from soak.samples import DESCRIPTORS, SLACK, History, Sample


def test_growth_is_seen() -> None:
    level = [Sample(50 << 20, 40 + number % 3) for number in range(9)]
    memory = [Sample((50 << 20) + number * SLACK // 4, 40) for number in range(9)]
    descriptors = [Sample(50 << 20, 40 + number * DESCRIPTORS // 4) for number in range(9)]
    assert History({"a": level}).growth() == []
    assert [line[:9] for line in History({"b": memory}).growth()] == ["b: memory"]
    assert "descriptors more" in History({"c": descriptors}).growth()[0]
    assert "moments only" in History({"d": level[:2]}).growth()[0]


def test_a_short_soak(tmp_path: Path) -> None:
    """Too short to see slow growth: every kind of client is served, and leaves nothing behind."""
    history, traffic = soak(tmp_path, seconds=6, seed=7, rounds=2)
    assert set(traffic.visits) >= {"plain", "chat", "echo", "leaves", "broken", "slow", "large"}
    for samples in history.processes.values():
        assert samples[-1].descriptors - samples[0].descriptors <= DESCRIPTORS
