"""What the three methods share: the prepared inputs of a run, and the arguments of its training loop."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .job_folder import JobFolder, Json

LEARNING_RATES = {"supervised": 2e-4, "dpo": 2e-5, "reinforcement": 2e-5}
"""What `learning_rate_multiplier` 1 means with LoRA; a tenth of it where all weights are trained."""
_LARGEST_MICRO_BATCH = 8


@dataclass
class Setup:
    """One run: model, data and arguments. `make_trainer` of a method fills in what it counted."""

    model: Any
    tokenizer: Any
    adapter: Any
    rows: list[Json]
    validation: list[Json]
    max_length: int
    request: Json
    arguments: dict[str, Any]
    tokens: int = field(default=0)
    truncated: int = 0
    dropped: int = 0

    def without_start(self, text: str) -> str:
        """A rendered conversation without the start token that the tokenizer adds once more."""
        start = self.tokenizer.bos_token
        doubled = start and self.tokenizer(text)["input_ids"][:2] == [self.tokenizer.bos_token_id] * 2
        return text.removeprefix(start) if doubled else text


def micro_batch(batch_size: int) -> tuple[int, int]:
    """A batch as rows at a time and accumulated steps: the largest divisor that is at most eight."""
    micro = next(n for n in range(min(batch_size, _LARGEST_MICRO_BATCH), 0, -1) if batch_size % n == 0)
    return micro, batch_size // micro


def common_arguments(folder: JobFolder, request: Json, *, full: bool, bf16: bool) -> dict[str, Any]:
    """Arguments of every TRL trainer. Saving, logging and validating are decided by `ProgressCallback`."""
    hyper = request["hyperparameters"]
    rate = LEARNING_RATES[request["method"]] * (0.1 if full else 1.0) * hyper["learning_rate_multiplier"]
    micro, accumulated = micro_batch(hyper["batch_size"])
    return {
        "output_dir": str(folder.state),
        "num_train_epochs": hyper["n_epochs"],
        "per_device_train_batch_size": micro,
        "per_device_eval_batch_size": micro,
        "gradient_accumulation_steps": accumulated,
        "learning_rate": rate,
        "lr_scheduler_type": "linear",
        "seed": request["seed"],
        "data_seed": request["seed"],
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "save_strategy": "no",
        "save_total_limit": 2,
        "eval_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "bf16": bf16,
        "gradient_checkpointing": False,
        "dataloader_pin_memory": False,
    }
