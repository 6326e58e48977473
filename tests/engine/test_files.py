"""Training files: known by their rows, uploaded once, and never seen again in clear."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.engine.cli import Stack
from tests.support.server import Server

ONE = """
data = ft.FineTuningFile("data", path=PATH, **MORE)
job = ft.FineTuningJob("a", model=MODEL, training_file=data, seed=1)
pulumi.export("file", data.id)
"""

INLINE = """
rows = [{"messages": [{"role": "user", "content": f"Shade {n}?"},
                      {"role": "assistant", "content": WORD}]} for n in range(12)]
data = ft.FineTuningFile("data", content=rows)
job = ft.FineTuningJob("a", model=MODEL, training_file=data, seed=1)
"""

LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12345\n"


def one(stack: Stack, path: str = "rows.jsonl", **more: object) -> None:
    stack.program(ONE, PATH=path, MORE=more)


def uploads(server: Server) -> list[dict[str, Any]]:
    """The files of this project at the service that can be trained on."""
    listing = server.ask("GET", "/v1/files?purpose=fine-tune", **as_client(server))
    return list(listing["data"])


def as_client(server: Server) -> dict[str, str]:
    return {"authorization": "Bearer another", "OpenAI-Project": server.project}


def file_id(stack: Stack) -> str:
    return str(stack.resources("FineTuningFile")["data"]["id"])


def delete(server: Server, upload: str) -> None:
    """Someone else deletes an upload."""
    server.ask("DELETE", f"/v1/files/{upload}", **as_client(server))


def test_the_same_rows_in_other_bytes_or_another_place_upload_and_train_nothing(
    stack: Stack, server: Server
) -> None:
    one(stack)
    stack.up().ok()
    rows = (stack.folder / "rows.jsonl").read_bytes()
    for text, path in (
        (rows.replace(b"\n", b"\r\n"), "rows.jsonl"),
        (b"\xef\xbb\xbf" + rows.replace(b"\n", b"\r\n"), "rows.jsonl"),
        (rows.rstrip(b"\n"), "elsewhere.jsonl"),
    ):
        (stack.folder / path).write_bytes(text)
        one(stack, path)
        assert stack.up().ok().totals == {"unchanged": 3}
    assert (len(uploads(server)), len(server.posts())) == (1, 1)


def test_a_file_named_by_its_id_instead_trains_nothing_and_rows_in_another_order_do(
    stack: Stack, server: Server
) -> None:
    one(stack)
    stack.up().ok()
    stack.program(ONE.replace("training_file=data", "training_file=data.id"), PATH="rows.jsonl", MORE={})
    stack.up().ok()
    assert len(server.posts()) == 1
    one(stack)
    path = stack.folder / "rows.jsonl"
    path.write_text("".join(reversed(path.read_text().splitlines(keepends=True))))
    assert "training_file: contents changed (" in stack.preview().ok().text


def test_equal_bytes_are_one_upload_in_a_stack_and_another_in_the_next_stack(
    stack: Stack, new_stack: Callable[..., Stack], server: Server
) -> None:
    twice = 'for name in ("one", "two"):\n    ft.FineTuningFile(name, path="rows.jsonl")\n'
    stack.program(twice)
    stack.up().ok()
    (upload,) = uploads(server)
    assert {r["id"] for r in stack.resources("FineTuningFile").values()} == {upload["id"]}
    other = new_stack(stack="other")
    one(other)
    other.up().ok()
    assert file_id(other) != upload["id"]
    stack.program('ft.FineTuningFile("one", path="rows.jsonl")\n')
    stack.up().ok()
    assert {upload["id"], file_id(other)} == {file["id"] for file in uploads(server)}
    stack.destroy().ok()
    assert [file["id"] for file in uploads(server)] == [file_id(other)]


@pytest.mark.parametrize("gone", ["absent", "lfs pointer"])
def test_data_that_is_not_on_this_machine_stands_as_it_was_recorded(
    stack: Stack, server: Server, gone: str
) -> None:
    one(stack)
    stack.up().ok()
    path = stack.folder / "rows.jsonl"
    reported = "does not exist"
    path.unlink()
    if gone == "lfs pointer":
        path.write_text(LFS.format("0" * 64))
        reported = "is a Git LFS pointer, not the data"
    shown = stack.up().ok()
    assert shown.totals == {"unchanged": 3}
    assert reported in shown.text
    assert "what was recorded at the last upload stands" in shown.text
    assert len(server.posts()) == 1
    stack.lose_the_state()
    shown = stack.preview().failed(f"path: 'rows.jsonl' {reported}")
    assert "Traceback" not in shown.text


def test_a_file_that_vanished_at_the_service_is_uploaded_again_and_nothing_trains(
    stack: Stack, server: Server
) -> None:
    one(stack)
    stack.up().ok()
    job, first = stack.job_id(), file_id(stack)
    delete(server, first)
    stack.refresh().ok()
    assert stack.resources("FineTuningFile") == {}
    shown = stack.preview().ok()
    assert "replace" not in shown.text
    shown = stack.up().ok()
    assert "training_file" not in shown.text or "replac" not in shown.text
    assert stack.job_id() == job
    assert (len(server.posts()), len(server.posts("/files"))) == (1, 2)
    assert file_id(stack) not in {first, ""}
    assert stack.preview().ok().totals == {"unchanged": 3}


def test_a_file_that_changes_after_the_check_is_refused(stack: Stack, server: Server) -> None:
    one(stack)
    server.fault("hold_before", method="GET", path="/files")
    running = stack.start("up", "--yes", "--skip-preview")
    running.until(lambda: "GET /files" in server.calls(), "the look for an earlier upload")
    stack.rows("mauve")
    server.clear_faults()
    running.finish().failed("path: 'rows.jsonl' changed since it was checked: run the command again")
    assert (uploads(server), server.jobs()) == ([], [])
    stack.up().ok()
    assert len(uploads(server)) == 1


def test_a_file_that_the_service_is_not_ready_with_is_waited_for(stack: Stack, server: Server) -> None:
    server.settings(file_processing=60)
    server.clock(per_poll=40)
    one(stack)
    stack.up().ok()
    assert stack.resources("FineTuningFile")["data"]["outputs"]["status"] in {"uploaded", "processed"}
    assert len(server.posts("/files")) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset_before"},
        {"kind": "reset_after"},
        {"kind": "truncate"},
        {"kind": "status", "status": 500, "commit": True},
    ],
    ids=["before", "after", "half an answer", "error after it was stored"],
)
def test_an_interrupted_upload_leaves_one_file(stack: Stack, server: Server, fault: dict[str, Any]) -> None:
    server.fault(path="/files", **fault)
    one(stack)
    stack.up().ok()
    (upload,) = uploads(server)
    assert upload["id"] == file_id(stack) == server.jobs()[0]["training_file"]


@pytest.mark.parametrize("moment", ["hold_before", "hold_after"])
def test_a_provider_killed_in_the_middle_of_an_upload_leaves_one_file(
    stack: Stack, server: Server, moment: str
) -> None:
    server.fault(moment, path="/files")
    one(stack)
    running = stack.start("up", "--yes", "--skip-preview")
    stored = {"hold_before": lambda: "POST /files" in server.calls(), "hold_after": lambda: uploads(server)}
    running.until(stored[moment], "the upload")
    running.kill_provider()
    running.finish().failed()
    server.clear_faults()
    stack.up().ok()
    (upload,) = uploads(server)
    assert upload["id"] == file_id(stack)


def test_rows_given_in_the_program_are_seen_nowhere_but_at_the_service(stack: Stack, server: Server) -> None:
    stack.program(INLINE, WORD="a-marker-word-one")
    stack.preview("--json").ok()
    stack.up("--diff").ok()
    stack.program(INLINE, WORD="a-marker-word-two")
    stack.preview("--diff").ok()
    stack.preview("--json").ok()
    stack.up().ok()
    stack.refresh().ok()
    stack.run("stack", "export").ok()
    stack.run("stack", "history", "--json").ok()
    assert stack.files_that_hold("a-marker-word") == []
    assert len(server.posts()) == 2
    stored = [path for path in stack.folder.parent.rglob("*.jsonl") if b"a-marker-word" in path.read_bytes()]
    assert len(stored) == 2
    assert {path.stat().st_mode & 0o777 for path in stored} == {0o600}


def test_deletion_policy_and_expiry_change_in_place_and_reach_the_next_upload(
    stack: Stack, server: Server
) -> None:
    one(stack, expires_after=10)
    stack.preview().failed("expires_after: must be a whole number of seconds from 3600 to 2592000 (30 days)")
    one(stack)
    stack.up().ok()
    first = file_id(stack)
    one(stack, deletion_policy="retain", expires_after=7200)
    shown = stack.preview().ok()
    assert "FineTuningJob" not in "".join(line for line in shown.text.splitlines() if "update" in line)
    shown = stack.up().ok()
    assert "expires_after: recorded here; it applies to the next upload, this one keeps its own" in shown.text
    assert file_id(stack) == first
    stack.rows("mauve")
    stack.up().ok()
    newer = {file["id"]: file for file in uploads(server)}
    assert set(newer) == {first, file_id(stack)}, "the replaced upload was to be kept"
    assert newer[first].get("expires_at") is None
    assert newer[file_id(stack)]["expires_at"] == newer[file_id(stack)]["created_at"] + 7200
    outputs = stack.resources("FineTuningFile")["data"]["outputs"]
    assert (outputs["expires_after"], outputs["expires_at"]) == (7200, newer[file_id(stack)]["expires_at"])
    stack.destroy().ok()
    assert len(uploads(server)) == 2


def test_what_a_model_was_trained_on_is_kept_unless_the_policy_says_delete(
    stack: Stack, server: Server
) -> None:
    program = """
data = ft.FineTuningFile("data", path="rows.jsonl", deletion_policy=POLICY)
ft.FineTuningJob("a", model=MODEL, training_file=data, seed=1)
"""
    stack.program(program, POLICY=None)
    stack.up().ok()
    file_id = stack.resources("FineTuningFile")["data"]["id"]
    model = server.act(stack.job_id(), "succeed")["fine_tuned_model"]
    assert f"kept file {file_id}: {model} was trained on it" in stack.destroy().ok().text
    stack.program(program, POLICY="delete")
    stack.up().ok()
    assert stack.resources("FineTuningFile")["data"]["id"] == file_id
    assert "kept file" not in stack.destroy().ok().text
