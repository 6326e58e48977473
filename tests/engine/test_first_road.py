"""The whole road of a job: preview, up, nothing more to do, changes, the end."""

from __future__ import annotations

import pytest

from tests.engine.cli import KEY, Stack
from tests.support.server import Server

JOB = """
data = ft.FineTuningFile("data", path="rows.jsonl")
job = ft.FineTuningJob("a", model=MODEL, training_file=data, seed=SEED)
pulumi.export("status", job.status)
"""
MODEL_TOO = """
model = ft.FineTunedModel("a", job=job)
pulumi.export("model", model.name)
"""


def test_a_preview_needs_neither_key_nor_network(stack: Stack, server: Server) -> None:
    stack.program(JOB, SEED=1)
    shown = stack.preview(OPENAI_API_KEY="", OPENAI_BASE_URL="http://127.0.0.1:9/v1").ok()
    assert shown.totals == {"to create": 3}
    assert server.journal() == []


def test_an_up_buys_one_job_and_a_second_up_nothing(stack: Stack, server: Server) -> None:
    stack.program(JOB, SEED=1)
    assert stack.up().ok().totals == {"created": 3}
    assert stack.job()["status"] == "validating_files"
    again = stack.up().ok()
    assert again.totals == {"unchanged": 3}
    assert stack.preview().ok().totals == {"unchanged": 3}
    assert [job["id"] for job in server.jobs()] == [stack.job_id()]
    assert len(server.posts()) == 1


def test_a_model_is_there_when_its_job_has_succeeded(stack: Stack, server: Server) -> None:
    server.clock(per_poll=3600)
    stack.program(JOB + MODEL_TOO, SEED=1)
    stack.up().ok()
    name = server.jobs()[0]["fine_tuned_model"]
    assert stack.resources("FineTunedModel")["a"]["id"] == name
    shown = stack.refresh().ok()
    assert "~" not in shown.text.partition("Resources:")[2] or stack.job()["status"] == "succeeded"
    assert stack.preview().ok().totals == {"unchanged": 4}
