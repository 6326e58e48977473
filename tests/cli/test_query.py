"""One SQL statement over everything the service knows, and nothing but reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.server import Server


def test_jobs_are_asked_under_the_services_names(run: Run, job_id: str) -> None:
    rows = run("query", "SELECT id, metadata ->> 'team' AS team FROM jobs", "--json").json
    assert rows == [{"id": job_id, "team": "a"}]


def test_columns_of_one_name_are_all_in_the_object(run: Run) -> None:
    assert run("query", "SELECT 1 AS a, 2 AS a, 3 AS a_1, 4 AS a", "--json").json == [
        {"a": 1, "a_2": 2, "a_1": 3, "a_3": 4}
    ]


def test_a_number_that_json_has_no_word_for_is_null(run: Run) -> None:
    assert run("query", "SELECT 1e400 AS much, -1e400 AS little", "--json").json == [
        {"much": None, "little": None}
    ]


def test_plain_output_has_the_names_first(run: Run, job_id: str) -> None:
    assert run("query", "SELECT status, count(*) AS n FROM jobs GROUP BY 1").lines == [
        ["status", "n"],
        ["validating_files", "1"],
    ]


@pytest.mark.parametrize(
    ("sql", "least"),
    [
        ("SELECT * FROM events WHERE type = 'message'", 2),
        ("SELECT json_extract(metrics, '$.train_loss') AS loss FROM checkpoints", 1),
        ("SELECT filename, bytes FROM files WHERE purpose = 'fine-tune'", 1),
        ("SELECT id FROM models WHERE owned_by NOT LIKE 'system%'", 1),
        ("SELECT j.id, e.message FROM jobs j JOIN events e ON e.fine_tuning_job_id = j.id", 2),
        ("WITH RECURSIVE n(x) AS (SELECT 1 UNION SELECT x + 1 FROM n WHERE x < 3) SELECT x FROM n", 3),
    ],
)
def test_every_table_answers(run: Run, asked: Server, job_id: str, sql: str, least: int) -> None:
    asked.act(job_id, "succeed")
    assert len(run("query", sql, "--json").json) >= least


def test_what_trainings_cost_is_asked_by_model_and_month(run: Run, asked: Server, job_id: str) -> None:
    asked.act(job_id, "succeed")
    sums = "sum(trained_tokens) AS tokens, sum(cost_usd(model, trained_tokens)) AS usd"
    [row] = run("query", f"SELECT model, {sums} FROM jobs GROUP BY 1", "--json").json
    assert row["usd"] is None  # this service's prices are not known
    assert row["tokens"] > 0


@pytest.mark.parametrize(
    ("model", "tokens", "usd"),
    [
        ("'gpt-4.1-mini-2025-04-14'", "2000000", 10.0),
        ("'gpt-3.5-turbo-0125'", "1000000", 8.0),
        ("'ft:gpt-4o-2024-08-06:acme::abc'", "1000", 0.025),
        ("'unknown-model'", "1", None),
        ("'gpt-4.1'", "NULL", None),
        ("NULL", "1", None),
    ],
)
def test_billed_tokens_have_a_price_where_one_is_known(
    run: Run, model: str, tokens: str, usd: float | None
) -> None:
    [row] = run("query", f"SELECT cost_usd({model}, {tokens}) AS usd", "--json").json
    assert row["usd"] == usd


def test_only_what_is_mentioned_is_fetched(run: Run, asked: Server, job_id: str) -> None:
    asked.clear_journal()
    run("query", "SELECT id FROM jobs")
    assert asked.calls() == ["GET /fine_tuning/jobs"]


def test_an_empty_account_still_has_columns(run: Run, asked: Server) -> None:
    assert run("query", "SELECT id, fine_tuned_model, trained_tokens FROM jobs").out == (
        "id\tfine_tuned_model\ttrained_tokens\n"
    )


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM jobs",
        "UPDATE jobs SET status = 'x'",
        "DROP TABLE jobs",
        "CREATE TABLE t (x)",
        "ATTACH DATABASE '{path}' AS other",
        "VACUUM INTO '{path}'",
        "PRAGMA user_version = 3",
        "SELECT 1; SELECT 2",
        "SELECT nonsense FROM jobs",
        "SELECT load_extension('x')",
        "",
        "/* nothing */",
    ],
)
def test_anything_but_reading_is_refused(run: Run, asked: Server, tmp_path: Path, sql: str) -> None:
    path = tmp_path / "leak.db"
    ended = run("query", sql.format(path=path))
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("ftjobs: query: ")
    assert not path.exists()
