# SPDX-License-Identifier: Apache-2.0
"""The chaos tests' own eyes: each thing that can go wrong with a stream is seen, and called by its name."""

import pytest

from chaos.pieces import PieceReader, Wrong, piece

SENT = [piece("n-1", number, 6) for number in range(6)]
CASES = {
    "lost": (SENT[:2] + SENT[3:], "pieces 2 to 2 were lost"),
    "doubled": ([*SENT[:3], SENT[2], *SENT[3:]], "piece 2 came again"),
    "reordered": ([SENT[0], SENT[2], SENT[1], *SENT[3:]], "pieces 1 to 1 were lost"),
    "mixed": ([*SENT[:2], piece("n-2", 2, 6), *SENT[3:]], "a piece of another exchange"),
    "damaged": ([*SENT[:2], SENT[2].replace(b" ", b"  "), *SENT[3:]], "no piece, after 2"),
    "flipped": ([*SENT[:2], SENT[2][:-2] + b"x\n", *SENT[3:]], "piece 2 is damaged"),
    "cut": (SENT[:4], "cut after 4 of 6"),
    "cut-within": ([*SENT[:4], SENT[4][:7]], "cut within a piece, after 4 of 6"),
    "more": ([*SENT, b"x\n"], "no piece, after 6"),
    "transformed": ([SENT[0][:-1] + b" 1\n"], "piece 0 has b' 1' behind it"),
}


def read(pieces: list[bytes], transformed: bool = False) -> PieceReader:
    reader = PieceReader("n-1", 6, transformed)
    data = b"".join(pieces)
    # In pieces that have nothing to do with the lines.
    for start in range(0, len(data), 5):
        reader.feed(data[start : start + 5])
    reader.finish()
    return reader


@pytest.mark.parametrize("case", CASES)
def test_what_goes_wrong_has_a_name(case: str) -> None:
    pieces, message = CASES[case]
    with pytest.raises(Wrong, match=message.replace("(", r"\(")):
        read(pieces)


def test_what_was_sent_is_right() -> None:
    assert read(SENT).count == 6


def test_a_transformation_without_its_state_is_seen() -> None:
    def rewritten(counts: list[int]) -> list[bytes]:
        value, lines = 0x811C9DC5, []
        for line, count in zip(SENT, counts, strict=True):
            for byte in line[:-1]:
                value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
            lines.append(line[:-1] + f" {count} {value} 1.0.0\n".encode())
        return lines

    assert read(rewritten([1, 2, 3, 4, 5, 6]), True).versions == ["1.0.0"] * 6
    with pytest.raises(Wrong, match="the plugin's state is wrong at piece 3"):
        read(rewritten([1, 2, 3, 1, 2, 3]), True)
    with pytest.raises(Wrong, match="piece 0 was not transformed whole"):
        read(SENT, True)
