"""Rules that depend on the method, the service and the part a file plays."""

import pytest

from pulumi_ftjobs.dataset import check_against, check_figures, scan
from pulumi_ftjobs.lifecycle.profiles import AZURE, COMPATIBLE, OPENAI
from tests.dataset.data_files import lines, numbered_rows


def said(**figures):
    given = {"format": "chat", "rows": 10, "method": None, "profile": COMPATIBLE, **figures}
    return [(problem.code, problem.severity) for problem in check_figures(**given)]


@pytest.mark.parametrize(
    ("found", "method"),
    [
        ("chat", "supervised"),
        ("completion", "supervised"),
        ("preference", "dpo"),
        ("reinforcement", "reinforcement"),
        ("chat", None),
        (None, "dpo"),
    ],
)
def test_a_format_that_fits_the_method_is_not_mentioned(found, method):
    assert said(format=found, method=method) == []


@pytest.mark.parametrize(
    ("found", "method", "words"),
    [
        ("preference", "supervised", "holds preference rows, but method supervised trains on chat rows"),
        ("chat", "dpo", "holds chat rows, but method dpo trains on preference rows"),
        ("reinforcement", "supervised", "no assistant messages to learn from"),
    ],
)
def test_a_format_that_does_not_fit_the_method_is_an_error(found, method, words):
    [problem] = check_figures(format=found, rows=10, method=method, profile=COMPATIBLE)
    assert (problem.code, problem.severity) == ("FT122", "error")
    assert words in problem.message


@pytest.mark.parametrize(
    ("bom", "profile", "expected"),
    [
        (True, OPENAI, [("FT107", "error")]),
        (False, AZURE, [("FT109", "warning")]),
        (False, OPENAI, []),
        (True, AZURE, []),
        (True, COMPATIBLE, []),
        (None, AZURE, []),
    ],
)
def test_a_byte_order_mark_is_an_error_for_openai_and_advice_for_azure(bom, profile, expected):
    assert said(bom=bom, profile=profile) == expected


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({"rows": 9, "profile": OPENAI}, [("FT123", "error")]),
        ({"rows": 9, "profile": AZURE, "bom": True}, [("FT123", "error")]),
        ({"rows": 0, "profile": COMPATIBLE}, [("FT123", "warning")]),
        ({"rows": 10, "profile": OPENAI}, []),
        ({"rows": 1, "profile": OPENAI, "validation": True}, []),
        ({"rows": None, "profile": OPENAI}, []),
    ],
)
def test_a_training_file_needs_ten_rows(figures, expected):
    assert said(**figures) == expected


@pytest.mark.parametrize(
    ("rows", "validation", "expected"),
    [
        (50_000, False, []),
        (50_001, False, [("FT124", "error")]),
        (1_000, True, []),
        (1_001, True, [("FT124", "error")]),
    ],
)
def test_reinforcement_has_a_row_limit(rows, validation, expected):
    found = said(
        format="reinforcement", rows=rows, validation=validation, method="reinforcement", profile=OPENAI
    )
    assert found == expected


@pytest.mark.parametrize(("profile", "expected"), [(OPENAI, [("FT183", "warning")]), (COMPATIBLE, [])])
def test_a_very_large_file_is_pointed_out(profile, expected):
    assert said(tokens=50_000_001, profile=profile) == expected


def test_a_report_is_judged_by_its_figures(written):
    report = scan(written(b"\xef\xbb\xbf" + lines(*numbered_rows(3))))
    found = check_against(report, method="dpo", profile=OPENAI)
    assert [problem.code for problem in found] == ["FT107", "FT122", "FT123"]
