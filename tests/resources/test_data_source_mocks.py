"""Data sources in a user's unit tests: Pulumi's mocks answer, and nothing is sent."""

from __future__ import annotations

import os
import subprocess
import sys

_PROGRAM = """
import asyncio, pulumi
asyncio.set_event_loop(asyncio.new_event_loop())

class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args): return [args.name + "_id", args.inputs]
    def call(self, args):
        print(args.token, dict(sorted(args.args.items())))
        return ANSWERS.get(args.token, {})

ANSWERS = {
    "ftjobs:index:getFineTuningJob": {"id": "ftjob-1", "status": "succeeded", "seed": 7.0},
    "ftjobs:index:getFineTuningJobs": {"jobs": [{"id": "ftjob-1", "status": "running"}]},
}
pulumi.runtime.set_mocks(Mocks())
import pulumi_ftjobs as ft
"""


def run(text: str) -> list[str]:
    """Run a program under mocks, with a service nothing listens."""
    environment = {**os.environ, "OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_KEY": ""}
    command = [sys.executable, "-c", _PROGRAM + text]
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


ASKED = [
    ('get_fine_tuning_job("ftjob-1")', "getFineTuningJob", {"id": "ftjob-1"}),
    ('get_fine_tuning_jobs(status="running")', "getFineTuningJobs", {"status": "running"}),
    ('get_fine_tuning_job_events("j", limit=3)', "getFineTuningJobEvents", {"id": "j", "limit": 3.0}),
    ('get_fine_tuning_job_checkpoints("j")', "getFineTuningJobCheckpoints", {"id": "j"}),
    ('get_model("m")', "getModel", {"name": "m"}),
]


def test_mocks_are_asked_by_token() -> None:
    calls = "\n".join(f"ft.{call}" for call, _, _ in ASKED)
    assert run(calls) == [f"ftjobs:index:{token} {arguments}" for _, token, arguments in ASKED]


def test_what_the_mocks_say_is_the_answer() -> None:
    lines = run(
        """
job = ft.get_fine_tuning_job("ftjob-1")
print(job.status, job.seed, job.error, job.result_files)
print([j.id for j in ft.get_fine_tuning_jobs().jobs])
"""
    )
    assert lines[1] == "succeeded 7 None []"
    assert lines[3] == "['ftjob-1']"


def test_mocks_that_say_nothing_answer_none() -> None:
    assert run('model = ft.get_model("m"); print(model.id, model.owned_by)')[1] == "None None"


def test_a_twin_asks_the_mocks_too() -> None:
    lines = run(
        """
async def main():
    print(await ft.get_fine_tuning_job_output(pulumi.Output.from_input("ftjob-1")).status.future())
asyncio.get_event_loop().run_until_complete(main())
"""
    )
    assert lines[-1] == "succeeded"
