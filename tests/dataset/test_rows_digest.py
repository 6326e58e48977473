"""The rows digest is kept in users' states: these recorded values never change."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_ftjobs.dataset.digests import Digests, digest_rows, normalised

TWO_ROWS = b'{"prompt":"a","completion":"b"}\n{"prompt":"c","completion":"d"}\n'
RECORDED = {
    TWO_ROWS: "v1:b1fb75890688021a4691e67d8862dead",
    b'{"prompt": "gr\xc3\xbc\xc3\x9fe"}\n': "v1:57ea74dd1603af67bfa26126dd670345",
    b"": "v1:01ba4719c80b6fe911b091a7c05124b6",
}


def plainly(data: bytes) -> str:
    """The recipe written down once more, without streaming."""
    text = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return "v1:" + hashlib.sha256(text.rstrip(b"\n") + b"\n").hexdigest()[:32]


@pytest.mark.parametrize(("data", "digest"), RECORDED.items())
def test_the_recorded_digests_still_come_out(data, digest):
    assert digest_rows(data) == digest


@pytest.mark.parametrize(
    "same",
    [
        TWO_ROWS.replace(b"\n", b"\r\n"),
        TWO_ROWS.replace(b"\n", b"\r"),
        b"\xef\xbb\xbf" + TWO_ROWS,
        TWO_ROWS.rstrip(b"\n"),
        TWO_ROWS + b"\n\r\n\r",
    ],
    ids=["windows", "old-mac", "byte-order-mark", "no-final-newline", "blank-lines-at-the-end"],
)
def test_line_ends_and_byte_order_mark_do_not_count(same):
    assert digest_rows(same) == digest_rows(TWO_ROWS)


@pytest.mark.parametrize(
    "other",
    [
        b"\n".join(reversed(TWO_ROWS.splitlines())) + b"\n",
        TWO_ROWS.replace(b'":"', b'": "'),
        TWO_ROWS.replace(b"\n", b"\n\n", 1),
        b"\xef\xbb\xbf\xef\xbb\xbf" + TWO_ROWS,
        TWO_ROWS + b" \n",
    ],
    ids=["order", "spaces", "blank-line-between", "second-mark", "blank-at-the-end"],
)
def test_everything_else_counts(other):
    assert digest_rows(other) != digest_rows(TWO_ROWS)


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([b"a", b"\n", b"\r", b"\r\n", b"\xef\xbb\xbf", b"\xef", b" "]), max_size=14),
    st.integers(1, 5),
)
def test_streaming_in_any_blocks_gives_the_same_digests(parts, width):
    data = b"".join(parts)
    blocks = [data[start : start + width] for start in range(0, len(data), width)]
    if data.startswith(b"\xef\xbb\xbf") and width < 3:
        blocks = [data[:3], *(data[start : start + width] for start in range(3, len(data), width))]
    digests = Digests()
    for block, text in normalised(blocks):
        digests.feed(block, text)
    assert digests.rows_digest == plainly(data)
    assert digests.bytes_digest == "sha256:" + hashlib.sha256(data).hexdigest()
    assert digests.size == len(data)
