"""A service whose answers hold what the engine, the state or JSON cannot: one job, and every command works."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.engine.cli import Stack
from tests.engine.yaml_stack import YamlStack
from tests.support.keys import KEY
from tests.support.raw import raw_server, response
from tests.support.second_server import SecondServer, second_server

SIGNATURE = "4dabf18193072939515e22adb298388d"
ASSET, SECRET = "c44067f5952c0a294b673a41bacd8c17", "1b47061264138c4ac30d75fd1eb44270"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
POISON = {
    "of_the_engine": [{SIGNATURE: ASSET, "text": "x"}, {SIGNATURE: SECRET, "value": 1}, UNKNOWN],
    "organization_id": UNKNOWN,
    "hyperparameters": {SIGNATURE: ASSET, "path": "/etc/passwd", "n_epochs": float("nan")},
    "estimated_finish": float("inf"),
    "trained_tokens": 10**40,
    "result_files": ["\ud800", {SIGNATURE: SECRET, "value": "x"}],
    "created_at": 1_800_000_000_000,
    "error": {SIGNATURE: ASSET, "text": "x"},
}
JOB = 'job = ft.FineTuningJob("a", model="llama-3-8b", training_file="file-0001", seed=1)\n'
MODEL = 'ft.FineTunedModel("m", job=job)\n'


def declare_in_python(stack: Stack, *, model: bool) -> None:
    stack.program(JOB + MODEL * model)


def declare_in_yaml(stack: Stack, *, model: bool) -> None:
    assert isinstance(stack, YamlStack)
    properties = {"model": "llama-3-8b", "trainingFile": "file-0001", "seed": 1}
    job = {"type": "ftjobs:FineTuningJob", "properties": properties}
    tuned = {"type": "ftjobs:FineTunedModel", "properties": {"jobId": "${a.id}"}}
    stack.declare({"a": job, **({"m": tuned} if model else {})})


def run_every_command(stack: Stack, service: SecondServer, declare: Callable[..., None]) -> None:
    """A life from the first update to the end, behind a proxy that must see nothing of it."""
    service.bugs.also = POISON
    with raw_server(response("502 Bad Gateway", b"no")) as proxy:
        url = proxy.url.removesuffix("/v1")
        stack.environment |= {"OPENAI_BASE_URL": service.url, "HTTP_PROXY": url, "ALL_PROXY": url}
        declare(stack, model=False)
        stack.up().ok()
        assert stack.up().ok().totals == {"unchanged": 2}
        stack.refresh().ok()
        service.finish(stack.job_id())
        declare(stack, model=True)
        stack.up().ok()
        stack.refresh().ok()
        assert stack.preview("--expect-no-changes").ok()
        stack.destroy().ok()
        assert not [asked for asked in proxy.requests if KEY.encode() in asked or b"/v1/" in asked]
    assert list(service.jobs) == ["job-0001"]


@pytest.mark.parametrize(
    ("shell", "declare"),
    [("stack", declare_in_python), ("yaml_stack", declare_in_yaml)],
    ids=["python", "yaml"],
)
def test_poisoned_answers_harm_no_command_and_a_loopback_key_reaches_no_proxy(
    request: pytest.FixtureRequest, shell: str, declare: Callable[..., None]
) -> None:
    with second_server() as service:
        run_every_command(request.getfixturevalue(shell), service, declare)
