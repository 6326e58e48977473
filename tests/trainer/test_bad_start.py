"""What is wrong with the options of real training is one sentence, before anything listens."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A folder that looks like a base model."""
    folder = tmp_path / "base"
    folder.mkdir()
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        (folder / name).write_text("{}")
    return folder


def serve(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pulumi_ftjobs.cli.main", "serve", "--port", "0", *arguments],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1, done
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_torch_is_missing(base: Path, tmp_path: Path) -> None:
    said = serve("--trainer", "trl", "--store", str(tmp_path / "s"), "--base-model", f"tiny={base}")

    assert "torch" in said
    assert "-m pip install 'torch" in said


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (None, "folder not found"),
        ("config.json", "no config.json"),
        ("model.safetensors", "no weights"),
        ("tokenizer.json", "no tokenizer"),
    ],
)
def test_a_base_folder_that_is_no_model(base: Path, tmp_path: Path, missing: str | None, words: str) -> None:
    if missing:
        (base / missing).unlink()
    folder = base if missing else tmp_path / "elsewhere"

    said = serve("--trainer", "trl", "--store", str(tmp_path / "s"), "--base-model", f"tiny={folder}")
    assert words in said


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--trainer", "other"], "Known: simulated, trl"),
        (["--trainer", "trl"], "--store"),
        (["--base-model", "a=b"], "needs --trainer trl"),
        (["--trainer", "trl", "--store", "s", "--base-model", "a/b=c"], "NAME=FOLDER"),
        (["--trainer", "trl", "--store", "s"], "--base-model NAME=FOLDER"),
        (["--trainer", "trl", "--store", "s", "--judge-url", "ftp://x"], "--judge-url"),
        (["--inference-url", "localhost"], "--inference-url"),
        (["--runner", "slurm"], "Known: local, ray"),
        (["--trainer", "trl", "--store", "s", "--gpus", "1"], "--gpus needs --runner ray"),
        (["--runner", "ray"], "--trainer trl"),
        (["--trainer", "trl", "--store", "s", "--overlong-rows", "cut"], "--overlong-rows"),
    ],
)
def test_options_that_contradict_each_other(options: list[str], words: str) -> None:
    assert words in serve(*options)
