"""Pinning, with the real CLI: the preview after it is empty."""

from __future__ import annotations

import subprocess
import sys

from tests.engine.cli import Stack
from tests.engine.conftest import Corner

OPEN = """
data = ft.FineTuningFile("data", path="rows.jsonl")
ft.FineTuningJob("plain", model="gpt-4.1-mini", training_file=data)
ft.FineTuningJob("called", model="gpt-4.1-mini", training_file=data, triggers=1, method=ft.supervised(n_epochs=2))
"""


def test_pinning_what_was_trained_trains_nothing(stack: Stack, server: Corner) -> None:
    stack.program(OPEN)
    stack.up().ok()
    for name in ("plain", "called"):
        server.act(stack.job_id(name), "succeed")
    stack.refresh().ok()
    stack.run("stack", "select", stack.name).ok()
    command = [sys.executable, "-m", "pulumi_ftjobs.cli.main", "pin", "__main__.py", "--write"]
    done = subprocess.run(
        command,
        check=False,
        cwd=stack.folder,
        env=stack.environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "wrote __main__.py\n")
    program = (stack.folder / "__main__.py").read_text()
    assert program.count("gpt-4.1-mini-2025-04-14") == 3  # the harness names it once
    assert program.count("seed=") == 2
    assert program.count("learning_rate_multiplier") == 2
    assert stack.preview().ok().totals == {"unchanged": 4}
