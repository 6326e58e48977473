"""What a reviewer reads: no false change, nothing hidden, nothing secret."""

from __future__ import annotations

from tests.engine.cli import Stack
from tests.engine.programs import JOB, JOB_AND_MODEL
from tests.support.keys import KEY
from tests.support.server import Server

EVERY_BUT_ONE = """
data = ft.FineTuningFile("data", path="rows.jsonl")
more = ft.FineTuningFile("more", path="more.jsonl")
FULL = {
    "validation_file": more,
    "method": ft.supervised(n_epochs=2, batch_size=4),
    "suffix": "story",
    "seed": 0,
    "metadata": {"team": "blue"},
    "integrations": [{"type": "wandb", "wandb": {"project": "story"}}],
    "triggers": {"day": 1},
    "extra_body": {},
    "paused": False,
    "max_estimated_cost_usd": 1000,
}
for left_out in (*FULL, "nothing"):
    given = {name: value for name, value in FULL.items() if name != left_out}
    ft.FineTuningJob(f"without-{left_out}", model=MODEL, training_file=data, **given)
ft.FineTuningJob("legacy", model=MODEL, training_file=data, hyperparameters={"n_epochs": 2}, suffix="legacy")
"""

LABELS = """
data = ft.FineTuningFile("data", path="rows.jsonl")
job = ft.FineTuningJob(
    "a",
    model=ALIAS,
    training_file=data,
    metadata={"team": TEAM},
    integrations=[{"type": "wandb", "wandb": {"project": TEAM}}],
    max_estimated_cost_usd=LIMIT,
    **PINNED,
)
"""

NULLABLE = """
names = ("error", "estimated_finish", "validation_file", "fine_tuned_model", "finished_at", "trained_tokens")
values = pulumi.Output.all(**{name: getattr(job, name) for name in names})
values.apply(lambda known: pulumi.log.info(f"known: {sorted(known)} error={known['error']}"))
"""

SECRETS = """
PREFERENCE = {"input": "{{item.answer}}", "name": "exact", "operation": "eq", "type": "string_check"}
data = ft.FineTuningFile("data", path="graded.jsonl")
ft.FineTuningJob(
    "a",
    model="o4-mini-2025-04-16",
    training_file=data,
    method=ft.reinforcement({**PREFERENCE, "reference": pulumi.Output.secret(HIDDEN)}),
    metadata={"token": pulumi.Output.secret(HIDDEN), "turn": str(TURN)},
    seed=TURN,
)
"""


PRICES = '{"gpt-4.1-mini": 3.0, "gpt-4.1-mini-2025-04-14": 3.0}'


def test_no_optional_input_left_out_ever_shows_a_change(stack: Stack, server: Server) -> None:
    stack.config("ftjobs:prices", PRICES)
    stack.rows("green", "more.jsonl")
    stack.program(EVERY_BUT_ONE)
    everything = stack.up().ok().totals["created"]
    for job in server.jobs():
        server.act(job["id"], "succeed")
    assert stack.refresh().ok().totals == {"unchanged": everything}
    shown = stack.preview("--diff").ok()
    assert shown.totals == {"unchanged": everything}, shown.text


def test_labels_limits_and_pinned_values_never_train_again(stack: Stack, server: Server) -> None:
    stack.config("ftjobs:prices", PRICES)
    stack.program(LABELS, ALIAS="gpt-4.1-mini", TEAM="blue", LIMIT=50, PINNED={})
    stack.up().ok()
    chosen = stack.job()
    pinned = {"seed": int(chosen["seed"]), "suffix": None}
    stack.program(LABELS, ALIAS=chosen["model"], TEAM="blue", LIMIT=60, PINNED=pinned)
    assert "replace" not in stack.preview().ok().text
    stack.program(LABELS, ALIAS=chosen["model"], TEAM="red", LIMIT=60, PINNED=pinned)
    shown = stack.preview().ok()
    assert "~  pulumi-python:dynamic/ftjobs:FineTuningJob a update" in shown.text
    assert "replace" not in shown.text
    shown = stack.up().ok()
    assert "metadata: recorded here; the service keeps what the job was created with" in shown.text
    assert stack.preview().ok().totals == {"unchanged": 3}
    assert len(server.posts()) == 1


def test_what_the_service_left_null_is_known_in_the_preview_of_a_finished_job(
    stack: Stack, server: Server
) -> None:
    server.clock(per_poll=3600)
    stack.program(JOB_AND_MODEL + NULLABLE, SEED=1)
    stack.up().ok()
    stack.refresh().ok()
    shown = stack.preview().ok()
    assert "known: ['error', 'estimated_finish', 'fine_tuned_model'" in shown.text
    assert "error=None" in shown.text
    assert "[unknown]" not in shown.text


def test_a_secret_in_labels_or_method_lies_nowhere_in_clear(stack: Stack, server: Server) -> None:
    hidden = "a-very-private-word"
    rows = [
        f'{{"messages": [{{"role": "user", "content": "Shade {n}?"}}], "answer": "{n}"}}' for n in range(12)
    ]
    (stack.folder / "graded.jsonl").write_text("\n".join(rows) + "\n")
    stack.program(SECRETS, HIDDEN=hidden, TURN=1)
    stack.up().ok()
    assert server.jobs()[0]["metadata"]["token"] == hidden
    stack.refresh().ok()
    stack.program(SECRETS, HIDDEN=hidden + "-2", TURN=2)
    stack.preview("--diff").ok()
    stack.preview("--json").ok()
    stack.up("--diff").ok()
    stack.run("stack", "export").ok()
    stack.destroy().ok()
    assert stack.files_that_hold(hidden) == []


def test_an_unfinished_job_shows_nothing(stack: Stack, server: Server) -> None:
    stack.program(JOB, SEED=1)
    stack.up().ok()
    server.clock(advance=120)
    assert server.job(stack.job_id())["status"] == "running"
    assert stack.preview().ok().totals == {"unchanged": 3}
    assert stack.up().ok().totals == {"unchanged": 3}


def test_the_same_rows_under_a_new_file_id_never_train_again(stack: Stack, server: Server) -> None:
    stack.program(JOB, SEED=1)
    stack.up().ok()
    job_id, file_id = stack.job_id(), stack.resources("FineTuningFile")["data"]["id"]
    scope = {"openai-project": stack.environment["OPENAI_PROJECT_ID"]}
    server.ask("DELETE", f"/v1/files/{file_id}", authorization=f"Bearer {KEY}", **scope)
    stack.refresh().ok()
    assert stack.resources("FineTuningFile") == {}
    assert "replace" not in stack.preview().ok().text
    stack.up().ok()
    assert stack.resources("FineTuningFile")["data"]["id"] != file_id
    assert stack.job_id() == job_id
    assert stack.preview().ok().totals == {"unchanged": 3}
    assert len(server.posts()) == 1
