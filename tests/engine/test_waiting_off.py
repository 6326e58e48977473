"""Nothing waits: pipelines that must not hold a runner or the state's lock, and commands that only pass by."""

from __future__ import annotations

from tests.engine.cli import Stack
from tests.engine.waits import APPLICATION, CONSUMED, MODEL_ONLY, consumed, outputs, story
from tests.support.server import Server

RUNS_ON = "keeps running at the service; its model and resources that use it stay as they are"


def test_without_waiting_a_first_up_ends_at_once_and_a_later_one_records_the_end(
    stack: Stack, server: Server
) -> None:
    stack.config("ftjobs:wait", "false")
    story(stack)
    shown = stack.up().ok()
    print(shown.text)
    job = server.jobs()[0]["id"]
    assert f"job {job} is validating_files and {RUNS_ON}" in shown.text
    stack.up().ok()
    server.act(job, "succeed")
    stack.up().ok()
    assert stack.resources("FineTunedModel")["a"]["id"] == server.job(job)["fine_tuned_model"]
    assert len(server.posts()) == 1


def test_without_waiting_a_first_model_and_what_uses_it_come_once_the_job_is_over(
    stack: Stack, server: Server
) -> None:
    story(stack, CONSUMED)
    for _ in range(2):
        shown = stack.up(FTJOBS_WAIT="0").ok()
        assert stack.resources("FineTunedModel") == stack.resources("Resource") == outputs(stack) == {}
        assert "app: not created yet, because it uses a model whose job is still running" in shown.text
    (job,) = server.jobs()
    server.act(job["id"], "succeed")
    stack.up(FTJOBS_WAIT="0").ok()
    assert consumed(stack) == outputs(stack)["app"] == server.job(job["id"])["fine_tuned_model"]


NESTED = (
    APPLICATION
    + """
class Service(pulumi.ComponentResource):
    def __init__(self, name, model, opts=None):
        super().__init__("test:index:Service", name, None, opts)
        self.app = App(f"{name}-app", model, pulumi.ResourceOptions(parent=self))
        self.register_outputs({"model": self.app.model})

"""
    + MODEL_ONLY
    + """
service = Service("service", model.name)
watcher = App("watcher", service.app.model.apply(lambda model: f"watches {model}"))
after = App("after", "static", pulumi.ResourceOptions(depends_on=[service]))
beside = App("beside", "static")
pulumi.export("settings", {"MODEL": model.name, "REGION": "north"})
pulumi.export("beside", beside.model)
"""
)


def test_without_waiting_what_depends_on_a_first_model_waits_with_it_and_nothing_else(
    stack: Stack, server: Server
) -> None:
    story(stack, NESTED)
    stack.up(FTJOBS_WAIT="0").ok()
    assert set(stack.resources("Resource")) == {"beside"}
    assert outputs(stack) == {"beside": "static"}
    server.act(server.jobs()[0]["id"], "succeed")
    stack.up(FTJOBS_WAIT="0").ok()
    name = server.jobs()[0]["fine_tuned_model"]
    assert outputs(stack)["settings"] == {"MODEL": name, "REGION": "north"}
    deployed = {app: found["outputs"]["model"] for app, found in stack.resources("Resource").items()}
    assert deployed == {
        "service-app": name,
        "watcher": f"watches {name}",
        "after": "static",
        "beside": "static",
    }
    stack.destroy().ok()


NEW_MODEL = (
    MODEL_ONLY
    + """
aliases = [pulumi.Alias(name=FORMER)] if FORMER else None
app = App("app", model.id, pulumi.ResourceOptions(depends_on=[model], aliases=aliases))
pulumi.export("app", app.model)
"""
)


def test_without_waiting_an_application_that_moves_to_a_first_model_stays_as_it_was_until_then(
    stack: Stack, server: Server
) -> None:
    stack.program(APPLICATION + """pulumi.export("app", App("app", "gpt-4.1").model)""")
    stack.up().ok()
    story(stack, APPLICATION + NEW_MODEL, FORMER=None)
    for _ in range(2):
        shown = stack.up(FTJOBS_WAIT="0").ok()
        assert "app: unchanged for now, because it will use a model whose job is still running" in shown.text
        assert consumed(stack) == outputs(stack)["app"] == "gpt-4.1"
    stack.refresh("--run-program", FTJOBS_WAIT="0").ok()
    server.act(server.jobs()[0]["id"], "succeed")
    stack.up(FTJOBS_WAIT="0").ok()
    assert consumed(stack) == outputs(stack)["app"] == server.jobs()[0]["fine_tuned_model"]


