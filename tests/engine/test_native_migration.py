"""A stack of the Python provider becomes one of the plugin, in YAML: nothing trains, nothing is uploaded again."""

from __future__ import annotations

from tests.engine.conftest import Corner
from tests.engine.yaml_stack import YamlStack, a_file, a_job, a_model
from tests.support.keys import KEY

PYTHON = """
class Team(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("shop:index:Team", name)
        inside = pulumi.ResourceOptions(parent=self)
        ft.FineTuningJob("child", model=MODEL, training_file=data, seed=5, opts=inside)

data = ft.FineTuningFile("data", path="rows.jsonl")
job = ft.FineTuningJob("a", model=MODEL, training_file=data, seed=1, metadata={"team": "a"})
model = ft.FineTunedModel("m", job=job)
ft.FineTuningJob("next", model=model.name, training_file=data, seed=9)
eu = ft.Provider("eu", api_key=KEY, base_url=URL, project=SCOPE)
eu_data = ft.FineTuningFile("euData", path="rows.jsonl", opts=pulumi.ResourceOptions(provider=eu))
ft.FineTuningJob("slow", model=MODEL, training_file=eu_data, seed=7, opts=pulumi.ResourceOptions(provider=eu))
Team("team")
"""
CHILD = "shop:index:Team$pulumi-python:dynamic/ftjobs:FineTuningJob::child"


def declare_natively(stack: YamlStack, server: Corner) -> None:
    """The same resources under the same names, in YAML."""
    account = {"apiKey": KEY, "baseUrl": server.url, "project": server.project}
    child = a_job(seed=5) | {"options": {"aliases": [f"urn:pulumi:{stack.name}::{stack.project}::{CHILD}"]}}
    stack.declare(
        {
            "data": a_file(),
            "a": a_job(metadata={"team": "a"}),
            "m": a_model(),
            "next": a_job(model="${m.name}", seed=9),
            "eu": {"type": "pulumi:providers:ftjobs", "properties": account},
            "euData": a_file() | {"options": {"provider": "${eu}"}},
            "slow": a_job(trainingData="${euData}", seed=7) | {"options": {"provider": "${eu}"}},
            "child": child,
        }
    )


def test_a_stack_moves_from_python_to_yaml_and_nothing_trains(yaml_stack: YamlStack, server: Corner) -> None:
    (yaml_stack.folder / "Pulumi.yaml").write_text(f"name: {yaml_stack.project}\nruntime: python\n")
    yaml_stack.program(PYTHON, KEY=KEY, URL=server.url, SCOPE=server.project)
    running = yaml_stack.start("up", "--yes", "--skip-preview")
    running.until(lambda: len(server.jobs()) == 3, "three jobs")
    (first,) = [job["id"] for job in server.jobs() if job["seed"] == 1]
    server.act(first, "succeed")
    running.finish().ok()
    before, server_jobs = yaml_stack.ids(), {job["id"] for job in server.jobs()}
    server.clear_journal()

    declare_natively(yaml_stack, server)
    steps = {step["urn"].rpartition("::")[2] for step in yaml_stack.preview("--json").ok().json["steps"]}
    assert not steps & {"data", "a", "m", "next", "euData", "slow", "child"}, "a preview lists what changes"
    yaml_stack.up("--refresh", "--run-program").ok()

    assert not server.posts()
    assert not server.posts("/files")
    assert {job["id"] for job in server.jobs()} == server_jobs
    after = yaml_stack.ids()
    assert {urn.rpartition("::")[2]: id_ for urn, id_ in before.items() if "ftjobs:F" in urn} == {
        urn.rpartition("::")[2]: id_ for urn, id_ in after.items() if "ftjobs:index" in urn
    }
    assert yaml_stack.job()["trainingFile"] == yaml_stack.resources("FineTuningFile")["data"]["id"]
    yaml_stack.preview("--expect-no-changes").ok()


def test_a_stack_moves_back_to_python_with_its_jobs_alive(yaml_stack: YamlStack, server: Corner) -> None:
    yaml_stack.declare({"data": a_file(), "a": a_job(), "m": a_model(), "slow": a_job(seed=2)})
    running = yaml_stack.start("up", "--yes", "--skip-preview")
    running.until(lambda: len(server.jobs()) == 2, "two jobs")
    (first,) = [job["id"] for job in server.jobs() if job["seed"] == 1]
    server.act(first, "succeed")
    running.finish().ok()
    before = {job["id"]: job["status"] for job in server.jobs()}

    (yaml_stack.folder / "Pulumi.yaml").write_text(f"name: {yaml_stack.project}\nruntime: python\n")
    yaml_stack.program(
        """
data = ft.FineTuningFile("data", path="rows.jsonl")
job = ft.FineTuningJob("a", model=MODEL, training_file=data, seed=1)
ft.FineTuningJob("slow", model=MODEL, training_file=data, seed=2)
pulumi.export("model", ft.FineTunedModel("m", job=job).name)
"""
    )
    assert yaml_stack.up().ok().totals == {"updated": 4, "unchanged": 1}

    assert {job["id"]: job["status"] for job in server.jobs()} == before
    assert yaml_stack.job()["fine_tuned_model"] == yaml_stack.resources("FineTunedModel")["m"]["id"]
    yaml_stack.destroy("--refresh").ok()
    assert sorted(job["status"] for job in server.jobs()) == ["cancelled", "succeeded"]


def test_a_lost_state_is_recovered_by_the_other_provider(yaml_stack: YamlStack, server: Corner) -> None:
    (yaml_stack.folder / "Pulumi.yaml").write_text(f"name: {yaml_stack.project}\nruntime: python\n")
    yaml_stack.program(
        """
data = ft.FineTuningFile("data", path="rows.jsonl")
ft.FineTuningJob("a", model=MODEL, training_file=data, seed=1)
"""
    )
    yaml_stack.up().ok()
    job_id = yaml_stack.job_id()

    yaml_stack.lose_the_state()
    yaml_stack.declare({"data": a_file(), "a": a_job()})
    yaml_stack.up().ok()
    assert yaml_stack.job_id() == job_id

    yaml_stack.lose_the_state()
    (yaml_stack.folder / "Pulumi.yaml").write_text(f"name: {yaml_stack.project}\nruntime: python\n")
    yaml_stack.up().ok()
    assert yaml_stack.job_id() == job_id
    assert len(server.jobs()) == 1


def test_one_resource_declared_with_both_providers_is_refused(yaml_stack: YamlStack, server: Corner) -> None:
    (yaml_stack.folder / "Pulumi.yaml").write_text(f"name: {yaml_stack.project}\nruntime: python\n")
    yaml_stack.program(
        """
data = ft.FineTuningFile("data", path="rows.jsonl")
ft.FineTuningJob("a", model=MODEL, training_file=data, seed=1)
native = {"model": MODEL, "trainingFile": "file-x", "seed": 1}
pulumi.CustomResource("ftjobs:index:FineTuningJob", "a", native)
"""
    )

    yaml_stack.preview().failed("FineTuningJob 'a' is declared twice: with pulumi_ftjobs and with the plugin")

    assert not server.jobs()
