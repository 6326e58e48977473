"""A model is recorded under its name; what consumes it changes only when the model does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.engine.cli import Stack
from tests.engine.waits import CONSUMED, LOOK, MODEL_ONLY, consumed, outputs, story, waiting
from tests.support.gateway import gateway, nameless
from tests.support.server import Server

POLICIES = """
data = ft.FineTuningFile("data", path="rows.jsonl")
for number, policy in enumerate((None, "retain", "delete")):
    job = ft.FineTuningJob(str(policy), model=MODEL, training_file=data, seed=number)
    ft.FineTunedModel(str(policy), job=job, deletion_policy=policy)
"""


@pytest.fixture
def deployed(stack: Stack, server: Server) -> str:
    """An application deployed on a first model: the model's name."""
    server.clock(per_poll=3600)
    story(stack, CONSUMED)
    stack.up().ok()
    server.clock(per_poll=0)
    name = str(server.jobs()[0]["fine_tuned_model"])
    assert consumed(stack) == name
    return name


def on_the_old_model(stack: Stack, name: str) -> None:
    """Model, application and stack outputs are what they were."""
    assert stack.resources("FineTunedModel")["a"]["id"] == name
    assert consumed(stack) == name
    assert outputs(stack) == {"model": name, "app": name}


def test_a_second_up_of_a_consumed_model_changes_and_asks_little(
    stack: Stack, server: Server, deployed: str
) -> None:
    server.clear_journal()
    assert set(stack.up().ok().totals) == {"unchanged"}
    assert server.posts() == []
    assert stack.preview().ok().totals == {"unchanged": 5}
    assert server.calls().count(LOOK) <= 1


def test_a_replaced_job_shows_its_model_and_the_application_as_changing_and_moves_both(
    stack: Stack, server: Server, deployed: str
) -> None:
    story(stack, CONSUMED, SEED=2)
    shown = stack.preview().ok()
    assert "~ 1 to update" in shown.text
    assert "+-2 to replace" in shown.text
    assert "app update [diff: ~model]" in shown.text
    server.clock(per_poll=3600)
    shown = stack.up().ok()
    newer = str(server.jobs()[0]["fine_tuned_model"])
    assert newer != deployed
    on_the_old_model(stack, newer)
    assert shown.text.index("app updat") < shown.text.index("FineTunedModel a delet"), shown.text
    assert server.calls().count(f"DELETE /models/{deployed}") == 0, "a model costs nothing to keep"


def test_a_job_that_is_deleted_before_it_is_replaced_takes_its_model_along(
    stack: Stack, server: Server, deployed: str
) -> None:
    first = "opts = pulumi.ResourceOptions(delete_before_replace=True)\n"
    text = first + CONSUMED.replace("training_file=data,", "training_file=data, opts=opts,")
    story(stack, text)
    assert set(stack.up().ok().totals) == {"unchanged"}
    story(stack, text, SEED=2)
    assert "Traceback" not in stack.preview().ok().text
    server.clear_journal()
    server.clock(per_poll=3600)
    stack.up().ok()
    assert len(server.posts()) == 1
    newer = str(server.jobs()[0]["fine_tuned_model"])
    assert newer != deployed
    on_the_old_model(stack, newer)


def test_a_retraining_that_fails_leaves_everything_on_the_old_model_until_something_changes(
    stack: Stack, server: Server, deployed: str
) -> None:
    story(stack, CONSUMED, SEED=2)
    running = waiting(stack, server)
    job = server.jobs()[0]["id"]
    server.act(job, "fail", code="exceeded_quota", message="Out of credit.", param="training_file")
    shown = running.finish().failed(f"job {job} has failed (exceeded_quota, training_file): Out of credit.")
    assert "Last events: " in shown.text
    assert "Traceback" not in shown.text
    assert "  - model" not in shown.text, "the stack's outputs stay"
    assert stack.job_id() == job
    on_the_old_model(stack, deployed)
    server.clear_journal()
    again = stack.up().failed(f"job {job} has failed")
    assert "Out of credit" in again.text
    assert "  - model" not in again.text
    assert server.posts() == []
    on_the_old_model(stack, deployed)
    story(stack, CONSUMED, SEED=2, MORE={"triggers": "once more"})
    server.clock(per_poll=3600)
    stack.up().ok()
    on_the_old_model(stack, str(server.jobs()[0]["fine_tuned_model"]))
    assert len(server.posts()) == 1


def test_a_model_that_is_not_accepted_reaches_nothing(stack: Stack, server: Server, deployed: str) -> None:
    picky = CONSUMED.replace("job=job,", "job=job, accept=lambda m: m.train_loss < 0,")
    story(stack, picky, SEED=2)
    server.clock(per_poll=3600)
    shown = stack.up().failed("has succeeded but its model is not accepted", "train_loss")
    assert "Traceback" not in shown.text
    assert "  - model" not in shown.text, "the stack's outputs stay"
    on_the_old_model(stack, deployed)
    server.clear_journal()
    stack.up().failed("is not accepted")
    assert server.posts() == []
    story(stack, CONSUMED, SEED=2)
    shown = stack.preview().ok()
    assert "FineTunedModel a replace" in shown.text, "another `accept` may say yes, and no preview can ask it"
    stack.up().ok()
    assert server.posts() == []
    on_the_old_model(stack, str(server.jobs()[0]["fine_tuned_model"]))


