"""Record what this version leaves in a state, and what a service then holds: `python -m tests.engine.record`.

Run once for each released version. Later versions must read it and want no change.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.engine.cli import Stack, closing
from tests.support.keys import KEY
from tests.support.server import Server, running_server

RECORDED = Path(__file__).resolve().parents[1] / "recorded"
SERVICE = "http://127.0.0.1:1/v1"
"""Stands in a recorded state for the service's address."""
PROJECT, STACK = "recorded", "test"
ADMIN = {"OPENAI_ADMIN_KEY": KEY}
PROGRAM = """
data = ft.FineTuningFile("data", path="rows.jsonl")
done = ft.FineTuningJob(
    "done",
    model="gpt-4.1-mini",
    training_file=data,
    validation_file=data,
    method=ft.supervised(n_epochs=2),
    suffix="recorded",
    metadata={"team": "blue", "token": pulumi.Output.secret("private")},
    triggers={"day": 1},
)
model = ft.FineTunedModel("done", job=done)
plain = ft.FineTuningJob("plain", model=MODEL, training_file=data)
ft.CheckpointPermission("shared", checkpoint=model.name, project_id="proj_shared")
account = ft.Provider("account", project="proj_other")
other = pulumi.ResourceOptions(provider=account)
theirs = ft.FineTuningFile("theirs", path="rows.jsonl", opts=other)
ft.FineTuningJob("theirs", model=MODEL, training_file=theirs, seed=0, opts=other)
"""


def api(server: Server, path: str, project: str) -> Any:
    """What the service answers a client."""
    return server.ask("GET", f"/v1{path}", authorization=f"Bearer {KEY}", **{"openai-project": project})


def what_is_there(server: Server) -> dict[str, list[Any]]:
    """The service's objects as a seed for another one; a job that has succeeded brings its model and results."""
    seed: dict[str, list[Any]] = {"files": [], "jobs": [], "permissions": []}
    for project in ("proj_default", "proj_other"):
        owner = {"project_id": project}
        uploads = api(server, "/files?purpose=fine-tune", project)["data"]
        seed["files"] += [file | owner for file in uploads]
        seed["jobs"] += [job | owner for job in api(server, "/fine_tuning/jobs", project)["data"]]
    for job in seed["jobs"]:
        if job["project_id"] == "proj_default":
            path = f"/fine_tuning/checkpoints/{job['fine_tuned_model']}/permissions"
            shared = api(server, path, "proj_default")["data"]
            seed["permissions"] += [one | {"checkpoint": job["fine_tuned_model"]} for one in shared]
    return seed


def placeless(value: Any) -> Any:
    """A state without where on this machine the program lay."""
    if isinstance(value, dict):
        return {k: placeless(v) for k, v in value.items() if k not in {"sourcePosition", "stackTrace"}}
    return [placeless(item) for item in value] if isinstance(value, list) else value


def record(target: Path) -> None:
    """Make every kind of resource with the code as it is now."""
    with tempfile.TemporaryDirectory() as folder, running_server() as server:
        server.clock(mode="stepped", per_poll=3600)
        stack = Stack(Path(folder), url=server.url, scope="", project=PROJECT, stack=STACK)
        stack.environment.update(ADMIN)
        with closing(stack):
            stack.config("ftjobs:stackId", "recorded")
            stack.program(PROGRAM)
            stack.up().ok()
            stack.refresh().ok()
            state = json.loads(stack.run("stack", "export").ok().text)
            seed = what_is_there(server)
            target.mkdir(parents=True, exist_ok=True)
            text = json.dumps(placeless(state), indent=1, sort_keys=True).replace(server.url, SERVICE)
            (target / "state.json").write_text(text + "\n")
            (target / "seed.json").write_text(json.dumps(seed, indent=1, sort_keys=True) + "\n")
            for name in ("__main__.py", "rows.jsonl", f"Pulumi.{STACK}.yaml"):
                shutil.copy(stack.folder / name, target / name)


if __name__ == "__main__":
    record(RECORDED / (sys.argv[1] if len(sys.argv) > 1 else version("pulumi-ftjobs")))
