"""A sweep of hyperparameters on the real engine: ordinary jobs, one best model, no failure of all for one."""

from __future__ import annotations

from typing import Any

from tests.engine.cli import Stack
from tests.engine.waits import outputs
from tests.support.server import Server

SWEEP = """
data = ft.FineTuningFile("data", path="rows.jsonl")
sweep = ft.FineTuningSweep(
    "lr", base={"model": MODEL, "training_file": data}, grid=GRID, metric="train_loss", **MORE
)
pulumi.export("best", sweep.best)
pulumi.export("best_model", sweep.best_model)
pulumi.export("table", sweep.table)
"""


def sweep(stack: Stack, grid: dict[str, list[Any]], **more: Any) -> None:
    stack.program(SWEEP, GRID=grid, MORE=more)


def epochs(job: dict[str, Any]) -> int:
    return int(job["method"]["supervised"]["hyperparameters"]["n_epochs"])


def test_a_sweep_finds_the_best_model_and_a_new_point_trains_that_point_alone(
    stack: Stack, server: Server
) -> None:
    server.clock(per_poll=3600)
    sweep(stack, {"n_epochs": [1, 2]})
    stack.up().ok()
    found = outputs(stack)
    assert [row["hyperparameters"] for row in found["table"]] == [{"n_epochs": 1}, {"n_epochs": 2}]
    assert found["best"]["metric"] == min(row["metric"] for row in found["table"])
    assert found["best_model"] == found["best"]["model"]
    assert stack.preview().ok().totals == {"unchanged": 7}
    sweep(stack, {"n_epochs": [1, 2, 3]})
    stack.up().ok()
    assert sorted(map(epochs, server.jobs())) == [1, 2, 3]
    assert len(outputs(stack)["table"]) == 3


def test_a_member_that_fails_does_not_fail_the_sweep(stack: Stack, server: Server) -> None:
    sweep(stack, {"n_epochs": [1, 2]})
    running = stack.start("up", "--yes", "--skip-preview")
    running.until(lambda: len(server.jobs()) == 2, "both jobs")
    by_epochs = {epochs(job): job["id"] for job in server.jobs()}
    server.act(by_epochs[1], "fail", code="bad", message="No.")
    server.act(by_epochs[2], "succeed")
    shown = running.finish().ok()
    assert "(ignored: the sweep continues without it)" in shown.text
    found = outputs(stack)
    assert [row["status"] for row in found["table"]] == ["failed", "succeeded"]
    assert found["best"]["job_id"] == by_epochs[2]


def test_a_sweep_with_too_few_successes_fails_in_one_sentence(stack: Stack, server: Server) -> None:
    sweep(stack, {"n_epochs": [1, 2]}, min_succeeded=2)
    running = stack.start("up", "--yes", "--skip-preview")
    running.until(lambda: len(server.jobs()) == 2, "both jobs")
    first, second = (job["id"] for job in server.jobs())
    server.act(first, "fail", code="bad", message="No.")
    server.act(second, "succeed")
    shown = running.finish().failed("FineTuningSweep: 1 of 2 jobs succeeded, min_succeeded is 2")
    assert "Traceback" not in shown.text


def test_a_sweep_over_its_budget_creates_no_job(stack: Stack, server: Server) -> None:
    stack.config("ftjobs:prices", '{"gpt-4.1-mini": 1000}')
    sweep(stack, {"n_epochs": [1, 2, 3]}, max_estimated_cost_usd=0.02)
    for command in (stack.preview, stack.up):
        shown = command().failed(
            "FineTuningSweep: estimated_cost_usd: more than max_estimated_cost_usd = 0.02 USD"
        )
        assert "Traceback" not in shown.text
    assert server.posts() == []
    sweep(stack, {"n_epochs": [1, 2, 3]}, max_estimated_cost_usd=1000)
    assert "3 points; estimated cost of all: about " in stack.preview().ok().text


def test_no_more_of_its_jobs_are_unfinished_than_max_active(stack: Stack, server: Server) -> None:
    sweep(stack, {"n_epochs": [1, 2]}, max_active=1)
    running = stack.start("up", "--yes", "--skip-preview")
    running.until(lambda: "waiting for a slot: 1 of 1 active" in running.text, "the queue")
    running.until(lambda: len(server.jobs()) == 1, "the first job")
    server.act(server.jobs()[0]["id"], "succeed")
    running.until(lambda: len(server.jobs()) == 2, "the second job")
    server.act(server.jobs()[0]["id"], "succeed")
    running.finish().ok()
    assert len(outputs(stack)["table"]) == 2


def test_where_nothing_waits_the_best_is_known_by_a_later_up(stack: Stack, server: Server) -> None:
    sweep(stack, {"n_epochs": [1, 2]})
    stack.up(FTJOBS_WAIT="0").ok()
    assert "best" not in outputs(stack)
    for job in server.jobs():
        server.act(job["id"], "succeed")
    stack.up(FTJOBS_WAIT="0").ok()
    assert outputs(stack)["best"]["status"] == "succeeded"
    assert len(server.posts()) == 2