def test_without_waiting_an_output_that_moves_to_a_first_model_keeps_its_last_value(
    stack: Stack, server: Server
) -> None:
    stack.program(
        """pulumi.export("model", "gpt-4.1")\npulumi.export("hidden", pulumi.Output.secret("gpt-4"))"""
    )
    stack.up().ok()
    story(stack, MODEL_ONLY + """pulumi.export("hidden", pulumi.Output.secret(model.name))""")
    stack.up(FTJOBS_WAIT="0").ok()
    assert outputs(stack) == {"model": "gpt-4.1", "hidden": "[secret]"}
    assert stack.run("stack", "output", "--show-secrets", "hidden").ok().text.strip() == "gpt-4"


def test_without_waiting_a_renamed_application_that_moves_to_a_first_model_is_refused_and_not_lost(
    stack: Stack, server: Server
) -> None:
    stack.program(APPLICATION + """App("older", "gpt-4.1")""")
    stack.up().ok()
    story(stack, APPLICATION + NEW_MODEL, FORMER="older")
    stack.up(FTJOBS_WAIT="0").failed(
        "app: uses a model whose job is still running, and has an alias or a new parent, so it is not known whether it "
        "is new or renamed"
    )
    assert set(stack.resources("Resource")) == {"older"}
    server.act(server.jobs()[0]["id"], "succeed")
    stack.up(FTJOBS_WAIT="0").ok()
    assert consumed(stack) == server.jobs()[0]["fine_tuned_model"]
    assert len(server.posts()) == 1


def test_without_waiting_the_model_of_anybodys_running_job_comes_once_it_is_over(
    stack: Stack, server: Server
) -> None:
    story(stack)
    stack.up(FTJOBS_WAIT="0").ok()
    (job,) = server.jobs()
    stack.program("""pulumi.export("model", ft.FineTunedModel("m", job=JOB).name)""", JOB=job["id"])
    stack.run("state", "delete", "--yes", next(iter(stack.resources().values()))["urn"]).ok()
    shown = stack.up(FTJOBS_WAIT="0").ok()
    assert f"job {job['id']} is validating_files and {RUNS_ON}" in shown.text
    assert stack.resources("FineTunedModel") == {}
    server.act(job["id"], "succeed")
    stack.up(FTJOBS_WAIT="0").ok()
    assert outputs(stack)["model"] == server.job(job["id"])["fine_tuned_model"]


def test_without_waiting_a_retraining_leaves_model_and_application_until_it_is_over(
    stack: Stack, server: Server
) -> None:
    server.clock(per_poll=3600)
    story(stack, CONSUMED)
    stack.up().ok()
    server.clock(per_poll=0)
    older = consumed(stack)
    story(stack, CONSUMED, SEED=2)
    shown = stack.up(FTJOBS_WAIT="0").ok()
    job = server.jobs()[0]["id"]
    assert f"job {job} is validating_files and {RUNS_ON}" in shown.text
    assert (stack.job_id(), stack.resources("FineTunedModel")["a"]["id"]) == (job, older)
    assert consumed(stack) == older
    assert "  - model" not in shown.text
    server.act(job, "fail", code="bad", message="No.")
    shown = stack.up(FTJOBS_WAIT="0").failed(f"job {job} has failed (bad): No. Last events: ")
    assert consumed(stack) == older
    story(stack, CONSUMED, SEED=3)
    stack.up(FTJOBS_WAIT="0").ok()
    server.act(server.jobs()[0]["id"], "succeed")
    stack.up(FTJOBS_WAIT="0").ok()
    assert consumed(stack) == server.jobs()[0]["fine_tuned_model"] != older


def test_commands_that_run_the_program_pass_by_a_running_job(stack: Stack, server: Server) -> None:
    story(stack)
    stack.up(FTJOBS_WAIT="0").ok()
    job = server.jobs()[0]["id"]
    other = "urn:pulumi:test::story::pulumi-python:dynamic/ftjobs:FineTuningFile::data"
    stack.up("--target", other, FTJOBS_WAIT="0").ok()
    stack.refresh("--run-program", FTJOBS_WAIT="0").ok()
    shown = stack.destroy("--run-program", FTJOBS_WAIT="0").ok()
    assert f"cancelled job {job}" in shown.text
    assert server.job(job)["status"] == "cancelled"
