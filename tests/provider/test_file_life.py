"""A training file in the real provider process: read, uploaded once, found again, kept while in use."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.provider.conftest import Own
from tests.support.engine import UNKNOWN, Failed, Host, running_host, settings
from tests.support.rows import rows
from tests.support.server import Server

FILE = "FineTuningFile"


def declared(own: Own, path: Path, **more: Any) -> dict[str, Any]:
    return {"path": str(path), **more, **own.program(FILE)}


def uploads(server: Server) -> list[dict[str, Any]]:
    return server.posts("/files")


def test_a_file_from_declaration_to_deletion(host: Host, own: Own, server: Server, jsonl: Path) -> None:
    checked = host.check(FILE, declared(own, jsonl))
    assert checked.failures == []
    assert (checked.inputs["rows"], checked.inputs["format"]) == (12, "chat")
    file_id, outs = host.create(FILE, checked.inputs)
    assert outs["filename"].startswith("rows.ftjobs-v1-")
    assert not host.diff(FILE, file_id, outs, checked.inputs).changes
    assert host.read(FILE, file_id, outs)[0] == file_id
    with running_host(settings(server)) as later:
        later.delete(FILE, file_id, outs)
        assert later.read(FILE, file_id, outs) == ("", {})


def test_equal_bytes_are_uploaded_once_per_stack(host: Host, own: Own, server: Server, jsonl: Path) -> None:
    copy = jsonl.with_name("copy.jsonl")
    copy.write_bytes(jsonl.read_bytes())
    inputs = [host.check(FILE, declared(own, path)).inputs for path in (jsonl, copy)]
    with ThreadPoolExecutor(2) as pool:
        ids = {file_id for file_id, _outs in pool.map(lambda item: host.create(FILE, item), inputs)}
    assert len(ids) == 1
    assert len(uploads(server)) == 1


def test_another_stacks_upload_is_not_used(host: Host, own: Own, server: Server, jsonl: Path) -> None:
    inputs = host.check(FILE, declared(own, jsonl)).inputs
    theirs = {**inputs, "__program": {**inputs["__program"], "stack": own.stack + "-other"}}
    assert host.create(FILE, inputs)[0] != host.create(FILE, theirs)[0]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset_after"},
        {"kind": "unreadable"},
        {"kind": "truncate"},
        {"kind": "reset_before"},
        {"kind": "status", "status": 429, "commit": True},
        {"kind": "status", "status": 503, "commit": True},
    ],
    ids=str,
)
def test_an_upload_whose_answer_is_lost_is_found_or_made_once(
    host: Host, own: Own, server: Server, jsonl: Path, fault: dict[str, Any]
) -> None:
    inputs = host.check(FILE, declared(own, jsonl)).inputs
    server.fault(**fault, method="POST", path="/files")
    file_id, outs = host.create(FILE, inputs)
    made = [file.id for file in own.client.files() if file.filename == outs["filename"]]
    assert made == [file_id]
    assert len(uploads(server)) == (2 if fault["kind"] == "reset_before" else 1)


def test_a_later_process_finds_an_interrupted_upload(
    host: Host, own: Own, server: Server, jsonl: Path
) -> None:
    inputs = host.check(FILE, declared(own, jsonl)).inputs
    file_id, _outs = host.create(FILE, inputs)
    with running_host(settings(server)) as later:
        assert later.create(FILE, inputs)[0] == file_id
        assert any("re-used file" in line for line in later.said(own.urn(FILE)))
    assert len(uploads(server)) == 1


def test_a_file_that_changed_since_the_preview_is_not_uploaded(
    host: Host, own: Own, server: Server, jsonl: Path
) -> None:
    inputs = host.check(FILE, declared(own, jsonl)).inputs
    jsonl.write_bytes(rows(13, own.name))
    with pytest.raises(Failed, match="changed while the command ran"):
        host.create(FILE, inputs)
    assert uploads(server) == []


def test_other_line_ends_are_the_same_rows(host: Host, own: Own, jsonl: Path) -> None:
    inputs = host.check(FILE, declared(own, jsonl)).inputs
    file_id, outs = host.create(FILE, inputs)
    jsonl.write_bytes(b"\xef\xbb\xbf" + jsonl.read_bytes().replace(b"\n", b"\r\n"))
    again = host.check(FILE, declared(own, jsonl), inputs)
    assert host.diff(FILE, file_id, outs, again.inputs).replaces == []


def test_the_tokens_of_an_unchanged_file_are_not_counted_again(host: Host, own: Own, jsonl: Path) -> None:
    inputs = host.check(FILE, declared(own, jsonl)).inputs
    counted = {**inputs, "tokens": 123_456, "tokens_exact": True}
    assert host.check(FILE, declared(own, jsonl), counted).inputs["tokens"] == 123_456
    jsonl.write_bytes(jsonl.read_bytes().replace(b"\n", b"\r\n"))
    again = host.check(FILE, declared(own, jsonl), counted).inputs
    assert (again["rows_digest"], again["tokens"]) == (inputs["rows_digest"], inputs["tokens"])


def test_an_estimate_of_tokens_may_become_a_count(host: Host, own: Own, jsonl: Path) -> None:
    inputs = host.check(FILE, declared(own, jsonl)).inputs
    estimated = {**inputs, "tokens": 123_456, "tokens_exact": False}
    assert host.check(FILE, declared(own, jsonl), estimated).inputs["tokens"] == inputs["tokens"]


def test_other_rows_replace_the_file(host: Host, own: Own, jsonl: Path) -> None:
    inputs = host.check(FILE, declared(own, jsonl)).inputs
    file_id, outs = host.create(FILE, inputs)
    jsonl.write_bytes(rows(13, own.name))
    again = host.check(FILE, declared(own, jsonl), inputs)
    diffed = host.diff(FILE, file_id, outs, again.inputs)
    assert (diffed.changes, diffed.replaces) == (True, ["rows_digest"])


def test_a_path_that_is_not_known_yet_makes_its_figures_unknown(host: Host, own: Own) -> None:
    checked = host.check(FILE, {"path": UNKNOWN, **own.program(FILE)})
    assert checked.failures == []
    assert checked.inputs["rows_digest"] == UNKNOWN


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "path: "), (b"", "path: "), (b"not json\n", "line 1"), (rows(3), "")],
)
def test_a_bad_file_fails_the_preview(
    host: Host, own: Own, tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "data.jsonl"
    if content is not None:
        path.write_bytes(content)
    failures = host.check(FILE, declared(own, path)).failures
    assert all("\n" not in failure for failure in failures)
    if words:
        assert any(words in failure for failure in failures)


def test_a_missing_file_that_is_in_the_state_is_no_error(host: Host, own: Own, jsonl: Path) -> None:
    inputs = host.check(FILE, declared(own, jsonl)).inputs
    file_id, outs = host.create(FILE, inputs)
    jsonl.unlink()
    again = host.check(FILE, declared(own, jsonl), inputs)
    assert again.failures == []
    assert not host.diff(FILE, file_id, outs, again.inputs).changes


@pytest.mark.parametrize("policy", ["maybe", ["delete"], 3])
def test_a_policy_that_is_none_is_reported_in_the_preview(
    host: Host, own: Own, jsonl: Path, policy: object
) -> None:
    (failure,) = host.check(FILE, declared(own, jsonl, deletion_policy=policy)).failures
    assert failure == 'deletion_policy: must be "retain" or "delete" (the default is "delete")'


@pytest.mark.parametrize("seconds", [0, 3599, 2_592_001, "3600", True, 3600.5])
def test_a_lifetime_out_of_range_is_reported_in_the_preview(
    host: Host, own: Own, jsonl: Path, seconds: object
) -> None:
    (failure,) = host.check(FILE, declared(own, jsonl, expires_after=seconds)).failures
    assert failure.startswith("expires_after: must be a whole number of seconds from 3600 to 2592000")


def test_a_lifetime_is_sent_with_the_upload_and_is_no_drift(host: Host, own: Own, jsonl: Path) -> None:
    inputs = host.check(FILE, declared(own, jsonl, expires_after=3600)).inputs
    file_id, outs = host.create(FILE, inputs)
    file = own.client.file(file_id).facts()
    assert file["expires_at"] - file["created_at"] == 3600
    assert not host.diff(FILE, file_id, outs, inputs).changes
    assert not host.diff(FILE, file_id, host.read(FILE, file_id, outs)[1], inputs).changes


def test_retain_keeps_the_upload(host: Host, own: Own, server: Server, jsonl: Path) -> None:
    inputs = host.check(FILE, declared(own, jsonl, deletion_policy="retain")).inputs
    file_id, outs = host.create(FILE, inputs)
    with running_host(settings(server)) as later:
        later.delete(FILE, file_id, outs)
    assert own.client.file(file_id).id == file_id


@pytest.mark.parametrize("status", [401, 403, 409, 429, 500])
def test_no_trouble_but_a_404_touches_the_state(
    host: Host, own: Own, server: Server, jsonl: Path, status: int
) -> None:
    file_id, outs = host.create(FILE, host.check(FILE, declared(own, jsonl)).inputs)
    server.fault("status", "GET", "/files", status=status, count=None)
    with pytest.raises(Failed, match=f"HTTP {status}"):
        host.read(FILE, file_id, outs)


def test_no_row_of_the_data_is_in_what_the_state_keeps(host: Host, own: Own, jsonl: Path) -> None:
    _id, outs = host.create(FILE, host.check(FILE, declared(own, jsonl)).inputs)
    assert "What is" not in str(outs)
