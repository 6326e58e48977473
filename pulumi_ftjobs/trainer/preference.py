"""Direct preference optimization: a prompt, a preferred and a non-preferred answer."""

from __future__ import annotations

from typing import Any

from datasets import Dataset
from trl import DPOConfig, DPOTrainer

from .chat_rows import ChatRenderer, tools_of
from .job_folder import Json
from .run_control import TrainingError
from .training_setup import Setup


def make_trainer(setup: Setup) -> Any:
    """The trainer, on rows that are already text in the base model's chat template."""
    rows = [_pair(setup, row, line, "training_file") for line, row in enumerate(setup.rows, 1)]
    validation = [_pair(setup, row, line, "validation_file") for line, row in enumerate(setup.validation, 1)]
    return DPOTrainer(
        model=setup.model,
        args=DPOConfig(
            **setup.arguments, beta=setup.request["hyperparameters"]["beta"], max_length=setup.max_length
        ),
        train_dataset=Dataset.from_list(rows),
        eval_dataset=Dataset.from_list(validation) if validation else None,
        processing_class=setup.tokenizer,
        peft_config=setup.adapter,
    )


def _pair(setup: Setup, row: Json, line: int, param: str) -> dict[str, str]:
    renderer = ChatRenderer(setup.tokenizer)
    messages, tools = row["input"]["messages"], tools_of(row["input"])
    try:
        prompt = renderer.render(messages, tools, prompt=True)
        chosen = _answer(renderer, prompt, [*messages, *row["preferred_output"]], tools)
        rejected = _answer(renderer, prompt, [*messages, *row["non_preferred_output"]], tools)
    except TrainingError as error:
        raise TrainingError(error.code, f"line {line}: {error.message}", param) from None
    longest = 0
    for answer in (chosen, rejected):
        tokens = len(setup.tokenizer(prompt + answer, add_special_tokens=False)["input_ids"])
        longest = max(longest, tokens)
        setup.tokens += tokens if param == "training_file" else 0
    if longest > setup.max_length:
        if setup.request.get("overlong_rows") == "refuse":
            text = f"line {line}: the row has {longest} tokens; the context has {setup.max_length}."
            raise TrainingError("context_length_exceeded", text, param)
        setup.truncated += 1
    return {"prompt": setup.without_start(prompt), "chosen": chosen, "rejected": rejected}


def _answer(renderer: ChatRenderer, prompt: str, messages: list[Json], tools: Any) -> str:
    whole = renderer.render(messages, tools)
    if not whole.startswith(prompt):
        text = "The base model's chat template cannot be masked: it rewrites the prompt when the answer is added."
        raise TrainingError("invalid_base_model", text, "model")
    return whole[len(prompt) :].rstrip("\n")
