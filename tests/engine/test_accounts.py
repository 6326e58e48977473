"""Several accounts in one stack, each with its own key."""

from __future__ import annotations

from tests.engine.cli import Stack
from tests.support.keys import KEY, OTHER_KEY
from tests.support.server import Server

TWO_ACCOUNTS = """
config = pulumi.Config()
first = ft.Provider("first", api_key=config.require_secret("firstKey"), base_url=URL, project=FIRST)
second = ft.Provider("second", api_key=config.require_secret("secondKey"), base_url=URL, project=SECOND)


class Team(pulumi.ComponentResource):
    def __init__(self, name, account):
        super().__init__("story:teams:Team", name, opts=pulumi.ResourceOptions(providers=[account]))
        inside = pulumi.ResourceOptions(parent=self)
        data = ft.FineTuningFile(f"{name}-data", path="rows.jsonl", opts=inside)
        job = ft.FineTuningJob(f"{name}-job", model=MODEL, training_file=data, seed=1, opts=inside)
        model = ft.FineTunedModel(f"{name}-model", job=job, opts=inside)
        pulumi.export(name, model.name)


Team("first", first)
Team("second", second)
"""


def test_two_accounts_in_one_stack_each_get_their_own_jobs(stack: Stack, server: Server) -> None:
    first, second = (
        f"{stack.environment['OPENAI_PROJECT_ID']}-1",
        f"{stack.environment['OPENAI_PROJECT_ID']}-2",
    )
    server.settings(keys={KEY: f"org-ftjobs/{first}", OTHER_KEY: f"org-ftjobs/{second}"})
    server.clock(per_poll=3600)
    for name in ("OPENAI_API_KEY", "OPENAI_PROJECT_ID", "OPENAI_BASE_URL"):
        stack.environment.pop(name)
    stack.config("story:firstKey", KEY, secret=True)
    stack.config("story:secondKey", OTHER_KEY, secret=True)
    stack.program(TWO_ACCOUNTS, URL=server.url, FIRST=first, SECOND=second)
    stack.up().ok()
    jobs = stack.resources()
    assert [job["id"] for job in server.jobs(first)] == [jobs["first-job"]["id"]]
    assert [job["id"] for job in server.jobs(second)] == [jobs["second-job"]["id"]]
    assert stack.refresh().ok().totals == {"unchanged": 11}
    assert stack.preview().ok().totals == {"unchanged": 11}
    stack.destroy().ok()
    assert server.calls().count("POST /fine_tuning/jobs") == 2
