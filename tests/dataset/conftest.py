"""Fixtures of the dataset tests."""

import pytest

from pulumi_ftjobs.dataset import scan
from tests.dataset.data_files import lines


@pytest.fixture
def written(tmp_path):
    """Writes bytes, or rows, to a new file and returns its path as str."""
    count = 0

    def write(data, *rows):
        nonlocal count
        count += 1
        path = tmp_path / f"{count}.jsonl"
        path.write_bytes(data if isinstance(data, bytes) and not rows else lines(data, *rows))
        return str(path)

    return write


@pytest.fixture
def found(written):
    """The problems of a file with these rows, as (code, line)."""

    def find(*rows):
        report = scan(written(lines(*rows)), count_tokens=False)
        return [(problem.code, problem.line) for problem in report.diagnostics]

    return find
