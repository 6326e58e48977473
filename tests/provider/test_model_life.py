"""A fine-tuned model in the real provider process: the record of a job that has succeeded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pulumi_ftjobs.lifecycle.messages import not_accepted
from tests.provider.conftest import IMPATIENT, Own
from tests.support.engine import UNKNOWN, Failed, Host, running_host, settings
from tests.support.gateway import gateway, nameless
from tests.support.server import Server, running_server

MODEL = "FineTunedModel"
JOB = "FineTuningJob"


@pytest.fixture
def job_id(host: Host, own: Own) -> str:
    """A job that is not over."""
    return host.create(JOB, own.job())[0]


def declared(own: Own, job_id: str, **more: Any) -> dict[str, Any]:
    return {"job_id": job_id, **more, **own.program(MODEL)}


def test_a_model_is_named_after_the_jobs_result(host: Host, own: Own, server: Server, job_id: str) -> None:
    name = server.act(job_id, "succeed")["fine_tuned_model"]
    checked = host.check(MODEL, declared(own, job_id))
    assert checked.failures == []
    model_id, outs = host.create(MODEL, checked.inputs)
    assert (model_id, outs["name"], outs["status"]) == (name, name, "succeeded")
    assert outs["trained_tokens"] > 0
    assert not host.diff(MODEL, model_id, outs, checked.inputs).changes
    assert host.read(MODEL, model_id, outs)[0] == name


def test_a_job_that_is_not_over_has_no_model(host: Host, own: Own, job_id: str) -> None:
    with pytest.raises(Failed, match="it has no model"):
        host.create(MODEL, declared(own, job_id))


@pytest.mark.parametrize(("times", "known"), [(3, True), (1000, False)])
def test_a_job_that_does_not_name_its_model_yet_is_given_time(
    own: Own, server: Server, job_id: str, times: int, known: bool
) -> None:
    name = server.act(job_id, "succeed")["fine_tuned_model"]
    with (
        gateway(server.url, "/llm", change=nameless(times)) as (url, _),
        running_host(settings(url), preamble=IMPATIENT) as host,
    ):
        if known:
            assert host.create(MODEL, declared(own, job_id))[0] == name
            return
        with pytest.raises(Failed, match="succeeded but the service reports no model name yet"):
            host.create(MODEL, declared(own, job_id))


def test_the_row_of_a_job_knows_that_its_model_was_deleted(
    host: Host, own: Own, server: Server, job_id: str
) -> None:
    server.act(job_id, "succeed")
    kept_id, kept = host.read(JOB, job_id, {**own.job(), "__record": {}})
    name, outs = host.create(MODEL, declared(own, job_id, deletion_policy="delete"))
    with running_host(settings(server)) as before:
        before.delete(JOB, kept_id, kept)
        assert any(f"its model {name} stays at the service" in line for line in before.said(own.urn()))
    with running_host(settings(server)) as later:
        later.delete(MODEL, name, outs)
        later.delete(JOB, kept_id, kept)
        (line,) = later.said(own.urn())
        assert line.endswith(f"nothing to cancel; its model {name} was deleted")


def test_another_job_is_another_model(host: Host, own: Own, server: Server, job_id: str) -> None:
    server.act(job_id, "succeed")
    model_id, outs = host.create(MODEL, declared(own, job_id))
    for other in ("ftjob-other", UNKNOWN):
        diffed = host.diff(MODEL, model_id, outs, declared(own, other))
        assert diffed.replaces == ["job_id"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"job_id": ""}, "job: is required"),
        ({"job_id": "ft:gpt-4.1:acme::abc"}, "job: is the name of a model, not the id of a job"),
        (
            {"deletion_policy": "maybe"},
            'deletion_policy: must be "retain" or "delete" (the default is "retain")',
        ),
        ({"deletion_policy": ["delete"]}, 'deletion_policy: must be "retain" or "delete"'),
    ],
)
def test_a_mistake_is_reported_in_the_preview(host: Host, own: Own, more: dict[str, Any], words: str) -> None:
    checked = host.check(MODEL, {**declared(own, "ftjob-1"), **more})
    assert [words in failure for failure in checked.failures] == [True]


def test_a_job_given_by_its_resources_name_is_reported_in_the_preview(host: Host, own: Own) -> None:
    assert host.check(MODEL, declared(own, "support")).failures == [], "this server's ids may look like that"
    assert any("job: is not the id of a job (such as ftjob-abc123)" in line for line in host.said())


def test_a_model_stays_at_the_service_unless_the_policy_says_delete(
    host: Host, own: Own, server: Server, job_id: str
) -> None:
    server.act(job_id, "succeed")
    name, outs = host.create(MODEL, declared(own, job_id))
    with running_host(settings(server)) as later:
        later.delete(MODEL, name, outs)
        assert own.client.model_exists(name)
        server.fault("status", "DELETE", "/models", status=403)
        with pytest.raises(Failed, match="Owner role"):
            later.delete(MODEL, name, {**outs, "deletion_policy": "delete"})
        later.delete(MODEL, name, {**outs, "deletion_policy": "delete"})
        assert not own.client.model_exists(name)
        later.delete(MODEL, name, {**outs, "deletion_policy": "delete"})
        assert later.read(MODEL, name, outs) == ("", {})


@pytest.mark.parametrize(
    "hold",
    ["stopped waiting for job ftjob-1: the key is refused (HTTP 401)", "job ftjob-1 is not accepted\nyet"],
)
def test_why_there_is_no_model_yet_is_reported_in_the_waits_own_words(
    host: Host, own: Own, hold: str
) -> None:
    held = {"job_id": "ftjob-1", **own.program(MODEL, hold=hold, hold_code="interrupted")}
    assert host.check(MODEL, held).failures == [f"job: {' '.join(hold.split())}"]
    assert host.check(MODEL, held, {"job_id": "ftjob-0"}).failures == [], "the recorded model stays as it was"


REFUSED = not_accepted("ftjob-new", {"train_loss": 0.4})


@pytest.mark.parametrize(
    ("hold_code", "hold", "changes"),
    [
        ("failed", "job ftjob-new has failed", False),
        ("interrupted", "stopped waiting for job ftjob-new", True),
        ("not_accepted", REFUSED, True),
    ],
)
def test_a_preview_keeps_to_what_the_last_update_learned_only_where_it_is_final(
    host: Host, own: Own, hold_code: str, hold: str, changes: bool
) -> None:
    outputs = {"name": "ft:m", "job_id": "ftjob-old", **own.program(MODEL)}
    recorded = {"job_id": "ftjob-new", **own.program(MODEL, hold=hold, hold_code=hold_code)}
    checked = host.check(MODEL, {"job_id": "ftjob-new", **own.program(MODEL)}, recorded)
    assert checked.failures == []
    diffed = host.diff(MODEL, "ft:m", outputs, checked.inputs)
    assert diffed.replaces == (["job_id"] if changes else [])


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_no_trouble_but_a_404_touches_the_state(
    host: Host, own: Own, server: Server, job_id: str, status: int
) -> None:
    server.act(job_id, "succeed")
    name, outs = host.create(MODEL, declared(own, job_id))
    server.fault("status", "GET", "/models", status=status, count=None)
    with pytest.raises(Failed, match=f"HTTP {status}"):
        host.read(MODEL, name, outs)


def test_a_model_that_went_long_after_its_job_is_reported_at_once(
    own: Own, answers: str, tmp_path: Path
) -> None:
    name = "ft:gpt-4.1-mini-2025-04-14:org::old"
    seed = tmp_path / "seed.json"
    ended = {"id": "ftjob-old", "status": "succeeded", "finished_at": 1_700_000_000, "fine_tuned_model": name}
    seed.write_text(json.dumps({"jobs": [ended]}))
    with (
        running_server("--seed", str(seed), answers=answers) as server,
        running_host(settings(server)) as host,
    ):
        server.ask("DELETE", f"/v1/models/{name}", authorization="Bearer another")
        server.clear_journal()
        with pytest.raises(Failed, match=f"the model {name} of this job no longer exists at the service"):
            host.create(MODEL, declared(own, "ftjob-old"))
        assert server.calls().count(f"GET /models/{name}") == 1
