"""One job from its request to its model: loads the base, prepares the rows, trains, saves."""

from __future__ import annotations

import errno
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import set_seed

from . import preference, reinforcement, supervised
from .base_model import context_length, load_model, load_tokenizer, lora, precision
from .disk_space import DiskSpace
from .job_folder import JobFolder, Json
from .model_card import write_card
from .progress_callback import ProgressCallback, Schedule, save_whole
from .report_log import ReportLog
from .run_control import OUT_OF_MEMORY, Paused, StopRequest, TrainingError
from .training_setup import Setup, common_arguments

_METHODS: dict[str, Callable[[Setup], Any]] = {
    "supervised": supervised.make_trainer,
    "dpo": preference.make_trainer,
    "reinforcement": reinforcement.make_trainer,
}


def train(folder: JobFolder, stop: StopRequest, log: ReportLog) -> int:
    """Train the job, from its last saved state if there is one; returns the number of trained tokens.

    Raises:
        Paused: the process was asked to stop; the state is saved.
        TrainingError: the job cannot be trained as requested.
    """
    request = folder.read("request.json")
    if request is None:
        raise TrainingError("invalid_request", "request.json is missing from the job's folder.")
    try:
        return _train(folder, request, stop, log)
    except RuntimeError as error:
        if not _is_out_of_memory(error):
            raise
        raise TrainingError("out_of_memory", _out_of_memory()) from None


def _train(folder: JobFolder, request: Json, stop: StopRequest, log: ReportLog) -> int:
    if folder.model.exists():  # everything was done except the last word
        return int((folder.read("plan.json") or {}).get("trained_tokens", 0))
    set_seed(request["seed"])
    base = Path(request["base_folder"])
    tokenizer, model = load_tokenizer(base), load_model(base)
    hyper = request["hyperparameters"]
    full = hyper.get("tuning", "lora") == "full"
    setup = Setup(
        model=model,
        tokenizer=tokenizer,
        adapter=None if full else lora(int(hyper.get("lora_rank", 16)), 2 * int(hyper.get("lora_rank", 16))),
        rows=read_rows(folder.path / "training_file.jsonl"),
        validation=read_rows(folder.path / "validation_file.jsonl"),
        max_length=context_length(model, request.get("max_length")),
        request=request,
        arguments=common_arguments(folder, request, full=full, bf16=precision() == torch.bfloat16),
    )
    trainer = _METHODS[request["method"]](setup)
    plan = {
        "rows": len(setup.rows),
        "trained_tokens": setup.tokens * hyper["n_epochs"],
        "truncated_rows": setup.truncated,
        "dropped_rows": setup.dropped,
        "max_length": setup.max_length,
        "device": str(trainer.args.device),
    }
    schedule = Schedule(
        epochs=hyper["n_epochs"],
        save_seconds=request.get("save_seconds", 60.0),
        evaluate_every=_evaluate_every(request, bool(setup.validation)),
        reinforcement=request["method"] == "reinforcement",
        plan=plan,
    )
    space = DiskSpace.of(folder.path, trainer.model, base)
    trainer.add_callback(ProgressCallback(folder, log, stop, schedule, space))
    state = folder.last_state()
    with space.named_as_cause():
        result = trainer.train(resume_from_checkpoint=str(state) if state else None)
        if stop.requested and result.global_step < trainer.state.max_steps:
            raise Paused
        log.check()
        _save_models(folder, request, plan, trainer.model, tokenizer)
    shutil.rmtree(folder.state, ignore_errors=True)
    return int(plan["trained_tokens"])


def _save_models(folder: JobFolder, request: Json, plan: Json, model: Any, tokenizer: Any) -> None:
    """Complete the models of the last epochs with their cards, and save the trained one."""
    for kept in folder.epochs.glob("step-*"):
        write_card(kept, folder, request, plan, until=int(kept.name.rpartition("-")[2]))
    save_whole(folder.model, model, tokenizer, lambda partial: write_card(partial, folder, request, plan))


def read_rows(path: Path) -> list[Json]:
    """The rows of a JSONL file, empty lines left out; no rows where there is no file."""
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8-sig")
    return [json.loads(line) for line in text.split("\n") if line.strip()]


def _evaluate_every(request: Json, validates: bool) -> int | None:
    if not validates:
        return 0
    return int(request["hyperparameters"]["eval_interval"]) if request["method"] == "reinforcement" else None


def _is_out_of_memory(error: RuntimeError) -> bool:
    """Whether a GPU or the CPU ran out; the CPU's allocator tells its error number only within a text."""
    number = re.search(r"Error code (\d+)", str(error))
    return isinstance(error, torch.OutOfMemoryError) or bool(number and int(number[1]) == errno.ENOMEM)


def _out_of_memory() -> str:
    text = OUT_OF_MEMORY
    if torch.cuda.is_available():
        total = torch.cuda.get_device_properties(0).total_memory / 2**30
        text = f"Out of GPU memory ({total:.0f} GiB) while training. Lower batch_size or use shorter rows."
    return text
