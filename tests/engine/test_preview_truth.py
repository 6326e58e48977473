"""A preview never reassures wrongly: what would be paid, what is broken, what already failed."""

from __future__ import annotations

from tests.engine.cli import Stack
from tests.engine.programs import JOB_AND_MODEL
from tests.engine.waits import story, waiting
from tests.support.server import Server

BROKEN = """
ft.FineTuningFile("one", path="missing-one.jsonl")
ft.FineTuningFile("two", path="missing-two.jsonl")
data = ft.FineTuningFile("data", path="rows.jsonl")
ft.FineTuningJob("a", model=MODEL, training_file=data, max_estimated_cost_usd=-1)
ft.FineTuningJob("b", model=MODEL, training_file=data, method=ft.supervised(n_epochs=3))
"""

BOTH_STATUSES = """
pulumi.export("fine_tuned_model", job.fine_tuned_model)
"""


def test_every_broken_resource_is_reported_in_one_preview(stack: Stack, server: Server) -> None:
    stack.program(BROKEN)
    shown = stack.preview().failed(
        "error: path: 'missing-one.jsonl' does not exist",
        "error: path: 'missing-two.jsonl' does not exist",
        "error: max_estimated_cost_usd: must be",
        "3 problems in 3 resources, shown above",
    )
    assert "Traceback" not in shown.text
    assert server.posts() == []


def test_every_broken_resource_that_exists_is_reported_in_one_preview(stack: Stack, server: Server) -> None:
    files = """
ft.FineTuningFile("one", path=ONE)
ft.FineTuningFile("two", path=TWO)
"""
    stack.program(files, ONE="rows.jsonl", TWO="rows.jsonl")
    stack.up().ok()
    stack.program(files, ONE="missing-one.jsonl", TWO="missing-two.jsonl")
    shown = stack.preview().failed(
        "error: path: 'missing-one.jsonl' does not exist",
        "error: path: 'missing-two.jsonl' does not exist",
        "2 problems in 2 resources, shown above",
    )
    assert "Traceback" not in shown.text
    assert server.posts() == []


def test_a_preview_says_what_would_train_and_for_about_how_much(stack: Stack) -> None:
    stack.config("ftjobs:prices", '{"gpt-4.1-mini": 1000}')
    stack.program(
        """
data = ft.FineTuningFile("data", path="rows.jsonl")
ft.FineTuningJob("b", model=MODEL, training_file=data, method=ft.supervised(n_epochs=3))
"""
    )
    shown = stack.preview().ok().text
    assert "would train; estimated cost: about " in shown
    assert " tokens x 3 epochs x 1000 USD per million (ftjobs:prices)" in shown
    assert "would train" not in stack.up().ok().text, "an update creates the job and need not announce it"
    assert "would train" not in stack.preview().ok().text, "an unchanged job costs nothing"


def test_a_preview_without_a_price_says_so(stack: Stack) -> None:
    stack.program('ft.FineTuningJob("b", model=MODEL, training_file="file-abc")\n')
    assert "would train; estimated cost: unknown: no price is known for" in stack.preview().ok().text


def test_a_preview_says_what_would_be_adopted(stack: Stack) -> None:
    stack.program('ft.FineTuningJob("b", model=MODEL, training_file="file-abc", adopt_job_id="ftjob-1")\n')
    shown = stack.preview().ok().text
    assert "adopts job ftjob-1; no job is created, nothing is charged" in shown
    assert "would train" not in shown


def test_a_preview_of_a_model_whose_job_failed_says_that_up_fails(stack: Stack, server: Server) -> None:
    server.clock(per_poll=3600)
    story(stack)
    stack.up().ok()
    server.clock(per_poll=0)
    story(stack, SEED=2)
    running = waiting(stack, server)
    failed = next(job["id"] for job in server.jobs() if job["seed"] == 2)
    server.act(failed, "fail", code="exceeded_quota", message="No.")
    running.finish().failed("exceeded_quota")
    shown = stack.preview().ok()
    assert (
        f"`pulumi up` fails until the cause is corrected: job {failed} has failed (exceeded_quota)"
        in shown.text
    )
    stack.refresh().ok()
    shown = stack.preview().ok()
    assert (
        f"job {failed} failed (exceeded_quota). Nothing trains again until an input or `triggers` changes"
        in (shown.text)
    )


def test_the_status_of_a_job_that_was_waited_for_is_that_of_its_end(stack: Stack, server: Server) -> None:
    server.clock(per_poll=3600)
    stack.program(JOB_AND_MODEL + BOTH_STATUSES, SEED=1)
    stack.up().ok()
    exported = stack.run("stack", "output", "--json").json
    assert exported["status"] == "succeeded"
    assert exported["fine_tuned_model"] == exported["model"]
    shown = stack.preview("--diff").ok()
    assert shown.totals == {"unchanged": 4}
    assert "status" not in shown.text, "no exported value changes back"
