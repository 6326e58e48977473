"""A user's unit tests: under Pulumi's mocks nothing waits and nothing is sent."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.rows import rows
from tests.support.server import Server

PROGRAM = """
import asyncio, pulumi
asyncio.set_event_loop(asyncio.new_event_loop())

class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        known = {"FineTuningJob": {"status": "running"}, "FineTunedModel": {"status": "succeeded", "name": "ft:mine"}}
        return [f"{args.name}-id", {**args.inputs, **known.get(args.typ.rpartition(":")[2], {})}]
    def call(self, args): return {}

pulumi.runtime.set_mocks(Mocks())
import pulumi_ftjobs as ft

@pulumi.runtime.test
def check():
    data = ft.FineTuningFile("data", path="rows.jsonl")
    job = ft.FineTuningJob("a", model="gpt-4.1-mini-2025-04-14", training_file=data)
    model = ft.FineTunedModel("a", job=job, accept=lambda metrics: False)
    def judge(known):
        assert known == ["a-id", "running", "ft:mine", "data-id"], known
        print("judged")
    return pulumi.Output.all(job.id, job.status, model.name, job.training_file).apply(judge)

check()
"""


def test_nothing_waits_and_nothing_is_sent_under_mocks(server: Server, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_bytes(rows())
    environment = {**os.environ, "OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "", "FTJOBS_WAIT": "1"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        check=False,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout.splitlines()) == (0, ["judged"]), done.stderr
    assert server.journal() == []
