"""Reinforcement fine-tuning: answers are sampled, graded, and the better ones made more likely (GRPO)."""

from __future__ import annotations

import json
from typing import Any

from datasets import Dataset
from trl import GRPOConfig, GRPOTrainer

from .chat_rows import ChatRenderer, tools_of
from .grader_reward import Grader
from .job_folder import Json
from .run_control import TrainingError
from .training_setup import Setup

_COMPLETIONS = 4
"""Answers sampled per prompt at `compute_multiplier` 1."""


def make_trainer(setup: Setup) -> Any:
    """The trainer, with one reward function made from the job's grader."""
    request, hyper = setup.request, setup.request["hyperparameters"]
    grader = Grader(
        request["grader"], python=request.get("python_graders", False), judge=request.get("judge_url")
    )

    def reward(completions: list[str], item: list[str], **_: Any) -> list[float]:
        graded = zip(completions, item, strict=True)
        return [grader.reward(answer, json.loads(row)) for answer, row in graded]

    samples = max(2, round(_COMPLETIONS * hyper["compute_multiplier"]))
    answer_length = min(request.get("max_answer_tokens") or 256, setup.max_length // 2)
    arguments = setup.arguments | {
        "per_device_train_batch_size": samples,
        "gradient_accumulation_steps": hyper["batch_size"],
        "per_device_eval_batch_size": hyper["eval_samples"],
    }
    return GRPOTrainer(
        model=setup.model,
        reward_funcs=reward,
        args=GRPOConfig(
            **arguments,
            num_generations=samples,
            num_generations_eval=hyper["eval_samples"],
            max_completion_length=answer_length,
            log_completions=False,
        ),
        train_dataset=Dataset.from_list(_prompts(setup, setup.rows, "training_file", answer_length)),
        eval_dataset=Dataset.from_list(_prompts(setup, setup.validation, "validation_file", answer_length))
        if setup.validation
        else None,
        processing_class=setup.tokenizer,
        peft_config=setup.adapter,
    )


def _prompts(setup: Setup, rows: list[Json], param: str, answer_length: int) -> list[dict[str, str]]:
    renderer, prompts = ChatRenderer(setup.tokenizer), []
    for line, row in enumerate(rows, 1):
        prompt = renderer.render(row["messages"], tools_of(row), prompt=True)
        length = len(setup.tokenizer(prompt, add_special_tokens=False)["input_ids"])
        if length + answer_length > setup.max_length:
            text = (
                f"line {line}: the prompt has {length} tokens, so there is no room for {answer_length} more."
            )
            raise TrainingError("context_length_exceeded", text, param)
        setup.tokens += length if param == "training_file" else 0
        prompts.append({"prompt": setup.without_start(prompt), "item": json.dumps(row)})
    return prompts
