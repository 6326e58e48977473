"""The whole road of a checkpoint permission, with the real CLI."""

from __future__ import annotations

from tests.engine.cli import Stack
from tests.support.keys import KEY, OTHER_KEY
from tests.support.server import Server

JOB = """
data = ft.FineTuningFile("data", path="rows.jsonl")
job = ft.FineTuningJob("a", model=MODEL, training_file=data)
"""
SHARED = """
names = ft.get_fine_tuning_job_checkpoints_output(job.id).checkpoints
share = ft.CheckpointPermission("share", checkpoint=names[0].fine_tuned_model_checkpoint, project_id=PROJECT)
pulumi.export("since", share.created_at)
"""


def test_a_permission_is_given_kept_moved_and_revoked(stack: Stack, server: Server) -> None:
    stack.config("ftjobs:adminKey", OTHER_KEY, secret=True)
    stack.program(JOB)
    stack.up().ok()
    server.act(stack.job_id(), "succeed")
    stack.program(JOB + SHARED, PROJECT="proj_b")
    stack.up().ok()
    kept = stack.resources("CheckpointPermission")["share"]
    assert kept["id"].startswith("cp_")
    assert stack.refresh().ok().totals.get("updated", 0) <= 1  # the job's end is news
    assert stack.preview().ok().totals == {"unchanged": 4}
    stack.program(JOB + SHARED, PROJECT="proj_c")
    assert "share replace [diff: ~project_id]" in " ".join(stack.preview().ok().text.split())
    stack.up().ok()
    assert stack.resources("CheckpointPermission")["share"]["id"] != kept["id"]
    server.clear_journal()
    stack.destroy().ok()
    assert [call for call in server.calls() if call.startswith("DELETE /fine_tuning/checkpoints/")] != []


def test_an_account_with_an_admin_key_keeps_it_secret(stack: Stack, server: Server) -> None:
    stack.program('ft.Provider("other", api_key=KEY, admin_key=ADMIN)', KEY=KEY, ADMIN=OTHER_KEY)
    stack.up().ok()
    assert stack.files_that_hold(OTHER_KEY) == []


def test_what_is_missing_is_reported_in_the_preview_all_at_once(stack: Stack) -> None:
    stack.program('ft.CheckpointPermission("share", checkpoint="", project_id="")')
    stack.preview().failed("checkpoint: is required, the name of a checkpoint", "project_id: is required")
