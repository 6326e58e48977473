"""Jobs beyond the account's limit wait their turn in the program."""

from __future__ import annotations

from tests.engine.cli import Running, Stack
from tests.engine.waits import interrupt_the_program
from tests.support.server import Server

JOBS = """
data = ft.FineTuningFile("data", path="rows.jsonl")
for number in range(COUNT):
    ft.FineTuningJob(f"job{number}", model=MODEL, training_file=data, seed=number)
"""


def seeds(server: Server) -> list[int]:
    """The seeds of the jobs at the service, oldest first."""
    return [job["seed"] for job in reversed(server.jobs())]


def start(stack: Stack, count: int, **environment: str) -> Running:
    stack.program(JOBS, COUNT=count)
    return stack.start("up", "--yes", "--skip-preview", **environment)


def test_jobs_beyond_the_limit_are_submitted_oldest_first_as_slots_come_free(
    stack: Stack, server: Server
) -> None:
    stack.config("ftjobs:maxActiveJobs", "2")
    running = start(stack, 4)
    running.until(lambda: "job2 and 1 more: waiting for a slot: 2 of 2 active" in running.text, "the queue")
    running.until(lambda: len(server.jobs()) == 2, "the jobs that may run")
    assert sorted(seeds(server)) == [0, 1]
    server.act(server.jobs()[-1]["id"], "succeed")
    running.until(lambda: "job3: waiting for a slot: 2 of 2 active" in running.text, "the shorter queue")
    running.until(lambda: len(server.jobs()) == 3, "the third job")
    assert seeds(server)[2:] == [2]
    server.act(server.jobs()[0]["id"], "fail", message="No.")
    running.finish().ok()
    assert seeds(server)[2:] == [2, 3]
    assert len(server.posts()) == 4
    assert stack.up().ok().totals == {"unchanged": 6}, "jobs already submitted wait for no slot"


def test_each_account_has_a_separate_limit(stack: Stack, server: Server) -> None:
    stack.config("ftjobs:maxActiveJobs", "1")
    stack.program(
        """
wide = ft.Provider("wide", max_active_jobs=2, project=OWN + "-wide")
data = ft.FineTuningFile("data", path="rows.jsonl")
ft.FineTuningJob("default", model=MODEL, training_file=data)
opts = pulumi.ResourceOptions(provider=wide)
data = ft.FineTuningFile("wide", path="rows.jsonl", opts=opts)
for number in range(3):
    ft.FineTuningJob(f"wide{number}", model=MODEL, training_file=data, seed=number, opts=opts)
""",
        OWN=server.project,
    )
    running = stack.start("up", "--yes", "--skip-preview")
    running.until(
        lambda: "wide2: waiting for a slot: 2 of 2 active" in running.text, "the queue of one account"
    )
    running.until(lambda: len(server.jobs(f"{server.project}-wide")) == 2, "the jobs that may run")
    running.until(lambda: len(server.jobs()) == 1, "the other account's job")
    server.act(server.jobs(f"{server.project}-wide")[0]["id"], "succeed")
    running.finish().ok()
    assert len(server.jobs(f"{server.project}-wide")) == 3


def test_an_interrupt_in_the_queue_submits_nothing_more_and_the_next_up_goes_on(
    stack: Stack, server: Server
) -> None:
    stack.config("ftjobs:maxActiveJobs", "1")
    running = start(stack, 2)
    running.until(lambda: "job1: waiting for a slot: 1 of 1 active" in running.text, "the queue")
    running.until(lambda: "job0 created" in running.text, "the job that may run")
    interrupt_the_program(running)
    shown = running.finish().failed(
        "interrupted: stopped waiting for a slot for job1; submitted jobs keep running"
    )
    assert "Traceback" not in shown.text
    assert seeds(server) == [0]
    server.act(server.jobs()[0]["id"], "succeed")
    stack.up().ok()
    assert seeds(server) == [0, 1]


def test_a_refusal_for_too_many_active_jobs_waits_for_a_slot(stack: Stack, server: Server) -> None:
    server.settings(max_active_jobs=1)
    running = start(stack, 2, OPENAI_ORG_ID=f"org-{server.project}")
    running.until(
        lambda: "waiting for a slot: the service allows no more than 1 active" in running.text, "the queue"
    )
    assert len(server.jobs()) == 1
    server.act(server.jobs()[0]["id"], "succeed")
    shown = running.finish().ok()
    assert "Traceback" not in shown.text
    assert sorted(seeds(server)) == [0, 1]
    assert set(stack.resources()) == {"job0", "job1"}
