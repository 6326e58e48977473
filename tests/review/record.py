"""Record previews of the real engine: `python -m tests.review.record [NAME...]`, with `pulumi` on PATH.

Each is reduced to what a reader of previews may look at, and the comment is written beside it: look at it before it
is committed.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from pulumi_ftjobs.cli.review import comment, read_preview
from pulumi_ftjobs.lifecycle.state_schema import RECORD
from tests.engine.cli import Stack, closing
from tests.engine.waits import APPLICATION
from tests.support.server import Server, running_server

PREVIEWS: Final = Path(__file__).parent / "previews"
PROGRAM: Final = (
    APPLICATION
    + """
data = ft.FineTuningFile("support", path="rows.jsonl")
job = ft.FineTuningJob(
    "support", model=MODEL, training_file=data, method=ft.supervised(n_epochs=EPOCHS), suffix="support"
)
model = ft.FineTunedModel("support", job=job)
App("app", model.name)
pulumi.export("fine_tuned_model", model.name)
"""
)
_STATE: Final = ("type", "id", "inputs", "outputs", "dependencies", "parent", "retainOnDelete")
_HIDDEN: Final = frozenset({"__provider"})
EXAMPLE: Final = Path(__file__).parents[2] / "examples" / "azure" / "data" / "support.jsonl"
RETRAINED: Final = (
    APPLICATION
    + """
data = ft.FineTuningFile("support", path=DATA)
job = ft.FineTuningJob(
    "support", model=MODEL, training_file=data, method=ft.supervised(n_epochs=EPOCHS), suffix="support",
    metadata={"team": TEAM},
)
model = ft.FineTunedModel("support", job=job)
App("app", model.name)
pulumi.export("fine_tuned_model", model.name)
"""
)
_FIRST: Final = {"DATA": "data/support.jsonl", "EPOCHS": 3, "TEAM": "support"}


def reduced(preview: dict[str, Any]) -> dict[str, Any]:
    """A preview without its config, its order of keys and what names the machine it was made on."""
    kept: dict[str, Any] = {"changeSummary": preview["changeSummary"], "diagnostics": [], "steps": []}
    for said in preview.get("diagnostics") or ():
        kept["diagnostics"].append(
            {name: said[name] for name in ("message", "severity", "urn") if name in said}
        )
    for step in preview["steps"]:
        few = {name: step[name] for name in ("op", "urn", "diffReasons", "replaceReasons") if step.get(name)}
        for name in ("oldState", "newState"):
            if step.get(name):
                few[name] = {key: _shown(step[name][key]) for key in _STATE if step[name].get(key)}
        kept["steps"].append(few)
    return kept


def _shown(value: Any) -> Any:
    """A value without the pickled provider; of the record only what was declared: the rest names the machine."""
    if not isinstance(value, dict):
        return value
    shown = {k: v for k, v in value.items() if k not in _HIDDEN}
    declared = (shown.pop(RECORD, None) or {}).get("declared")
    return shown | {RECORD: {"declared": declared}} if declared else shown


def _first(stack: Stack) -> None:
    """The example's data, once as it is and once with eight rows repeated, and a service with OpenAI's rules."""
    (stack.folder / "data").mkdir(exist_ok=True)
    rows = EXAMPLE.read_text("utf-8").splitlines(keepends=True)
    (stack.folder / "data" / "support.jsonl").write_text("".join(rows), "utf-8")
    (stack.folder / "data" / "more.jsonl").write_text("".join([*rows, *rows[:8]]), "utf-8")
    stack.config("ftjobs:profile", "openai")
    stack.config("ftjobs:prices", "{}")
    stack.program(RETRAINED, **_FIRST)


def create(stack: Stack, _server: Server) -> Any:
    """Everything is new."""
    _first(stack)
    return stack.preview("--json").ok().json


def replace(stack: Stack, _server: Server) -> Any:
    """Other rows and more epochs, of a job whose end the state knows."""
    _first(stack)
    stack.up().ok()
    stack.refresh().ok()
    stack.program(RETRAINED, **_FIRST | {"DATA": "data/more.jsonl", "EPOCHS": 4})
    return stack.preview("--json").ok().json


def labels(stack: Stack, _server: Server) -> Any:
    """Other metadata."""
    _first(stack)
    stack.up().ok()
    stack.program(RETRAINED, **_FIRST | {"TEAM": "sales"})
    return stack.preview("--json").ok().json


def nothing(stack: Stack, _server: Server) -> Any:
    """No change."""
    _first(stack)
    stack.up().ok()
    return stack.preview("--json").ok().json


def destroy(stack: Stack, _server: Server) -> Any:
    """Everything goes, and the state knows the job's end."""
    _first(stack)
    stack.up().ok()
    stack.refresh().ok()
    return stack.run("destroy", "--preview-only", "--json").ok().json


def unknown_price(stack: Stack, _server: Server) -> Any:
    """A compatible server without prices."""
    _first(stack)
    stack.config("ftjobs:profile", "compatible")
    return stack.preview("--json").ok().json


