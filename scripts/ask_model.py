"""Asks a base model and a fine-tuned one the same: `ask_model.py BASE_FOLDER TUNED_FOLDER QUESTION`.

Runs in the trainer's environment.
"""

import sys
from pathlib import Path

import torch
from peft import AutoPeftModelForCausalLM
from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed
from transformers.utils import logging

MOST_TOKENS = 40


def load(folder: Path) -> torch.nn.Module:
    """A model, or an adapter with its base."""
    kind = AutoPeftModelForCausalLM if (folder / "adapter_config.json").exists() else AutoModelForCausalLM
    return kind.from_pretrained(folder, local_files_only=True)


def main(base: Path, tuned: Path, question: str) -> None:
    """Print both answers."""
    logging.disable_progress_bar()
    tokenizer = AutoTokenizer.from_pretrained(tuned, local_files_only=True)
    messages = [{"role": "user", "content": question}]
    prompt = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    ids = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)
    print(f"   question: {question}")
    for label, folder in (("base", base), ("tuned", tuned)):
        set_seed(1)
        answer = load(folder).generate(**ids, max_new_tokens=MOST_TOKENS, do_sample=True, temperature=0.7)
        text = tokenizer.decode(answer[0, ids["input_ids"].shape[1] :], skip_special_tokens=True)
        print(f"   {label:6}{' '.join(text.split())!r}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
