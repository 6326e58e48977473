"""The base model and its tokenizer, from a folder; never from a hub, never running code that the folder contains."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

from .run_control import TrainingError


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer, with a padding token."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise _unusable(folder, error) from None
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_model(folder: Path) -> Any:
    """The model: bf16 where the GPU can, else fp32, which is the fastest on CPUs without AMX."""
    try:
        return AutoModelForCausalLM.from_pretrained(
            folder, dtype=precision(), local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError) as error:
        raise _unusable(folder, error) from None


def precision() -> torch.dtype:
    """bf16 on a GPU that has it and on CPUs with AMX, else fp32."""
    if torch.cuda.is_available():
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    return torch.float32


def context_length(model: Any, limit: int | None) -> int:
    """Tokens of one row: the model's own context, or less where a limit is set."""
    own = getattr(model.config, "max_position_embeddings", None) or 2048
    return min(own, limit) if limit else min(own, 4096)


def lora(rank: int, alpha: int) -> LoraConfig:
    """Adapters on all linear layers."""
    return LoraConfig(
        r=rank,
        lora_alpha=alpha,
        lora_dropout=0.0,
        bias="none",
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )


def _unusable(folder: Path, error: Exception) -> TrainingError:
    first = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
    return TrainingError(
        "invalid_base_model", f"The base model in {folder.name} cannot be loaded: {first}", "model"
    )
