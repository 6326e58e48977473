"""What this machine cannot train is refused when the job is created: one sentence, which property, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import ROWS, TrainingServer

JUDGED = {"type": "score_model", "name": "s", "model": "m", "input": [{"role": "user", "content": "x"}]}
CODE = {"type": "python", "name": "p", "source": "def grade(sample, item): return 1"}
BOTH = {"type": "multi", "graders": {"p": CODE}, "calculate_output": "p"}
GRADER = "method.reinforcement.grader"


def graded(grader: dict[str, Any]) -> dict[str, Any]:
    """The members of a request with this grader."""
    return {"method": {"type": "reinforcement", "reinforcement": {"grader": grader}}}


def numbers(**given: Any) -> dict[str, Any]:
    """The members of a request with these hyperparameters."""
    return {"method": {"type": "supervised", "supervised": {"hyperparameters": given}}}


@pytest.fixture(scope="module")
def requests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrainingServer]:
    """One server for all requests: none of them becomes a job."""
    server = TrainingServer(tmp_path_factory.mktemp("server"))
    yield server
    server.end()


@pytest.mark.parametrize(
    ("members", "code", "param", "words"),
    [
        ({"model": "llama"}, "model_not_available", "model", "Available: tiny"),
        (graded(CODE), "grader_not_allowed", GRADER, "--allow-python-graders"),
        (graded(BOTH), "grader_not_allowed", f"{GRADER}.graders.p", "--allow-python-graders"),
        (graded(JUDGED), "grader_not_allowed", GRADER, "--judge-url"),
        (numbers(tuning="half"), None, "method.supervised.hyperparameters.tuning", "['lora', 'full']"),
        (numbers(lora_rank=0), None, "method.supervised.hyperparameters.lora_rank", "1 to 256"),
        ({"integrations": [{"type": "wandb", "wandb": {"project": "p"}}]}, None, "integrations", "leave"),
    ],
)
def test_what_cannot_be_trained_here_is_refused(
    requests: TrainingServer, members: dict[str, Any], code: str | None, param: str, words: str
) -> None:
    file = requests.client.post("files", data={"purpose": "fine-tune"}, files={"file": ("rows.jsonl", ROWS)})
    body = {"model": "tiny", "training_file": file.json()["id"], **members}
    answer = requests.client.post("fine_tuning/jobs", json=body)

    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["code"] or None, error["param"]) == (code, param)
    assert words in error["message"]
    assert "\n" not in error["message"]
