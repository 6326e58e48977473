"""What an operator can do to one job: the actions of `POST /_ftjobs/jobs/{id}` and of a scenario file."""

from __future__ import annotations

from typing import Any

from .errors import invalid
from .plan import Job, training_starts
from .standing import CANCELLED, FAILED, PAUSED, SUCCEEDED
from .timeline import Timeline
from .trainer import Failure
from .world import World

ACTIONS = ("fail", "succeed", "cancel", "pause", "resume", "freeze", "thaw", "vanish")
_FIELDS = {"action", "code", "message", "param", "at_step"}


def intervene(world: World, job: Job, wish: dict[str, Any]) -> None:
    """Do what is asked; a 400 says what is unknown or too late."""
    action = wish.get("action")
    if action not in ACTIONS:
        raise invalid(f"action must be one of {', '.join(ACTIONS)}.", "action")
    unknown = sorted(set(wish) - _FIELDS)
    if unknown:
        raise invalid(f"Unknown member of an action: {', '.join(unknown)}.", unknown[0])
    if action == "vanish":
        world.ledger.remove(job["id"])
        return
    if job["end"] is not None:
        raise invalid(f"Job {job['id']} has already ended with status '{job['end']['status']}'.", "action")
    if action == "fail":
        _fail(world, job, wish)
    elif action == "succeed":
        _succeed(world, job)
    elif action == "cancel":
        world.ledger.end(job, CANCELLED)
    elif action == "freeze":
        _freeze(world, job)
    elif action == "thaw":
        _thaw(world, job)
    else:
        _hold(world, job, action)


def _fail(world: World, job: Job, wish: dict[str, Any]) -> None:
    for name in ("code", "message", "param"):
        if not isinstance(wish.get(name), (str, type(None))):
            raise invalid(f"{name} must be a string.", name)
    code, message = wish.get("code") or "server_error", wish.get("message") or "The job failed."
    step = wish.get("at_step")
    if step is None:
        world.ledger.end(job, FAILED, {"code": code, "message": message, "param": wish.get("param")})
        return
    if not isinstance(step, int) or isinstance(step, bool) or step < 1:
        raise invalid("at_step must be a step number, from 1.", "at_step")
    job["run"] = world.trainer.fail_at(job["run"], Failure(code, message, wish.get("param"), step))
    world.ledger.save(job)


def _succeed(world: World, job: Job) -> None:
    """Leap to the end of the run, whatever was planned to go wrong; everything it would have made is made."""
    job["verdict"], job["run"] = None, world.trainer.fail_at(job["run"], None)
    ends = world.trainer.progress(job["run"], 0.0).ends or 0.0
    world.ledger.leap(job, training_starts(job) + ends)
    world.ledger.end(job, SUCCEEDED)


def _hold(world: World, job: Job, action: str) -> None:
    """Pause a job, or let it go on."""
    paused = action == "pause"
    world.ledger.bend(job, rate=0.0 if paused else 1.0, label=PAUSED if paused else None)
    world.ledger.note(job, "info", f"Fine-tuning job {action}d")
    world.ledger.save(job)


def _freeze(world: World, job: Job) -> None:
    """Stop a job's own time where it is. What it is doing and what was planned for it is put by, not shown."""
    if "frozen" in job:
        return
    now, timeline = world.clock.ticks(), Timeline.load(job["timeline"])
    knot = timeline.knot(now)
    frozen = {
        "at": now,
        "rate": knot.rate,
        "knots": [row for row in job["timeline"] if row[0] > now],
        "notes": [note for note in job["notes"] if note[0] > now],
    }
    world.ledger.bend(job, rate=0.0, label=knot.label)
    job["frozen"] = frozen
    world.ledger.save(job)


def _thaw(world: World, job: Job) -> None:
    """Let a job go on with what it was doing, as much later as it was frozen.

    A job that was not frozen but stands still, by a scenario or a seed, goes on too; one that is paused stays so.
    """
    now = world.clock.ticks()
    knot = Timeline.load(job["timeline"]).knot(now)
    frozen = job.get("frozen")
    if frozen is None:
        if knot.label is None:
            world.ledger.bend(job, rate=1.0)
    else:
        world.ledger.bend(job, rate=frozen["rate"], label=knot.label)
        late = now - frozen["at"]
        job["timeline"] += [[at + late, *rest] for at, *rest in frozen["knots"]]
        job["notes"] += [[at + late, *rest] for at, *rest in frozen["notes"]]
    world.ledger.save(job)
