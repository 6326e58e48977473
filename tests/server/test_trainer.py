"""Another trainer can be plugged in: routes, store and state machine are none of its business."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_ftjobs.server.simulated import SimulatedTrainer
from pulumi_ftjobs.server.timeline import Timeline
from pulumi_ftjobs.server.trainer import Failure, Progress, Report, Result, Run, Snapshot, Task

from .application import Api, Wall


class Workshop:
    """A trainer whose steps are done by hand: nobody can foresee when it is done, as with a real one."""

    name = "workshop"
    simulated = False

    def __init__(self) -> None:
        self.losses: dict[str, list[float]] = {}
        self.said: list[str] = []
        self.failure: Failure | None = None

    def work(self, job: str, *losses: float) -> None:
        self.losses[job] += losses

    def start(self, task: Task) -> Run:
        self.losses[task.job] = []
        return {"job": task.job, "steps": 3}

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

    def fail_at(self, run: Run, failure: Failure | None) -> Run:
        self.failure = failure
        return run

    def moment(self, run: Run, step: int) -> float:
        return 0.0


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


def test_a_model_of_an_unforeseeable_end_is_found_by_whoever_asks_first(api: Api, workshop: Workshop) -> None:
    job = api.create()
    api.until(job, "running")
    workshop.work(job["id"], 2.0, 1.0, 0.5)

    assert any(m["id"].startswith("ft:") for m in api.get("/v1/models")["data"])


def test_a_trainer_may_fail(api: Api, workshop: Workshop) -> None:
    job = api.until(api.create(), "running")
    workshop.failure = Failure("out_of_memory", "The card is full.")

    assert api.job(job)["error"] == {"code": "out_of_memory", "message": "The card is full.", "param": None}


def test_a_trainer_is_told_to_pause_resume_and_stop(api: Api, workshop: Workshop) -> None:
    job = api.until(api.create(), "running")
    workshop.work(job["id"], 2.0)
    for verb in ("pause", "resume", "cancel"):
        api.post(f"/v1/fine_tuning/jobs/{job['id']}/{verb}")

    assert workshop.said == ["pause", "resume", "stop"]


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
        line.bend(at, rate, value=line.value(at) + leap)

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
