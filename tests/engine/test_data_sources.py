"""Data sources in a program that the real CLI runs."""

from __future__ import annotations

from collections.abc import Callable

from tests.engine.cli import Stack
from tests.support.keys import KEY
from tests.support.server import Server

READ = """
found = ft.get_fine_tuning_jobs(status="validating_files")
pulumi.export("ids", found.ids)
pulumi.export("jobs", found.jobs)
"""

AFTER = """
data = ft.FineTuningFile("data", path="rows.jsonl")
job = ft.FineTuningJob("a", model=MODEL, training_file=data, seed=3)
later = pulumi.InvokeOutputOptions(depends_on=[job])
pulumi.export("seed", ft.get_fine_tuning_job_output(job.id).seed)
pulumi.export("count", ft.get_fine_tuning_jobs_output(opts=later).ids.apply(len))
"""

TWO_ACCOUNTS = """
other = ft.Provider("other", project="proj_other", api_key=KEY)
given = pulumi.InvokeOptions(provider=other)
group = pulumi.ComponentResource("app:index:Group", "group", opts=pulumi.ResourceOptions(providers=[other]))
inherited = pulumi.InvokeOptions(parent=group)
pulumi.export("inherited", len(ft.get_fine_tuning_jobs(opts=inherited).ids))
pulumi.export("here", len(ft.get_fine_tuning_jobs().ids))
pulumi.export("there", len(ft.get_fine_tuning_jobs(opts=given).ids))
pulumi.export("there_too", ft.get_fine_tuning_jobs_output(opts=given).ids.apply(len))
"""

NOT_KNOWN_YET = """
data = ft.FineTuningFile("data", path="rows.jsonl")
other = ft.Provider("other", project=data.id, api_key=KEY)
given = pulumi.InvokeOptions(provider=other)
pulumi.export("there", ft.get_fine_tuning_jobs_output(opts=given).ids.apply(len))
"""


def outputs(stack: Stack) -> dict[str, object]:
    """The outputs of the stack."""
    shown = stack.run("stack", "output", "--json", "--show-secrets", "--stack", stack.name)
    return dict(shown.ok().json)


def test_what_is_read_can_be_exported_whole(stack: Stack, server: Server) -> None:
    stack.program(
        'data = ft.FineTuningFile("data", path="rows.jsonl")\nft.FineTuningJob("a", model=MODEL, training_file=data)'
    )
    stack.up().ok()
    kept = stack.job_id()
    stack.program(
        READ
        + 'data = ft.FineTuningFile("data", path="rows.jsonl")\nft.FineTuningJob("a", model=MODEL, training_file=data)'
    )
    stack.up().ok()
    found = outputs(stack)
    assert found["ids"] == [kept]
    assert [job["status"] for job in found["jobs"]] == ["validating_files"]  # type: ignore[attr-defined]


def test_a_twin_waits_for_what_it_depends_on_and_is_unknown_in_the_first_preview(
    stack: Stack, server: Server
) -> None:
    stack.program(AFTER)
    stack.preview().ok()
    assert not any(call.startswith("GET /fine_tuning/jobs") for call in server.calls())
    stack.up().ok()
    assert outputs(stack) == {"seed": 3, "count": 1}


def test_opts_provider_chooses_the_account_and_no_key_reaches_the_state(stack: Stack, server: Server) -> None:
    stack.program(
        'data = ft.FineTuningFile("data", path="rows.jsonl")\nft.FineTuningJob("a", model=MODEL, training_file=data)'
    )
    stack.up().ok()
    stack.program(TWO_ACCOUNTS, KEY=KEY)
    stack.preview().ok()
    stack.up("--target", "**other", "--target", "**group").ok()
    assert outputs(stack) == {"here": 1, "there": 0, "there_too": 0, "inherited": 0}


def test_settings_of_a_provider_that_are_not_known_yet_ask_nothing(stack: Stack, server: Server) -> None:
    stack.program(NOT_KNOWN_YET, KEY=KEY)
    stack.preview().ok()
    assert server.journal() == []


def test_a_source_that_finds_nothing_fails_the_preview_in_one_sentence(stack: Stack) -> None:
    stack.program('ft.get_model("no-such-model")')
    shown = stack.preview().failed("get_model: reading model no-such-model (HTTP 404")
    assert "Traceback" not in shown.text


OWNED = """
data = ft.FineTuningFile("data", path="rows.jsonl")
job = ft.FineTuningJob("a", model=MODEL, training_file=data)
model = ft.FineTunedModel("a", job=job)
"""
GOT = """
file = ft.FineTuningFile.get("file", FILE)
model = ft.FineTunedModel.get("model", NAME)
ft.FineTuningJob("again", model=MODEL, training_file=file, seed=7)
pulumi.export("file", file.filename)
pulumi.export("model", model.name)
pulumi.export("expires", file.expires_at)
"""


def test_files_and_models_that_exist_are_read_and_never_touched(
    new_stack: Callable[..., Stack], server: Server
) -> None:
    server.clock(per_poll=3600)
    owner = new_stack()
    owner.program(OWNED)
    owner.up().ok()
    file, name = (
        owner.resources(kind)[n]["id"] for kind, n in (("FineTuningFile", "data"), ("FineTunedModel", "a"))
    )
    reader = new_stack(stack="reader")
    reader.program(GOT, FILE=file, NAME=name)
    reader.preview().ok()
    reader.up().ok()
    assert reader.run("stack", "output", "--json").json["model"] == name
    assert {"unchanged"} == set(reader.up().ok().totals) - {"same"}
    reader.destroy().ok()
    assert owner.refresh().ok().totals == {"unchanged": 4}
    reader.program('ft.FineTunedModel.get("model", "ft:gone")\n')
    assert "Traceback" not in reader.up().failed("ft:gone").text
