"""`ftjobs compare`: several jobs side by side."""

from __future__ import annotations

import pytest

from pulumi_ftjobs.api.client import Client
from tests.cli.conftest import Run
from tests.cli.terminal import terminal
from tests.support.rows import MODEL
from tests.support.server import Server


@pytest.fixture
def two(api: Client, asked: Server, training_file: str) -> list[str]:
    """Two finished jobs that differ in their epochs."""
    ids = []
    for epochs in (2, 3):
        method = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": epochs}}}
        body = {"model": MODEL, "training_file": training_file, "method": method, "seed": 7}
        ids.append(api.create_job(body).id)
        asked.act(ids[-1], "succeed")
    return ids


def test_settings_results_and_what_differs(run: Run, two: list[str]) -> None:
    lines = run("compare", *two).lines
    rows = {line[0]: line[1:] for line in lines}
    assert lines[0] == ["name", "differs", *two]
    assert rows["n_epochs"] == ["*", "2", "3"]
    assert rows["seed"] == ["", "7", "7"]
    assert rows["base_model"] == ["", MODEL, MODEL]
    assert float(rows["train_loss"][1]) > 0
    assert rows["trained_tokens"][0] == "*"


def test_json_has_the_points_of_the_curves(run: Run, two: list[str]) -> None:
    found = run("compare", *two, "--json").json
    assert [one["job"] for one in found] == two
    assert all(len(one["curves"]["train_loss"]) == one["final_metrics"]["step"] for one in found)


def test_an_unfinished_job_has_empty_cells(run: Run, api: Client, two: list[str], training_file: str) -> None:
    other = api.create_job({"model": MODEL, "training_file": training_file}).id
    rows = {line[0]: line[1:] for line in run("compare", two[0], other).lines}
    assert rows["trained_tokens"][2:] == [""]
    assert rows["status"] == ["*", "succeeded", "validating_files"]


@pytest.mark.slow
@pytest.mark.parametrize("columns", [100, 60])
def test_a_terminal_shows_a_table_that_fits_and_one_chart_per_loss(two: list[str], columns: int) -> None:
    with terminal("compare", *two, columns=columns, rows=90) as screen:
        assert screen.end() == 0
        shown = "\n".join(screen.lines)
        assert shown.count("└──") == 1
        assert "train_loss" in shown
        assert ("●" in shown, "○" in shown) == (True, True)
