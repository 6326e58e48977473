"""Many odd requests to every route: none may be answered with a 5xx, and every answer is JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .application import MODEL, Api, Wall, chat
from .test_hostile import strict

CHECK = {"type": "string_check", "name": "n", "operation": "eq", "input": "{{item.a}}", "reference": "b"}
ALIKE = {**CHECK, "type": "text_similarity", "evaluation_metric": "rouge_l"}
MODEL_GRADER = {
    "type": "score_model",
    "name": "s",
    "model": "gpt-4o",
    "input": [{"role": "user", "content": "x"}],
}
MULTI = {"type": "multi", "name": "m", "graders": {"a": CHECK, "b": ALIKE}, "calculate_output": "a + 2 * b"}
METHOD = {
    "type": "reinforcement",
    "supervised": {"hyperparameters": {"n_epochs": 2, "batch_size": "auto", "learning_rate_multiplier": 0.5}},
    "dpo": {"hyperparameters": {"beta": 0.1}},
    "reinforcement": {"grader": CHECK, "hyperparameters": {"eval_samples": 3, "reasoning_effort": "low"}},
}
CREATE = {
    "model": MODEL, "training_file": "FILE", "validation_file": "FILE", "suffix": "s", "seed": 1,
    "metadata": {"a": "b"}, "integrations": [{"type": "wandb", "wandb": {"project": "p", "tags": ["t"]}}],
    "hyperparameters": {"n_epochs": 2},
}  # fmt: skip
GRADERS = "/v1/fine_tuning/alpha/graders"
BODIES: list[tuple[str, Any]] = [
    ("/v1/fine_tuning/jobs", CREATE),
    ("/v1/fine_tuning/jobs", {**CREATE, "hyperparameters": None, "method": METHOD}),
    ("/v1/fine_tuning/jobs", {**CREATE, "hyperparameters": None, "method": {**METHOD, "type": "dpo"}}),
    ("/openai/v1/fine_tuning/jobs", {**CREATE, "trainingType": "globalstandard"}),
    (f"{GRADERS}/validate", {"grader": MULTI}),
    (f"{GRADERS}/run", {"grader": MULTI, "model_sample": "b", "item": {"a": "b"}}),
    (f"{GRADERS}/run", {"grader": ALIKE, "model_sample": "b", "item": {"a": "b"}}),
    (f"{GRADERS}/run", {"grader": MODEL_GRADER, "model_sample": "b", "item": {"a": "b"}}),
    ("/v1/fine_tuning/checkpoints/CHECKPOINT/permissions", {"project_ids": ["proj_a", "proj_b"]}),
    ("/v1/fine_tuning/jobs/JOB/cancel", {}),
    ("/v1/fine_tuning/jobs/JOB/pause", {}),
    ("/v1/fine_tuning/jobs/JOB/resume", {}),
]
OPERATORS: list[tuple[str, Any]] = [
    ("/_ftjobs/faults", {"kind": "status", "path": "/nothing", "status": 503, "retry_after": 3, "count": 2,
                         "headers": {"x": "y"}, "code": "c", "seed": 4, "probability": 0.5, "commit": True}),
    ("/_ftjobs/scenario", {"jobs": [{"match": {"model": "*", "metadata": {"a": "b"}}, "count": 2, "training": 3,
                                     "fail": {"code": "c", "message": "m", "at_step": 2}},
                                    {"stay": "queued", "pause_at_step": 3, "resume_after": 4}]}),
    ("/_ftjobs/jobs/JOB", {"action": "fail", "code": "c", "message": "m", "param": "p", "at_step": 3}),
    ("/_ftjobs/clock", {"mode": "stepped", "speed": 2, "advance": 1, "per_poll": 1}),
    ("/_ftjobs/settings", {"answers": "wild", "cancel_delay": 3, "min_rows": 10, "lenient": False}),
]  # fmt: skip
RAW = [
    b"", b"{", b"null", b"[]", b"NaN", b'"x"', b"\xff", b"\xef\xbb\xbf{}", b"[" * 60_000, b'{"a":' * 60_000, b"{}" * 9,
    b'{"\\ud800": 1}', b'{"model": 1e999}', b'{"model": "\\u0000", "training_file": "\\u0000"}', b"1" * 5000,
    '{"model": "x"}'.encode("utf-16"), b'{"grader": {"type": []}}',
    b'{"grader": {"type": {}}, "model_sample": "\\udfff"}',
]  # fmt: skip
QUERIES = [
    "limit=" + "9" * 5000, "limit=%00", "limit=-0", "after=%00", "after=%ff", "after=" + "x" * 5000, "order=%ff",
    "metadata[%ED%A0%80]=%ED%A0%80", "metadata[=]=&metadata[", "metadata=null&metadata[a]=b", "project_id=%00",
    "purpose=%00&after=file-x", "&&&", "=", "%", "api-version=",
]  # fmt: skip
LISTS = [
    "/v1/fine_tuning/jobs", "/v1/fine_tuning/jobs/JOB/events", "/v1/fine_tuning/jobs/JOB/checkpoints", "/v1/files",
    "/v1/fine_tuning/checkpoints/CHECKPOINT/permissions", "/v1/models", "/_ftjobs/jobs",
    "/_ftjobs/journal", "/_ftjobs/overview", "/_ftjobs/jobs/JOB/story", "/",
]  # fmt: skip
PLACES = [
    "/v1/fine_tuning/jobs/%00", "/v1/fine_tuning/jobs/%ff/events", "/v1/files/..%2f..%2fstore.sqlite/content",
    "/v1/files/%00/content", "/v1/models/%ed%a0%80", "/v1/models/..%2f..", "//v1//models", "/v1",
    "/openai", "/openai/v1",
    "/v1/fine_tuning/checkpoints/%2F/permissions", "/v1/fine_tuning/checkpoints//permissions/", "/_ftjobs/jobs/%00",
    "/_ftjobs/", "/_ftjobsx", "/v1/files/x%0d%0aSet-Cookie:a", "/" + "x" * 5000,
]  # fmt: skip

JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.sampled_from(
        [1e308, -1e308, 5e-324, 0.0, -1, 10**30, 10**400, float("inf"), float("nan"), "auto", "", "a"]
    )
    | st.floats()
    | st.text(max_size=20)
    | st.characters(categories=["Cs"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


class Services:
    """A server on which a job has succeeded and another runs; asks with the ids put in."""

    def __init__(self, path: Path) -> None:
        self.api = Api(path / "store.sqlite", Wall())
        done = self.api.until(self.api.create(), "succeeded")
        job = self.api.until(self.api.create(), "running")
        self.names = {"FILE": done["training_file"], "JOB": job["id"], "CHECKPOINT": done["fine_tuned_model"]}

    def fill(self, text: str) -> str:
        for name, value in self.names.items():
            text = text.replace(name, value)
        return text

    def ask(self, method: str, path: str, **sent: Any) -> None:
        """Ask, and check what came back."""
        answer = self.api.ask(method, self.fill(path), **sent)
        assert answer.status_code < 500, answer.text
        found = strict(answer.content)
        if answer.status_code >= 400:
            assert found["error"]["message"]


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    found = Services(tmp_path)
    yield found
    found.api.close()


@pytest.mark.parametrize("path", sorted({path for path, _ in BODIES + OPERATORS}))
def test_no_raw_body_makes_a_route_stumble(services: Services, path: str) -> None:
    for body in RAW:
        services.ask("POST", path, content=body, headers={"content-type": "application/json"})
    for path_then in ("/v1/fine_tuning/jobs", "/_ftjobs/journal"):
        services.ask("GET", path_then)


@pytest.mark.parametrize("path", LISTS)
def test_no_query_makes_a_route_stumble(services: Services, path: str) -> None:
    for query in QUERIES:
        services.ask("GET", f"{path}?{query}")


@pytest.mark.parametrize("path", PLACES)
def test_no_path_makes_the_server_stumble(services: Services, path: str) -> None:
    for method in ("GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS", "TRACE", "FOO"):
        services.ask(method, path)


def test_no_upload_makes_the_server_stumble(services: Services) -> None:
    rows = [b"{}", b'{"a": NaN}', b"\xff", b"[]", b'{"messages": {"role": {}}}', b'{"messages": [[]]}',
            b'{"messages": [{"role": {}, "weight": []}]}', b'{"input": {"messages": 5}, "preferred_output": [5]}',
            b'{"messages": [{"role": "\\ud800", "content": "\\ud800"}]}', b'{"a": ' + b"1" * 5000 + b"}"]  # fmt: skip
    for row in [*rows, chat(12).encode()]:
        for name in ("a.jsonl", "../../a.jsonl", "\u00fc\U0001f600.jsonl", 'a"b.jsonl', ""):
            services.ask(
                "POST", "/v1/files", files={"file": (name, row + b"\n")}, data={"purpose": "fine-tune"}
            )
    services.ask("GET", "/v1/files")
    for file in services.api.get("/v1/files")["data"]:
        body = json.dumps({"model": MODEL, "training_file": file["id"]})
        services.ask("POST", "/v1/fine_tuning/jobs", content=body)
    services.api.wall.at += 9999
    services.ask("GET", "/v1/fine_tuning/jobs")


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value, the whole first."""
    yield at
    for name in (
        list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    ):
        yield from places(value[name], (*at, name))


def put(value: Any, at: tuple[Any, ...], other: Any) -> Any:
    """The value with another one at this place."""
    if not at:
        return other
    changed = deepcopy(value)
    inner = changed
    for name in at[:-1]:
        inner = inner[name]
    inner[at[-1]] = other
    return changed


CASES = [(path, body, at) for path, body in BODIES + OPERATORS for at in places(body)]


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def odd_bodies(services: Services, data: st.DataObject) -> None:
    path, body, at = data.draw(st.sampled_from(CASES))
    text = services.fill(json.dumps(put(body, at, data.draw(JUNK))))
    services.ask("POST", path, content=text)
    services.ask("DELETE", "/_ftjobs/faults")  # one that was understood does what it is for
    services.ask("POST", "/v1/fine_tuning/jobs", content=services.fill(json.dumps(CREATE)))
    services.api.wall.at += 200
    for shown in ("/v1/fine_tuning/jobs?limit=3", "/v1/fine_tuning/jobs/JOB/events"):
        services.ask("GET", shown)


@pytest.mark.slow
def test_no_value_anywhere_in_a_body_hurts_anybody(services: Services) -> None:
    odd_bodies(services)
    services.ask("GET", "/_ftjobs/journal")
