"""The training process with the training itself replaced: the same lock, signals, reports and endings, without torch.

`fake.json` in the base model's folder says how it behaves: `step_seconds`, `save_every`, `crash_at`, `fail`,
`hold_at` (a step that waits for the file `go` beside it).
"""

from __future__ import annotations

import errno
import importlib
import json
import os
import runpy
import shutil
import signal
import sys
import time
import types
from pathlib import Path
from typing import Any

TRAINER = Path(__file__).resolve().parents[2] / "pulumi_ftjobs" / "trainer"


def train(folder: Any, stop: Any, log: Any) -> int:
    """Count steps instead of training; the state is the number of the step."""
    control = importlib.import_module("ftjobs_trainer.run_control")
    request = folder.read("request.json")
    behaviour = json.loads((Path(request["base_folder"]) / "fake.json").read_text())
    total, per_epoch = 4 * request["hyperparameters"]["n_epochs"], 4
    folder.write("plan.json", {"total_steps": total, "epochs": request["hyperparameters"]["n_epochs"]})
    state = folder.last_state()
    step = int((state / "step").read_text()) if state else 0
    while step < total:
        step += 1
        time.sleep(behaviour.get("step_seconds", 0.02))
        while step == behaviour.get("hold_at") and not (Path(request["base_folder"]) / "go").exists():
            time.sleep(0.01)
        _misbehave(behaviour, folder, step, control)
        loss = round(3.0 / step, 5)
        log.add(step, f"Step {step}/{total}: training loss={loss:.2f}",
                {"step": step, "train_loss": loss, "total_steps": total})  # fmt: skip
        if step % per_epoch == 0:
            _save(folder.epochs / f"step-{step}", "adapter_model.safetensors", step)
        if stop.requested or step % behaviour.get("save_every", 1000) == 0:
            log.sync()
            saved = folder.state / f"checkpoint-{step}"
            _save(saved, "step", step)
            (saved / "complete").touch()
        if stop.requested and step < total:
            raise control.Paused
    _save(folder.model, "adapter_model.safetensors", step)
    return 10 * step


def _misbehave(behaviour: dict[str, Any], folder: Any, step: int, control: Any) -> None:
    once = folder.path / "misbehaved"
    if step == behaviour.get("crash_at"):
        print("RuntimeError: the card is on fire", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    if step == behaviour.get("fail_at"):
        if behaviour["fail"] == "memory":
            raise MemoryError
        if behaviour["fail"] == "refused":
            raise control.TrainingError("invalid_training_file", "line 3: nothing to learn.", "training_file")
        if behaviour["fail"] == "torn" and not once.exists():
            once.touch()
            with folder.reports.open("a") as file:
                file.write('{"step": 99, "elap')
            os.kill(os.getpid(), signal.SIGKILL)
        if behaviour["fail"] == "disk" and Path(behaviour["full"]).exists():
            raise OSError(errno.ENOSPC, "No space left on device")


def _save(target: Path, name: str, step: int) -> None:
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    (partial / name).write_text(str(step))
    shutil.rmtree(target, ignore_errors=True)
    partial.replace(target)


def main() -> int:
    """Run the real process with the fake training."""
    runpy.run_path(str(TRAINER / "__main__.py"))["load_package"]()
    fake = types.ModuleType("ftjobs_trainer.train_job")
    fake.train = train  # type: ignore[attr-defined]
    sys.modules["ftjobs_trainer.train_job"] = fake
    return int(importlib.import_module("ftjobs_trainer.training_process").main(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
