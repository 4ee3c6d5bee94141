# SPDX-License-Identifier: Apache-2.0
"""The event streams that the unit tests read are still read so by botocore's own reader."""

from fake_bedrock import event_corpus


def test_the_corpus_is_botocores() -> None:
    assert event_corpus.FILE.read_text() == event_corpus.made(), (
        "run `python -m fake_bedrock.event_corpus` in Tests/Integration"
    )
