"""Rows written in the program become a private file."""

import os
import stat
import threading
from pathlib import Path

import pytest

from pulumi_ftjobs.dataset import DataFileError, rows_to_file, scan
from pulumi_ftjobs.dataset.inline_rows import cache_folder
from tests.dataset.data_files import chat, numbered_rows


def test_the_rows_are_in_the_file_as_one_line_each(tmp_path):
    path = rows_to_file(numbered_rows(12), cache=tmp_path / "cache")
    report = scan(path)
    assert (report.rows, report.format, report.diagnostics) == (12, "chat", ())


@pytest.mark.skipif(os.name != "posix", reason="POSIX modes")
def test_only_the_user_can_read_the_file_and_its_folder(tmp_path):
    folder = tmp_path / "cache"
    path = rows_to_file(numbered_rows(2), cache=folder)
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_same_rows_are_the_same_file_and_it_is_not_written_again(tmp_path):
    path = rows_to_file([chat(seed=3)], cache=tmp_path)
    before = Path(path).stat()
    assert rows_to_file([chat(seed=3.0)], cache=tmp_path) == path
    assert (Path(path).stat().st_ino, Path(path).stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_file_that_another_user_changed_is_written_again(tmp_path):
    path = rows_to_file(numbered_rows(2), cache=tmp_path)
    digest = scan(path).rows_digest
    with Path(path).open("ab") as file:
        file.write(b"{}\n")
    assert rows_to_file(numbered_rows(2), cache=tmp_path) == path
    assert scan(path).rows_digest == digest


def test_many_threads_may_write_the_same_rows_and_leave_nothing_behind(tmp_path):
    rows = numbered_rows(200)
    threads = [
        threading.Thread(target=rows_to_file, args=(rows,), kwargs={"cache": tmp_path}) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [name.suffix for name in tmp_path.iterdir()] == [".jsonl"]


@pytest.mark.parametrize("text", ["ü", "\u2028", "\ud800", "a\nb", "\x00", "😀"])
def test_every_text_survives(tmp_path, text):
    row = chat({"role": "user", "content": text}, {"role": "assistant", "content": "x"})
    report = scan(rows_to_file([row], cache=tmp_path))
    assert (report.rows, report.diagnostics) == (1, ())


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "no rows"),
        ([chat(), "row"], "content[1] is not a mapping"),
        ([chat(), {"a": {1, 2}}], "content[1] holds a value"),
        ([{"a": float("nan")}], "content[0] holds a value"),
        ([{("a",): 1}], "content[0] holds a value"),
    ],
)
def test_rows_that_are_none_are_refused_by_their_place(tmp_path, rows, words):
    with pytest.raises(DataFileError) as caught:
        rows_to_file(rows, cache=tmp_path)
    assert words in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_rows_that_hold_themselves_are_refused(tmp_path):
    row = {}
    row["again"] = row
    with pytest.raises(DataFileError, match="holds a value"):
        rows_to_file([row], cache=tmp_path)


def test_a_folder_that_cannot_be_written_is_reported(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataFileError, match="cannot be written"):
        rows_to_file([chat()], cache=tmp_path / "file")


def test_the_cache_is_where_the_system_keeps_caches(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "pulumi-ftjobs" / "content"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder().is_absolute()