def test_only_a_true_accepts_a_model_whatever_kind_of_function_says_it(stack: Stack, server: Server) -> None:
    server.clock(per_poll=3600)
    reported = """
async def later(verdict):
    return verdict
"""
    for accept, why in [
        ("lambda m: later(False)", "is not accepted: "),
        ("lambda m: pulumi.Output.from_input(False)", "is not accepted: "),
        ("lambda m: 'no'", "is not accepted (accept must return True or False, it returned 'no')"),
        ("lambda m: m.missing > 1", "; not measured: missing)"),
    ]:
        story(stack, reported + MODEL_ONLY.replace("job=job,", f"job=job, accept={accept},"))
        stack.up().failed(why)
    story(stack, reported + MODEL_ONLY.replace("job=job,", "job=job, accept=lambda m: later(True),"))
    stack.up().ok()
    assert len(server.posts()) == 1


def test_an_accepted_model_stays_accepted_when_the_service_tells_no_metrics_any_more(
    stack: Stack, server: Server
) -> None:
    server.clock(per_poll=3600)
    story(stack, MODEL_ONLY.replace("job=job,", "job=job, accept=lambda m: m.train_loss < 5,"))
    stack.up().ok()
    gone = {"error": {"message": "Not Found", "type": "invalid_request_error", "param": None, "code": None}}
    for part in ("events", "checkpoints"):
        path = f"/fine_tuning/jobs/{server.jobs()[0]['id']}/{part}"
        server.fault("status", method="GET", path=path, status=404, body=gone)
    stack.up().ok()


def test_an_accept_that_raises_says_so(stack: Stack, server: Server) -> None:
    server.clock(per_poll=3600)
    broken = CONSUMED.replace("job=job,", "job=job, accept=lambda m: m.nothing < 0.9,")
    story(stack, broken)
    shown = stack.up().failed("is not accepted (accept raised TypeError: ")
    assert "Traceback" not in shown.text
    assert stack.job()["status"]
    assert stack.resources("FineTunedModel") == {}


def test_a_model_that_the_service_does_not_know_yet_is_given_time(stack: Stack, server: Server) -> None:
    server.fault("status", method="GET", path="/models/*", status=404, count=2)
    server.clock(per_poll=3600)
    story(stack)
    stack.up().ok()
    assert stack.resources("FineTunedModel")["a"]["id"] == server.jobs()[0]["fine_tuned_model"]
    assert [fault["struck"] for fault in server.faults()] == [2]


def test_a_job_that_does_not_name_its_model_yet_is_given_time(
    new_stack: Callable[..., Stack], server: Server
) -> None:
    server.clock(per_poll=3600)
    with gateway(server.url, "/llm", change=nameless(1)) as (url, _):
        stack = new_stack(url=url)
        story(stack)
        stack.up().ok()
    assert stack.resources("FineTunedModel")["a"]["id"] == server.jobs()[0]["fine_tuned_model"]


def test_a_refresh_drops_a_model_that_is_gone(stack: Stack, server: Server, deployed: str) -> None:
    server.ask(
        "DELETE", f"/v1/models/{deployed}", **{"authorization": "Bearer x", "OpenAI-Project": server.project}
    )
    stack.refresh().ok()
    assert stack.resources("FineTunedModel") == {}


def test_destroy_deletes_a_model_only_where_reported_and_needs_the_right_role(
    stack: Stack, server: Server
) -> None:
    server.clock(per_poll=3600)
    stack.program(POLICIES)
    stack.up().ok()
    names = {name: model["id"] for name, model in stack.resources("FineTunedModel").items()}
    server.fault("status", method="DELETE", path="/models/*", status=403)
    stack.destroy().failed("deleting a model needs the Owner role", "(HTTP 403)", 'deletion_policy="retain"')
    server.fault("status", method="DELETE", path="/models/*", status=401)
    stack.destroy().failed("deleting a model needs the Owner role", "(HTTP 401)")
    assert set(stack.resources("FineTunedModel")) >= {"delete"}
    server.clear_journal()
    shown = stack.destroy().ok()
    assert [call for call in server.calls() if call.startswith("DELETE /models/")] == [
        f"DELETE /models/{names['delete']}"
    ]
    assert f"deleted model {names['delete']} at the service" in shown.text
    assert f"; its model {names['delete']} was deleted" in shown.text
    assert f"{names['delete']} stays" not in shown.text


def test_a_model_can_be_declared_from_the_id_of_anybodys_job(
    stack: Stack, new_stack: Callable[..., Stack], server: Server
) -> None:
    server.clock(per_poll=3600)
    story(stack)
    stack.up().ok()
    server.clear_journal()
    other = new_stack(stack="other")
    other.program('ft.FineTunedModel("found", job=JOB)', JOB=stack.job_id())
    other.up().ok()
    assert other.resources("FineTunedModel")["found"]["id"] == server.jobs()[0]["fine_tuned_model"]
    assert server.posts() == []
