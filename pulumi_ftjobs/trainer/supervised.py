"""Supervised fine-tuning: chat rows, or prompt and completion."""

from __future__ import annotations

from typing import Any

from datasets import Dataset
from trl import SFTConfig, SFTTrainer

from .row_encoding import Encoded, RowEncoder
from .run_control import TrainingError
from .training_setup import Setup


def make_trainer(setup: Setup) -> Any:
    """The trainer, on rows that are already token ids and labels."""
    refuse = setup.request.get("overlong_rows") == "refuse"
    encoder = RowEncoder(setup.tokenizer, setup.max_length, refuse_overlong=refuse)
    encoded = encoder.encode(setup.rows, "training_file")
    setup.tokens, setup.truncated, setup.dropped = encoded.tokens, encoded.truncated, encoded.dropped
    if not encoded.rows:
        text = (
            "No row has anything to learn: every assistant message has weight 0, or lies beyond the context."
        )
        raise TrainingError("invalid_training_file", text, "training_file")
    validation = encoder.encode(setup.validation, "validation_file") if setup.validation else Encoded()
    return SFTTrainer(
        model=setup.model,
        args=SFTConfig(
            **setup.arguments,
            max_length=None,
            dataset_kwargs={"skip_prepare_dataset": True},
            packing=False,
        ),
        train_dataset=Dataset.from_list(encoded.rows),
        eval_dataset=Dataset.from_list(validation.rows) if validation.rows else None,
        processing_class=setup.tokenizer,
        peft_config=setup.adapter,
    )
