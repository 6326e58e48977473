"""What an operator can do to one job: the actions of `POST /_ftjobs/jobs/{id}` and of a scenario file."""

from __future__ import annotations

from typing import Any

from .errors import invalid
from .plan import Job, training_starts
from .standing import CANCELLED, FAILED, PAUSED, SUCCEEDED
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
    """Stop or start a job's own time; only a pause shows in its status."""
    still = action in ("pause", "freeze")
    world.ledger.bend(job, rate=0.0 if still else 1.0, label=PAUSED if action == "pause" else None)
    if action in ("pause", "resume"):
        world.ledger.note(job, "info", f"Fine-tuning job {action}d")
    world.ledger.save(job)
