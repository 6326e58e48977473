"""Every method trains for real; two runs with one seed are equal, and so is a run that was interrupted."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Json, Runs, chat, digests, preference, reports, task

pytestmark = pytest.mark.timeout(1200)  # a process takes seconds to import torch, many on a busy machine

GRADER = {
    "type": "text_similarity", "name": "near", "input": "{{ sample.output_text }}", "reference": "{{ item.want }}",
    "evaluation_metric": "fuzzy_match",
}  # fmt: skip
METHODS: dict[str, Json] = {
    "lora": {"method": "supervised", "row": chat, "rows": 40},
    "full": {"method": "supervised", "row": chat, "rows": 40,
             "hyperparameters": {"tuning": "full", "learning_rate_multiplier": 100.0}},
    "dpo": {"method": "dpo", "row": preference, "rows": 20},
    "reinforcement": {"method": "reinforcement", "row": task, "rows": 20, "grader": GRADER, "max_answer_tokens": 16,
                      "hyperparameters": {"n_epochs": 1}},
}  # fmt: skip


def prepared(runs: Runs, name: str) -> Path:
    request = dict(METHODS[name])
    row, count = request.pop("row"), request.pop("rows")
    rows, valid = [row(n) for n in range(count)], [row(n) for n in range(count, count + 8)]
    return runs.prepare(name, request.pop("method"), rows, valid, **request)


@pytest.mark.parametrize("name", METHODS)
def test_a_run_is_repeatable_and_survives_interruptions_unchanged(runs: Runs, name: str) -> None:
    whole = prepared(runs, name)
    assert runs.run(whole) == 0, (whole / "out.txt").read_text()
    steps = len(reports(whole))
    assert [metrics["step"] for metrics in reports(whole)] == list(range(1, steps + 1))

    killed, stopped = runs.again(whole, "killed"), runs.again(whole, "stopped")
    assert runs.run(killed, signal.SIGKILL, after=steps // 2) == -9
    assert runs.run(stopped, signal.SIGTERM, after=steps // 2) == 143
    for folder in (killed, stopped):
        assert runs.run(folder) == 0
        assert reports(folder) == reports(whole)
        assert digests(folder) == digests(whole)


@pytest.mark.parametrize("name", ["lora", "full", "dpo"])
def test_the_held_out_loss_falls(runs: Runs, name: str) -> None:
    folder = prepared(runs, name)
    runs.run(folder)
    losses = [metrics["valid_loss"] for metrics in reports(folder) if "valid_loss" in metrics]

    assert len(losses) == 3
    assert losses[0] > losses[1] > losses[2]
    card = json.loads((folder / "model" / "training.json").read_text())
    assert card["final_metrics"]["full_valid_loss"] == losses[2]
    assert json.loads((folder / "end.json").read_text())["trained_tokens"] == card["trained_tokens"] > 0


def test_a_judge_that_rewards_a_letter_is_obeyed(runs: Runs) -> None:
    source = "def grade(sample, item):\n    text = sample['output_text']\n"
    source += "    return text.count('e') / max(1, len(text))\n"
    grader = {"type": "python", "name": "letters", "source": source}
    rows = [task(n) for n in range(24)]
    folder = runs.prepare("rewarded", "reinforcement", rows, rows[:2], grader=grader, python_graders=True,
                          max_answer_tokens=12, hyperparameters={"tuning": "full", "n_epochs": 1, "eval_interval": 99,
                          "learning_rate_multiplier": 2000.0, "compute_multiplier": 4.0})  # fmt: skip
    assert runs.run(folder) == 0
    rewards = [metrics["train_mean_reward"] for metrics in reports(folder)]

    assert sum(rewards[-2:]) > 2 * sum(rewards[:2])


def test_the_adapter_is_loaded_merged_and_answers(
    runs: Runs, in_environment: Callable[..., Any], tmp_path: Path
) -> None:
    folder = prepared(runs, "lora")
    runs.run(folder)
    found = in_environment("merge_and_compare", folder / "model", tmp_path / "merged")

    assert found["merged_equals_adapter"]
    assert found["differs_from_base"]


@pytest.mark.parametrize(
    ("rows", "request_", "code"),
    [
        ([{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "weight": 0}]}] * 10,
         {}, "invalid_training_file"),
        ([chat(n) for n in range(10)], {"max_length": 16, "overlong_rows": "refuse"}, "context_length_exceeded"),
        ([chat(n) for n in range(10)], {"base_folder": "/nonexistent/model"}, "invalid_base_model"),
    ],
)  # fmt: skip
def test_what_cannot_be_trained_is_an_error_of_the_job(
    runs: Runs, rows: list[Json], request_: Json, code: str
) -> None:
    folder = runs.prepare("refused", "supervised", rows, [], **request_)
    assert runs.run(folder) == 0

    end = json.loads((folder / "end.json").read_text())
    assert end["error"]["code"] == code
    assert not (folder / "model").exists()
