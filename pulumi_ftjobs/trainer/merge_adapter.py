"""Adds an adapter to its base model and saves the result as one model."""

from __future__ import annotations

import sys
from pathlib import Path

from peft import AutoPeftModelForCausalLM
from transformers import AutoTokenizer

from .progress_callback import save_whole


def main(arguments: list[str]) -> int:
    """Merge: `python trainer merge ADAPTER_FOLDER TARGET_FOLDER`."""
    adapter, target = map(Path, arguments)
    model = AutoPeftModelForCausalLM.from_pretrained(adapter, local_files_only=True)
    tokenizer = AutoTokenizer.from_pretrained(adapter, local_files_only=True)
    save_whole(target, model.merge_and_unload(), tokenizer)
    print(f"saved {target}", file=sys.stderr)
    return 0
