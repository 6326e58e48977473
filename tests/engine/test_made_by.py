"""What a model may be given as its job, and which account it asks."""

from __future__ import annotations

import pytest

from tests.engine.cli import Stack
from tests.engine.waits import outputs
from tests.support.server import Server

JOB = """
data = ft.FineTuningFile("data", path="rows.jsonl")
job = ft.FineTuningJob("a", model=MODEL, training_file=data)
"""


@pytest.mark.parametrize(
    ("given", "reported"),
    [
        ('job=""', "job: must not be an empty string: give a FineTuningJob, or the id of a job as a string"),
        ('job=pulumi.Output.from_input(" ")', "job: must not be an empty string"),
        ("job=5", "job: must not be of type int"),
        ("job=None", "job: must not be of type NoneType"),
        ('job=ft.FineTunedModel("other", job="ftjob-1")', "job: must not be of type FineTunedModel"),
        ('job="ftjob-1", accept="m.loss < 1"', "accept: must be bounds on the metrics"),
    ],
)
def test_what_is_no_job_is_reported_in_the_preview(stack: Stack, given: str, reported: str) -> None:
    stack.program(f'ft.FineTunedModel("m", {given})')
    assert "Traceback" not in stack.preview().failed(f"FineTunedModel: {reported}").text


def test_a_job_inside_an_output_is_that_job(stack: Stack, server: Server) -> None:
    stack.program(
        JOB + """pulumi.export("model", ft.FineTunedModel("a", job=pulumi.Output.from_input(job)).name)"""
    )
    stack.preview().ok()
    server.clock(per_poll=3600)
    stack.up().ok()
    assert outputs(stack)["model"] == server.jobs()[0]["fine_tuned_model"]


READ = """
job = ft.FineTuningJob.get("read", ID)
pulumi.export("model", ft.FineTunedModel("m", job=job).name)
"""


def test_the_model_of_a_job_that_is_read_previews_as_unchanged(stack: Stack, server: Server) -> None:
    stack.program(JOB)
    stack.up().ok()
    job_id = stack.job_id()
    server.act(job_id, "succeed")
    stack.program(JOB + READ, ID=job_id)
    stack.up().ok()
    shown = stack.preview().ok()
    assert shown.totals == {"unchanged": 4}, shown.text
    stack.program(JOB + READ, ID="ftjob-nothing")
    stack.up().failed("ftjob-nothing")


ELSEWHERE = """
eu = ft.Provider("eu", project=OTHER)
opts = pulumi.ResourceOptions(provider=eu)
data = ft.FineTuningFile("data", path="rows.jsonl", opts=opts)
job = ft.FineTuningJob("a", model=MODEL, training_file=data, opts=opts)
pulumi.export("model", ft.FineTunedModel("a", job=job).name)
"""


def test_a_model_asks_the_account_of_its_job(stack: Stack, server: Server) -> None:
    stack.program(ELSEWHERE, OTHER=f"{server.project}-eu")
    server.clock(per_poll=3600)
    stack.up().ok()
    (job,) = server.jobs(f"{server.project}-eu")
    assert outputs(stack)["model"] == job["fine_tuned_model"]
    assert stack.resources("FineTunedModel")["a"]["provider"] == stack.resources()["a"]["provider"]
