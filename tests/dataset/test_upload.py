"""The upload carries the declared bytes or does not complete."""

import os
from pathlib import Path

import pytest

from pulumi_ftjobs.dataset import DataFileError, FileChangedError, scan, stream
from pulumi_ftjobs.dataset.file_io import BLOCK
from tests.dataset.data_files import lines, numbered_rows

DATA = lines(*numbered_rows(9_000))


@pytest.mark.parametrize("data", [b"{}", DATA, DATA[:BLOCK], DATA[: 2 * BLOCK], DATA[: BLOCK + 1]])
def test_the_declared_bytes_arrive_unchanged(written, data):
    path = written(data)
    assert b"".join(stream(path, scan(path, count_tokens=False))) == data


@pytest.mark.parametrize(
    "changed",
    [DATA + b"\n", DATA[:-1], b"", DATA.replace(b"Question 8999", b"Question 8998"), b"[" + DATA[1:]],
    ids=["longer", "shorter", "empty", "last-row", "first-byte"],
)
def test_other_bytes_never_arrive_in_full(written, changed):
    path = written(DATA)
    report = scan(path, count_tokens=False)
    with Path(path).open("wb") as file:
        file.write(changed)
    sent = []
    with pytest.raises(FileChangedError, match="changed since it was checked"):
        sent.extend(stream(path, report))
    assert len(b"".join(sent)) < len(DATA)


def test_a_file_that_changes_while_it_is_sent_is_noticed(written):
    path = written(DATA)
    sending = stream(path, scan(path, count_tokens=False))
    sent = [next(sending)]
    with Path(path).open("r+b") as file:
        file.seek(-20, os.SEEK_END)
        file.write(b"?")
    with pytest.raises(FileChangedError):
        sent.extend(sending)
    assert len(b"".join(sent)) < len(DATA)


def test_a_file_that_grows_while_it_is_sent_is_noticed(written):
    path = written(DATA)
    sending = stream(path, scan(path, count_tokens=False))
    sent = [next(sending)]
    with Path(path).open("ab") as file:
        file.write(DATA)
    with pytest.raises(FileChangedError):
        sent.extend(sending)
    assert len(b"".join(sent)) < len(DATA)


def test_a_file_that_is_gone_is_reported_as_that(written):
    path = written(DATA)
    report = scan(path, count_tokens=False)
    Path(path).unlink()
    with pytest.raises(DataFileError, match="does not exist"):
        list(stream(path, report))