def fails(stack: Stack, _server: Server) -> Any:
    """A budget that cannot be enforced."""
    _first(stack)
    stack.config("ftjobs:profile", "compatible")
    stack.config("ftjobs:maxEstimatedCostUsdPerJob", "0.01")
    return stack.preview("--json").json


def stays_failed(stack: Stack, server: Server) -> Any:
    """The job has failed, the state knows, and the program is unchanged."""
    failed(stack, server)
    stack.program(PROGRAM, EPOCHS=3)
    return stack.preview("--json", "--show-sames", FTJOBS_WAIT="0").json


def behind(stack: Stack, _server: Server) -> Any:
    """The state saw the job before it ran, as every state does that was not refreshed since."""
    stack.program(PROGRAM, EPOCHS=3)
    stack.up().ok()
    stack.program(PROGRAM, EPOCHS=4)
    return stack.preview("--json").ok().json


def behind_destroy(stack: Stack, _server: Server) -> Any:
    """The same state, destroyed."""
    stack.program(PROGRAM, EPOCHS=3)
    stack.up().ok()
    return stack.run("destroy", "--preview-only", "--json").ok().json


def unfinished(stack: Stack, server: Server) -> Any:
    """The job that would be replaced was running when last seen."""
    server.clock(per_poll=0)
    stack.program(PROGRAM, EPOCHS=3)
    stack.up(FTJOBS_WAIT="0").ok()
    stack.program(PROGRAM, EPOCHS=4)
    return stack.preview("--json").ok().json


def failed(stack: Stack, server: Server) -> Any:
    """The job that would be replaced has failed, and the state knows."""
    unfinished(stack, server)
    server.act(stack.job_id("support"), "fail", message="The rows are odd.", code="invalid_training_file")
    stack.refresh(FTJOBS_WAIT="0").ok()
    return stack.preview("--json").ok().json


TEAMS: Final = """
class Team(pulumi.ComponentResource):
    def __init__(self, kind, name):
        super().__init__(kind, name)
        own = pulumi.ResourceOptions(parent=self, retain_on_delete=True)
        data = ft.FineTuningFile("rows", path="rows.jsonl", opts=pulumi.ResourceOptions(parent=self))
        ft.FineTuningJob(
            "support", model=MODEL, training_file=data, method=ft.supervised(n_epochs=EPOCHS), suffix=name, opts=own
        )

Team("shop:Red", "red")
Team("shop:Blue", "blue")
"""


def retained(stack: Stack, server: Server) -> Any:
    """Two components with children of the same names, whose running jobs are kept when they are replaced."""
    server.clock(per_poll=0)
    stack.program(TEAMS, EPOCHS=3)
    stack.up(FTJOBS_WAIT="0").ok()
    stack.program(TEAMS, EPOCHS=4)
    return stack.preview("--json").ok().json


def retained_destroy(stack: Stack, server: Server) -> Any:
    """The same, given up."""
    retained(stack, server)
    return stack.run("destroy", "--preview-only", "--json").ok().json


def another(stack: Stack, server: Server) -> Any:
    """`adopt_job_id` names another job than before."""
    data = 'data = ft.FineTuningFile("support", path="rows.jsonl")\n'
    job = 'ft.FineTuningJob("{}", model=MODEL, training_file=data{})\n'
    both = data + job.format("first", ", seed=1") + job.format("second", ", seed=2")
    stack.program(both)
    stack.up().ok()
    for name in ("first", "second"):
        stack.program(both + job.format("support", f", adopt_job_id={stack.job_id(name)!r}"))
        shown = stack.preview("--json").ok().json if name == "second" else stack.up().ok()
    return shown


RECORDED: Final[dict[str, Callable[[Stack, Server], Any]]] = {
    "create": create,
    "replace": replace,
    "labels": labels,
    "nothing": nothing,
    "destroy": destroy,
    "unknown-price": unknown_price,
    "fails": fails,
    "stays-failed": stays_failed,
    "behind": behind,
    "behind-destroy": behind_destroy,
    "unfinished": unfinished,
    "failed": failed,
    "retained": retained,
    "retained-destroy": retained_destroy,
    "another": another,
}


def record(name: str, target: Path = PREVIEWS) -> None:
    """Record one preview again, with the code as it is now."""
    with tempfile.TemporaryDirectory() as folder, running_server() as server:
        server.clock(mode="stepped", per_poll=3600)
        stack = Stack(Path(folder), url=server.url, scope="", project="shop", stack="dev")
        stack.environment["FTJOBS_TODAY"] = "2026-11-23"
        stack.config("ftjobs:prices", '{"gpt-4.1-mini": 20000}')
        with closing(stack):
            text = json.dumps(reduced(RECORDED[name](stack, server)), indent=1, sort_keys=True)
    assert folder not in text, "the preview names a place on this machine"
    (target / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    (target / f"{name}.md").write_text(comment(read_preview(text)), encoding="utf-8")


if __name__ == "__main__":
    for chosen in sys.argv[1:] or RECORDED:
        record(chosen)
        print(f"recorded {chosen}")
