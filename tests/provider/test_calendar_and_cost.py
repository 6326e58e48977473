"""What check() says about days and costs: what would be created is refused, what exists is only warned about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.provider.conftest import Own
from tests.support.engine import Host, running_host

JOB = "FineTuningJob"
OPENAI = {"ftjobs:apiKey": "sk-test-offline"}
ENDS = "model: gpt-4.1-mini-2025-04-14 shuts down on 2027-01-14"
ENDED = "model: gpt-4.1-mini-2025-04-14 was shut down on 2027-01-14"
CLOSES = "OpenAI accepts no new fine-tuning jobs"


@contextmanager
def openai(today: str, **config: str) -> Iterator[Host]:
    """A provider process that points to OpenAI on this day; check() asks nothing."""
    settings = OPENAI | {f"ftjobs:{name}": value for name, value in config.items()}
    with running_host(settings, FTJOBS_TODAY=today, OPENAI_BASE_URL="") as host:
        yield host


def test_a_job_that_exists_is_warned_about_before_and_after_its_base_shuts_down(own: Own) -> None:
    job = own.job(training_file="file-1", max_estimated_cost_usd=1)
    for today, words in [("2026-12-01", ENDS), ("2027-02-01", ENDED)]:
        with openai(today) as host:
            assert host.check(JOB, job, olds=job).failures == []
            [reported] = host.said(own.urn())
            assert reported.startswith(words)
            assert {line.severity for line in host.engine.said} == {"WARNING"}


def test_a_job_that_exists_hears_nothing_long_before(own: Own) -> None:
    job = own.job(training_file="file-1")
    with openai("2026-01-01") as host:
        assert host.check(JOB, job, olds=job).failures == []
        assert host.said(own.urn()) == []


def test_a_job_that_is_taken_over_is_warned_about_and_not_refused(own: Own) -> None:
    with openai("2027-02-01") as host:
        assert host.check(JOB, own.job(training_file="file-1", adopt_job_id="ftjob-1")).failures == []
        [reported] = host.said(own.urn())
    assert reported.startswith(ENDED)


def test_what_is_replaced_is_checked_twice_and_warned_about_once(own: Own) -> None:
    job = own.job(training_file="file-1")
    with openai("2026-12-01") as host:
        host.check(JOB, job, olds=job)
        host.check(JOB, job)
        ends, closes = sorted(host.said(own.urn()), key=lambda line: CLOSES in line)
    assert ends.startswith(ENDS)
    assert CLOSES in closes


def test_a_preview_shows_each_error_of_what_exists_once_and_draws_a_change(own: Own) -> None:
    before = own.job(training_file="file-1")
    broken = own.job(training_file="file-1", seed="two")
    broken["__program"]["preview"] = True
    with openai("2026-01-01") as host:
        checked = host.check(JOB, broken, olds=before)
        host.check(JOB, broken)
        assert checked.failures == [], "a failure would end the preview before other resources are checked"
        assert checked.inputs["__program"]["problems"] == 1
        assert "seed" not in checked.inputs, "the program would stop at an output of a wrong type"
        assert host.diff(JOB, "ftjob-1", before, checked.inputs).changes
        said = [line for line in host.engine.said if line.severity == "ERROR"]
    assert [line.text.partition(":")[0] for line in said] == ["seed"]


def test_a_job_that_would_be_created_is_refused(own: Own) -> None:
    with openai("2027-02-01") as host:
        failures = host.check(JOB, own.job(training_file="file-1")).failures
    assert any(ENDED in failure for failure in failures)
    assert any(CLOSES in failure for failure in failures)


@pytest.mark.parametrize("today", ["2027-2-30", "01.02.2027", "soon", "2027-02-01T00:00"])
@pytest.mark.parametrize("exists", [False, True])
def test_a_day_with_a_typing_error_is_refused_and_not_ignored(own: Own, today: str, *, exists: bool) -> None:
    job = own.job(training_file="file-1")
    with openai(today) as host:
        [failure] = host.check(JOB, job, olds=job if exists else None).failures
    assert failure.startswith(f"FTJOBS_TODAY: {today!r} is not a date (expected YYYY-MM-DD")


def test_a_budget_refuses_a_file_with_a_row_that_nothing_looked_into(own: Own, jsonl: Path) -> None:
    jsonl.write_text(jsonl.read_text() + '{"messages": "' + "x" * (1 << 24) + '"}\n')
    with openai("2026-01-01") as host:
        file = host.check("FineTuningFile", {"path": str(jsonl), **own.program("FineTuningFile")}).inputs
        assert "tokens" not in file
        figures = {name: file.get(name) for name in ("path", "rows", "tokens", "format")}
        job = own.job(training_file="file-1", max_estimated_cost_usd=0.01)
        job["__program"]["data"] = {"training_file": figures}
        checked = host.check(JOB, job)
    assert checked.inputs["estimated_cost_usd"] == "unknown"
    [failure] = checked.failures
    assert "cannot enforce max_estimated_cost_usd = 0.01 USD: the tokens of the training file" in failure
