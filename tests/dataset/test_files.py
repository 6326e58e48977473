"""What is no training file at all is reported in one sentence; what is one is read once."""

import os
import sys
import threading
from pathlib import Path

import pytest

from pulumi_ftjobs.dataset import DataFileError, FileReport, scan
from tests.dataset.data_files import chat, lines, numbered_rows

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "FT104"),
        (LFS, "FT105"),
        ("{}".encode("utf-16"), "FT106"),
        (b"\xfe\xff\x00{\x00}", "FT106"),
    ],
)
def test_a_file_that_holds_no_rows_is_refused_with_what_to_do(written, data, code):
    path = written(data)
    with pytest.raises(DataFileError) as caught:
        scan(path)
    assert (caught.value.code, caught.value.path) == (code, path)
    assert str(caught.value).endswith(f"[{code}]")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("missing.jsonl", "FT101"),
        ("file/below.jsonl", "FT101"),
        (".", "FT102"),
        ("\0", "FT103"),
        ("x" * 5000, "FT103"),
    ],
)
def test_what_is_not_a_file_is_refused(tmp_path, monkeypatch, path, code):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_bytes(b"{}\n")
    with pytest.raises(DataFileError) as caught:
        scan(path)
    assert caught.value.code == code
    assert len(str(caught.value)) < 400


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataFileError, match="not a regular file"):
        scan(str(tmp_path / "pipe"))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(written):
    path = written(b"{}\n")
    Path(path).chmod(0)
    with pytest.raises(DataFileError, match="Permission denied"):
        scan(path)


def test_control_characters_of_a_path_never_reach_a_terminal(tmp_path):
    with pytest.raises(DataFileError) as caught:
        scan(str(tmp_path / "a\x1b[31m\nb.jsonl"))
    assert str(caught.value).isprintable()


def test_the_report_holds_the_figures_of_the_file(written):
    data = b"\xef\xbb\xbf" + lines(*numbered_rows(3), "", chat()).replace(b"\n", b"\r\n") + b"\n\n"
    report = scan(written(data))
    assert (report.size, report.rows, report.format, report.bom) == (len(data), 4, "chat", True)
    assert [(problem.code, problem.line) for problem in report.warnings] == [("FT113", 4)]
    assert report.errors == ()


def test_blank_lines_at_the_end_are_no_problem(found):
    assert found(*numbered_rows(2), "", "  ", "") == []


def test_a_file_of_blank_lines_only_has_no_rows(written):
    report = scan(written(b"\n\n \n"))
    assert (report.rows, report.format, report.diagnostics) == (0, None, ())


def test_twenty_problems_of_each_severity_are_spelled_out_and_the_rest_counted(written):
    report = scan(written(lines(*["{"] * 30, *[chat(extra=n) for n in range(25)])))
    assert [problem.line for problem in report.errors] == list(range(1, 21))
    assert [problem.line for problem in report.warnings] == list(range(31, 51))
    assert report.more == 10 + 5


def test_strangers_beyond_the_kept_lines_are_counted_too(written):
    strangers = [{"prompt": str(n), "completion": "x"} for n in range(50)]
    report = scan(written(lines(*strangers, *numbered_rows(51))))
    assert len(report.errors) + report.more == 50


def test_line_numbers_are_right_with_any_line_ends(written):
    data = lines(chat(), "{", chat(), "[]")
    for end in (b"\r\n", b"\r"):
        report = scan(written(data.replace(b"\n", end)))
        assert [(problem.code, problem.line) for problem in report.errors] == [("FT110", 2), ("FT111", 4)]


def test_line_numbers_are_right_across_blocks(written):
    rows = [
        chat({"role": "user", "content": str(n) * 20_000}, {"role": "assistant", "content": "x"})
        for n in range(40)
    ]
    report = scan(written(lines(*rows[:33], "{", *rows[33:])), count_tokens=False)
    assert [problem.line for problem in report.errors] == [34]


def test_a_file_is_read_again_only_when_its_stat_changes(written):
    path = written(lines(*numbered_rows(3)))
    before, found = scan(path), Path(path).stat()
    data = lines(*numbered_rows(3)).replace(b"Question 1", b"Question 7")
    with Path(path).open("r+b") as file:
        file.write(data)
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert scan(path).rows_digest == before.rows_digest
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns + 1))
    assert scan(path).rows_digest != before.rows_digest


def test_many_threads_that_ask_at_once_read_a_file_once(written):
    path = written(lines(*numbered_rows(2_000)))
    opened = []
    watching = True
    sys.addaudithook(
        lambda event, args: (
            opened.append(args[0]) if watching and event == "open" and str(args[0]) == path else None
        )
    )
    answers: list[FileReport] = []
    threads = [threading.Thread(target=lambda: answers.append(scan(path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    watching = False
    assert len(opened) == 1
    assert len(answers) == 8
    assert len(set(answers)) == 1


def test_a_report_keeps_the_path_as_it_was_asked_for(written, tmp_path, monkeypatch):
    path = written(lines(chat()))
    scan(path)
    monkeypatch.chdir(tmp_path)
    assert scan("1.jsonl").path == "1.jsonl"
