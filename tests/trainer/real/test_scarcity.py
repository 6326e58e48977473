"""A disk or a memory that is too small: the job says so, and no model is half-written under its final name."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import PROGRAM, Runs, chat, digests, reports

pytestmark = pytest.mark.timeout(1200)  # a process takes seconds to import torch, many on a busy machine
MEBIBYTE = 1 << 20
LONG = {"role": "assistant", "content": "apple " * 150}
# A separate disk for the folder $2, too small at first; what is on it is copied to $3 after each of two starts.
SMALL_DISK = """
mount -t tmpfs -o size=1500k tmpfs "$2" && cp -r "$3" "$2/job" || exit 99
"$0" "$1" "$2/job" >>"$4" 2>&1
[ $? = 74 ] && [ ! -e "$2/job/model" ] && [ ! -e "$2/job/end.json" ] || exit 98
mount -o remount,size=20m "$2" || exit 99
"$0" "$1" "$2/job" >>"$4" 2>&1 || exit 97
rm -r "$3" && cp -r "$2/job" "$3"
"""


@pytest.mark.parametrize(("spare", "reported"), [(2, 0), (24, 0)], ids=["loading", "training"])
def test_memory_that_runs_out_is_an_error_of_the_job(runs: Runs, spare: int, reported: int) -> None:
    rows = [{"messages": [*chat(n)["messages"][:2], LONG]} for n in range(8)]
    folder = runs.prepare("large", "supervised", rows, [], hyperparameters={"batch_size": 8})
    assert runs.run(folder, spare_memory=spare * MEBIBYTE) == 0, (folder / "out.txt").read_text()

    error = json.loads((folder / "end.json").read_text())["error"]
    assert error["code"] == "out_of_memory", error
    assert "Lower batch_size" in error["message"]
    assert len(reports(folder)) == reported
    assert not (folder / "model").exists()


def test_a_full_disk_stops_the_process_and_space_continues_the_training(
    runs: Runs, train_python: Path, tmp_path: Path
) -> None:
    rows = [chat(n) for n in range(40)]
    whole = runs.prepare("whole", "supervised", rows, [], hyperparameters={"tuning": "full"})
    tried = runs.again(whole, "tried")
    assert runs.run(whole) == 0
    (tmp_path / "disk").mkdir()
    places = [PROGRAM, tmp_path / "disk", tried, tmp_path / "log"]
    unshare = [
        shutil.which("unshare"),
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        SMALL_DISK,
        train_python,
        *places,
    ]
    done = subprocess.run(
        unshare, check=False, env=os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    )

    assert done.returncode == 0, (tmp_path / "log").read_text()[-3000:]
    assert "no space left" in (tmp_path / "log").read_text()
    assert reports(tried) == reports(whole)
    assert digests(tried) == digests(whole)
