"""The command line in this process, against a running service."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pulumi_ftjobs.cli.import_file import JOB_TYPE
from pulumi_ftjobs.cli.main import main
from tests.resources.conftest import api, asked, job_id, training_file
from tests.support.rows import rows

__all__ = ["api", "asked", "job_id", "training_file"]


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What `--json` printed."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[list[str]]:
        """Plain output: cells by line."""
        return [line.split("\t") for line in self.out.splitlines()]


Run = Callable[..., Ended]

STATE: dict[str, Any] = {
    "type": JOB_TYPE,
    "urn": f"urn:pulumi:test::story::{JOB_TYPE}::support",
    "outputs": {"model": "gpt-4.1-mini-2025-04-14", "seed": 42},
}
"""A job in a stack's state."""


def pulumi(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a `pulumi` first on PATH that answers like this."""
    command = folder / "bin" / "pulumi"
    command.parent.mkdir()
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(command.parent), prepend=":")


def pulumi_with(
    folder: Path, resources: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, **config: str
) -> None:
    """Put a `pulumi` first on PATH whose stack has these resources in its state, and this `ftjobs:` config."""
    values = {f"ftjobs:{name}": {"value": value} for name, value in config.items()}
    (folder / "config.json").write_text(json.dumps(values))
    state = folder / "state.json"
    state.write_text(json.dumps({"version": 3, "deployment": {"resources": resources}}))
    script = f"""case "$1 $2" in
'stack export') cat '{state}';;
'stack --show-name') echo acme/story/test;;
version*) echo v3.999.0;;
*) cat '{folder / "config.json"}';;
esac"""
    pulumi(folder, script, monkeypatch)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `ftjobs` with these words."""

    def command(*words: str) -> Ended:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(words)
        reported = capsys.readouterr()
        return Ended(int(ended.value.code or 0), reported.out, reported.err)

    return command


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A training file without faults."""
    path = tmp_path / "rows.jsonl"
    path.write_bytes(rows())
    return path
