# SPDX-License-Identifier: Apache-2.0
"""The golden transcripts of the protocol, read by a second implementation: Python and protobuf's own runtime."""

import subprocess
import sys
from pathlib import Path

import pytest

PROTO = Path(__file__).parents[3] / "proto"
CHECK = PROTO / "transcripts" / "check.py"


@pytest.fixture(scope="module")
def descriptors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("proto") / "plugin.desc"
    sources = sorted(str(file.relative_to(PROTO)) for file in PROTO.glob("patchbay/**/*.proto"))
    subprocess.run(
        ["protoc", "-I", ".", "--include_imports", f"--descriptor_set_out={path}", *sources],
        cwd=PROTO, check=True)
    return path


def check(descriptors: Path, *transcripts: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(CHECK), str(descriptors), *map(str, transcripts)],
        capture_output=True, text=True)


def test_every_transcript_is_understood(descriptors: Path) -> None:
    transcripts = sorted((PROTO / "transcripts").glob("*.txt"))
    assert transcripts
    result = check(descriptors, *transcripts)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("03-request-headers", "21 00 0000", "21 00 0100"),  # a reply with another ordinal
        ("16-violation", "! reply-to-nothing", ""),  # a violation that nobody announced
        ("04-body-in-pieces", "61*16384", "61*16383"),  # a frame that is shorter than it says
    ])
def test_a_broken_transcript_is_not(
    descriptors: Path, tmp_path: Path, name: str, old: str, new: str
) -> None:
    text = (PROTO / "transcripts" / f"{name}.txt").read_text()
    assert old in text
    broken = tmp_path / "broken.txt"
    broken.write_text(text.replace(old, new, 1))
    assert check(descriptors, broken).returncode == 1
