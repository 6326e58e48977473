"""Another trainer can be plugged in: routes, store and state machine are none of its business."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_ftjobs.server.server_errors import ApiError
from pulumi_ftjobs.server.training.simulated_trainer import SimulatedTrainer
from pulumi_ftjobs.server.training.timeline import Timeline
from pulumi_ftjobs.server.training.trainer_interface import (
    Failure,
    Progress,
    Report,
    Result,
    Run,
    Snapshot,
    Task,
)

from .application import MODEL, Api, Wall


class Workshop:
    """A trainer whose steps are done by hand: its end is not foreseeable, as with a real one."""

    name = "workshop"
    simulated = False
    note = "Every step is done by hand."
    slots: int | None = None
    hyperparameters = frozenset({"lora_rank"})

    def __init__(self) -> None:
        self.losses: dict[str, list[float]] = {}
        self.said: list[str] = []
        self.training: set[str] = set()
        self.failure: Failure | None = None

    def work(self, job: str, *losses: float) -> None:
        self.losses[job] += losses

    def start(self, task: Task) -> Run:
        self.losses[task.job] = []
        return {"job": task.job, "steps": 3}

    def check(self, body: Mapping[str, Any]) -> None:
        if body.get("suffix") == "too-big":
            raise ApiError(400, "The model does not fit.", param="model")

    def auto(self, method: str, rows: int) -> Mapping[str, Any]:
        return {"n_epochs": 7, "batch_size": 1, "learning_rate_multiplier": 1, "lora_rank": 16, "beta": 0.1}

    def tend(self, run: Run, elapsed: float) -> Run:
        self.training.add(run["job"])
        return run

    def alive(self, run: Run) -> bool:
        return run["job"] in self.training

    def publish(self, run: Run, name: str, checkpoints: Mapping[int, str]) -> Path | None:
        return None

    def merge_command(self, adapter: Path, target: Path) -> list[str]:
        raise NotImplementedError

    def retain(self, jobs: Collection[str]) -> None:
        """Nothing to stop."""

    def forget(self, run: Run) -> None:
        self.said.append("forget")

    def progress(self, run: Run, elapsed: float) -> Progress:
        done = len(self.losses[run["job"]])
        return Progress(
            done, run["steps"], None, done >= run["steps"] or self.failure is not None, self.failure
        )

    def reports(self, run: Run, elapsed: float) -> int:
        return len(self.losses[run["job"]])

    def report(self, run: Run, number: int) -> Report:
        data = {"step": number + 1, "train_loss": self.losses[run["job"]][number]}
        return Report(0.0, f"Step {number + 1}", data)

    def pause(self, run: Run, elapsed: float) -> Run:
        self.said.append("pause")
        return run

    def resume(self, run: Run, elapsed: float) -> Run:
        self.said.append("resume")
        return run

    def stop(self, run: Run, elapsed: float) -> Run:
        self.said.append("stop")
        return run

    def result(self, run: Run, elapsed: float) -> Result:
        return Result(99, "step\n1\n", [Snapshot(3, elapsed, {"step": 3})])


@pytest.fixture
def workshop() -> Workshop:
    return Workshop()


@pytest.fixture
def api(tmp_path: Path, wall: Wall, workshop: Workshop) -> Iterator[Api]:
    found = Api(tmp_path / "store.sqlite", wall, trainer=workshop)
    yield found
    found.close()


def test_a_job_ends_when_its_trainer_says_so(api: Api, workshop: Workshop) -> None:
    job = api.create()
    api.until(job, "running")
    api.wall.at += 99_999
    assert api.job(job)["status"] == "running"

    workshop.work(job["id"], 2.0, 1.0, 0.5)
    done = api.job(job)
    assert (done["status"], done["trained_tokens"]) == ("succeeded", 99)
    assert [e["data"]["train_loss"] for e in api.events(job) if e["type"] == "metrics"] == [2.0, 1.0, 0.5]
    assert api.get(f"/v1/models/{done['fine_tuned_model']}")["object"] == "model"


def test_a_model_of_an_unforeseeable_end_is_found_by_the_first_request(api: Api, workshop: Workshop) -> None:
    job = api.create()
    api.until(job, "running")
    workshop.work(job["id"], 2.0, 1.0, 0.5)

    assert any(m["id"].startswith("ft:") for m in api.get("/v1/models")["data"])


def test_a_trainer_may_fail(api: Api, workshop: Workshop) -> None:
    job = api.until(api.create(), "running")
    workshop.failure = Failure("out_of_memory", "The card is full.")

    assert api.job(job)["error"] == {"code": "out_of_memory", "message": "The card is full.", "param": None}


def test_a_trainer_pauses_resumes_and_stops(api: Api, workshop: Workshop) -> None:
    job = api.until(api.create(), "running")
    workshop.work(job["id"], 2.0)
    for verb in ("pause", "resume", "cancel"):
        api.post(f"/v1/fine_tuning/jobs/{job['id']}/{verb}")

    assert workshop.said == ["pause", "resume", "stop"]


def test_a_queued_job_waits_for_a_slot_of_the_trainer(api: Api, workshop: Workshop) -> None:
    workshop.slots = 1
    first, second = api.create(), api.create()
    api.wall.at += 500
    api.services.scheduler.run_once()
    assert [api.job(job)["status"] for job in (first, second)] == ["running", "queued"]
    assert workshop.training == {first["id"]}

    workshop.work(first["id"], 2.0, 1.0, 0.5)
    api.services.scheduler.run_once()
    assert [api.job(job)["status"] for job in (first, second)] == ["succeeded", "running"]


def test_a_paused_job_frees_its_slot_when_its_process_has_ended(api: Api, workshop: Workshop) -> None:
    workshop.slots = 1
    first, second = api.create(), api.create()
    api.wall.at += 500
    api.services.scheduler.run_once()
    workshop.work(first["id"], 2.0)
    api.post(f"/v1/fine_tuning/jobs/{first['id']}/pause")
    api.services.scheduler.run_once()
    assert api.job(second)["status"] == "queued"

    workshop.training.remove(first["id"])
    api.services.scheduler.run_once()
    assert api.job(second)["status"] == "running"
    api.post(f"/v1/fine_tuning/jobs/{first['id']}/resume")
    api.services.scheduler.run_once()
    assert api.job(first)["status"] == "queued"


def test_a_cancelled_job_keeps_its_slot_until_its_process_has_ended(api: Api, workshop: Workshop) -> None:
    workshop.slots = 1
    first, second = api.create(), api.create()
    api.wall.at += 500
    api.services.scheduler.run_once()
    api.post(f"/v1/fine_tuning/jobs/{first['id']}/cancel")
    api.services.scheduler.run_once()
    assert api.job(second)["status"] == "queued"

    workshop.training.remove(first["id"])
    api.services.scheduler.run_once()
    assert api.job(second)["status"] == "running"


def test_the_trainer_chooses_auto_and_may_know_more_hyperparameters(api: Api) -> None:
    method = {"type": "supervised", "supervised": {"hyperparameters": {"lora_rank": "auto"}}}
    job = api.until(api.create(method=method), "running")

    numbers = job["method"]["supervised"]["hyperparameters"]
    assert (numbers["lora_rank"], numbers["n_epochs"]) == (16, 7)


def test_the_trainer_may_refuse_a_request(api: Api) -> None:
    body = {"model": MODEL, "training_file": api.upload()["id"], "suffix": "too-big"}
    assert api.refusal("POST", "/v1/fine_tuning/jobs", json=body) == (400, None, "model")


@pytest.mark.parametrize("action", ["fail", "vanish"])
def test_an_operator_ends_the_training_too(api: Api, workshop: Workshop, action: str) -> None:
    job = api.until(api.create(), "running")
    api.operate(f"/jobs/{job['id']}", action=action)
    assert workshop.said == [{"fail": "stop", "vanish": "forget"}[action]]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/clock", {"speed": 10}),
        ("/scenario", {"jobs": []}),
        ("/jobs/ID", {"action": "freeze"}),
        ("/jobs/ID", {"action": "succeed"}),
        ("/jobs/ID", {"action": "fail", "at_step": 2}),
    ],
)
def test_what_only_a_simulation_can_do_is_refused_by_name(api: Api, path: str, body: Any) -> None:
    url = f"/_ftjobs{path.replace('ID', api.create()['id'])}"
    answer = api.ask("POST", url, json=body)
    assert answer.status_code == 400
    assert (
        "needs the simulated trainer; this server trains with workshop" in answer.json()["error"]["message"]
    )


def test_the_server_does_not_call_a_real_trainer_simulated(api: Api) -> None:
    assert (api.get("/")["trainer"], api.get("/")["simulated"]) == ("workshop", False)


BENDS = st.lists(
    st.tuples(st.floats(0.01, 100), st.sampled_from([0.0, 1.0]), st.floats(0, 50)),
    max_size=8,
)


@settings(deadline=None)
@given(BENDS, st.floats(0, 600))
def test_a_timeline_never_goes_back_and_knows_when_it_was_where(bends: Any, value: float) -> None:
    line, at = Timeline.starting(5.0), 5.0
    for pause, rate, leap in bends:
        at += pause
        line.set_rate(at, rate, value=line.value(at) + leap)

    moments = [5 + n * 3.7 for n in range(200)]
    values = [line.value(moment) for moment in moments]
    assert values == sorted(values)
    when = line.when(value)
    if when is not None:
        assert line.value(when) >= value - 1e-6
        assert when == 5.0 or line.value(when - 1e-3) < value + 1e-6
    assert Timeline.load(line.dump()) == line


@settings(deadline=None, max_examples=40)
@given(rows=st.integers(1, 5000), epochs=st.integers(1, 50), batch=st.integers(1, 256))
def test_a_simulated_run_ends_where_it_says(rows: int, epochs: int, batch: int) -> None:
    trainer = SimulatedTrainer()
    hyper = {"n_epochs": epochs, "batch_size": batch}
    run = trainer.start(Task("j", "m", "supervised", hyper, 1, rows, 100, "d"))
    progress = trainer.progress(run, 0.0)

    assert progress.ends is not None
    end = trainer.progress(run, progress.ends)
    assert (end.step, end.done) == (run["steps"], True)
    assert not trainer.progress(run, progress.ends - 1).done
    assert trainer.result(run, progress.ends).trained_tokens == 100 * epochs
    assert len(trainer.result(run, progress.ends).snapshots) >= 1
