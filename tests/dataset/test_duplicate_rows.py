"""Rows that are there twice, in one file or in two."""

from pulumi_ftjobs.dataset import overlap, scan
from tests.dataset.data_files import chat, lines, numbered_rows


def both(written, training, validation):
    return [str(problem) for problem in overlap(scan(written(training)), scan(written(validation)))]


def test_the_first_repeated_row_is_named_with_both_lines(written):
    rows = numbered_rows(5)
    report = scan(written(lines(*rows, "{", rows[3], rows[1], rows[3])))
    assert [str(problem) for problem in report.warnings] == [
        "line 7: repeats line 4, and 2 more rows repeat an earlier one [FT181]"
    ]


def test_rows_of_a_large_file_are_compared_too(written):
    rows = lines(*numbered_rows(60_000))
    report = scan(
        written(rows + lines(chat({"role": "user", "content": "Question 59998"}, chat()["messages"][1]))),
        count_tokens=False,
    )
    assert [str(problem) for problem in report.warnings] == ["line 60001: repeats line 59999 [FT181]"]


def test_rows_in_both_files_are_named_by_their_validation_lines(written):
    rows = numbered_rows(20)
    found = both(written, lines(*rows[:10]), lines("", *rows[8:12]))
    assert found == ["2 validation rows are in the training file as well (validation lines 2, 3) [FT182]"]


def test_line_ends_do_not_hide_an_overlap(written):
    rows = lines(*numbered_rows(1))
    [found] = both(written, rows, rows.replace(b"\n", b"\r\n"))
    assert found.startswith("1 validation row is in the training file as well")


def test_different_files_share_nothing(written):
    rows = numbered_rows(20)
    assert both(written, lines(*rows[:10]), lines(*rows[10:])) == []


def test_broken_and_blank_lines_are_no_rows_in_common(written):
    assert both(written, b"{\n\n" + lines(chat()), b"{\n\n" + lines(*numbered_rows(1))) == []
