"""A stack whose program is YAML: the plugin `pulumi-resource-ftjobs` on the real engine."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from tests.engine.cli import MODEL, Result, Running, Stack
from tests.support.server import Server

Resources = dict[str, dict[str, Any]]


class YamlStack(Stack):
    """One stack of one YAML project."""

    def declare(self, resources: Resources, outputs: dict[str, str] | None = None, **more: Any) -> None:
        """Set the program; JSON is YAML."""
        program = {
            "name": self.project,
            "runtime": "yaml",
            "plugins": {"providers": [{"name": "ftjobs", "path": str(Path(sys.executable).parent)}]},
            "resources": resources,
            "outputs": outputs or {},
            **more,
        }
        (self.folder / "Pulumi.yaml").write_text(json.dumps(program))


def kill_plugin(running: Running) -> None:
    """kill -9 the plugin of a running command."""
    plugins = [pid for pid, words in running._plugins() if "pulumi-resource-ftjobs" in words]
    assert plugins, "there is no plugin process"
    for pid in plugins:
        os.kill(pid, signal.SIGKILL)


def a_file(**properties: Any) -> dict[str, Any]:
    """A FineTuningFile of rows.jsonl."""
    return {"type": "ftjobs:FineTuningFile", "properties": {"path": "rows.jsonl", **properties}}


def a_job(**properties: Any) -> dict[str, Any]:
    """A FineTuningJob on the file `data`."""
    return {
        "type": "ftjobs:FineTuningJob",
        "properties": {"model": MODEL, "trainingData": "${data}", "seed": 1, **properties},
    }


def a_model(job: str = "a", **properties: Any) -> dict[str, Any]:
    """The FineTunedModel of a job."""
    return {"type": "ftjobs:FineTunedModel", "properties": {"jobId": f"${{{job}.id}}", **properties}}


def up_to_the_end(stack: Stack, server: Server, action: str = "succeed") -> Result:
    """Run an update that creates one job, and let the job end while its model waits."""
    before = {job["id"] for job in server.jobs()}
    running = stack.start("up", "--yes", "--skip-preview")
    running.until(lambda: {job["id"] for job in server.jobs()} - before, "a job")
    (new,) = {job["id"] for job in server.jobs()} - before
    server.act(new, action)
    return running.finish()
