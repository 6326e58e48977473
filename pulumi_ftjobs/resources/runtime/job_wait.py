"""Waiting for jobs in the program: no engine slot, no worker; Ctrl-C and timeouts leave the jobs alone.

How a wait ended is handed on as an `End`. A job that did not succeed never cuts other waits short:
its end is held until they are over, so that everything that can be recorded is recorded first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

import pulumi

from pulumi_ftjobs.api.errors import NotFound
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.messages import (
    NOT_WAITING,
    SWITCHED_OFF,
    failed_job,
    not_visible,
    passed_by,
    still_running,
    stopped_waiting,
)
from pulumi_ftjobs.lifecycle.progress import Progress, duration
from pulumi_ftjobs.lifecycle.state_schema import DEFERRED, HoldCode
from pulumi_ftjobs.lifecycle.values import listed
from pulumi_ftjobs.resources.runtime.acceptance import Accept, NotJudged, refusal
from pulumi_ftjobs.resources.runtime.program_accounts import account_of, client_for, follower_for
from pulumi_ftjobs.resources.runtime.progress_throttle import Rhythm
from pulumi_ftjobs.resources.runtime.wait_registry import SETTLING, Open, Waits, waits


@dataclass(frozen=True)
class End:
    """How a wait ended."""

    job_id: str
    hold: str | None = None
    """Why the model must stay as it was; None when the job has succeeded."""
    code: HoldCode | None = None
    """The same as a code; None when the job has succeeded."""

    @property
    def failed(self) -> bool:
        """Whether the update fails: one that nothing waits for fails none."""
        return self.code not in (None, *DEFERRED)


class Way(NamedTuple):
    """How a model deals with its job."""

    row: pulumi.Resource | None
    """Whose row shows the progress; None for the stack's, while the model has no row yet."""
    urn: pulumi.Output[str]
    """The model's, known before it is registered."""
    wait: bool = True
    timeout: float | None = None
    """Seconds."""
    accept: Accept | None = None
    ignore: bool = False
    """Nothing that ended badly fails this command."""
    why_not: str = SWITCHED_OFF
    """Why nothing waits, where nothing does."""


HINTED = 20.0
"""Seconds during which the first row tells how not to wait: no program can know which command runs it."""


async def end_of(job_id: str, model: pulumi.Resource, way: Way) -> End:
    """How the job ended; or, where nobody waits, whether it has. `model` is recorded when the job has succeeded."""
    run = waits()
    run.begin()
    try:
        end = await (_followed(job_id, model, way, run) if way.wait else _looked_at(job_id, model, way))
        if end.hold is None and way.accept is not None:
            end = await _judged(job_id, model, way, way.accept)
    finally:
        run.finish()
    if end.failed and way.ignore:
        pulumi.log.warn(passed_by(str(end.hold)), resource=way.row)
        return End(job_id, end.hold, code="ignored")
    if end.failed:
        if run.interrupted:
            raise pulumi.RunError(run.interrupted)
        run.failed.append(job_id)
        run.without.add(str(await way.urn.future()))
        pulumi.log.error(str(end.hold), resource=way.row)
        await run.idle.wait()
    return end


async def _judged(job_id: str, model: pulumi.Resource, way: Way, accept: Accept) -> End:
    """Whether the model of a job that has succeeded is good enough."""
    try:
        why = await refusal(job_id, model, way.urn, accept)
    except NotJudged as error:
        return End(job_id, str(error), code="interrupted")
    return End(job_id, why, code="not_accepted") if why else End(job_id)


async def _looked_at(job_id: str, model: pulumi.Resource, way: Way) -> End:
    """One look, no wait."""
    from pulumi_ftjobs.api.watcher import look  # noqa: PLC0415 - nothing loads the client before somebody asks

    try:
        client = client_for(await account_of(model))
        job = await asyncio.get_running_loop().run_in_executor(None, look, client, job_id)
    except FtjobsError as error:
        return End(job_id, _stopped(job_id, error), code="interrupted")
    if job["status"] in {"failed", "cancelled"}:
        return End(job_id, failed_job(job), code="failed")
    if job["status"] != "succeeded":
        sentence = still_running(job_id, str(job["status"]), way.why_not)
        pulumi.log.info(sentence, resource=way.row)
        return End(job_id, sentence, code="unfinished")
    return End(job_id)


async def _followed(job_id: str, model: pulumi.Resource, way: Way, run: Waits) -> End:
    from pulumi_ftjobs.api.watcher import Wait  # noqa: PLC0415 - nothing loads the client before somebody waits

    loop = asyncio.get_running_loop()
    result: asyncio.Future[Any] = loop.create_future()
    rhythm = Rhythm(crowd=lambda: len(run.open))

    run.first = run.first or job_id
    hinted = loop.time() + HINTED if run.first == job_id else 0.0

    def show(progress: Progress) -> None:
        text = (
            ("" if way.row else f"job {job_id}: ")
            + progress.text()
            + (NOT_WAITING if loop.time() < hinted else "")
        )
        loop.call_soon_threadsafe(lambda: pulumi.log.info(text, resource=way.row, ephemeral=True))

    def settle(end: Any) -> None:
        if not result.done():
            result.set_result(end)

    wait = Wait(job_id, show, lambda end: _quietly(loop, settle, end), rhythm.due)
    opened = Open(f"job {job_id}", settle)
    run.open.append(opened)
    try:
        follower = follower_for(await account_of(model))
        follower.follow(wait)
        end = await asyncio.wait_for(result, way.timeout)
        follower.forget(wait)
    except FtjobsError as error:
        end = error
    except (TimeoutError, asyncio.TimeoutError):
        follower.forget(wait)
        end = FtjobsError(
            f"after {duration(way.timeout or 0)} it is {wait.last.get('status', 'not over')}; raise custom_timeouts, "
            "or run `pulumi up` again to go on waiting"
        )
    finally:
        run.open.remove(opened)
    if isinstance(end, FtjobsError):
        return End(job_id, _stopped(job_id, end), code="interrupted")
    if end.get("status") != "succeeded":
        return End(job_id, failed_job(end), code="failed")
    return End(job_id)


def _stopped(job_id: str, error: FtjobsError) -> str:
    """Why nobody waits any more; a job that is not there does not go on at the service."""
    return not_visible(job_id) if isinstance(error, NotFound) else stopped_waiting(job_id, error)


def _quietly(loop: asyncio.AbstractEventLoop, settle: Callable[[Any], None], end: Any) -> None:
    """Hand a result to the loop, unless the program has ended in the meantime."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(settle, end)


async def fail_at_the_end(end: End, model: pulumi.Resource) -> None:
    """Fail the update once everything else is done. Raises pulumi.RunError if the wait has failed.

    The model and what hangs on it are registered first, unchanged: an update that ends without them
    would show the stack's outputs as taken away.
    """
    if end.failed:
        run = waits()
        await run.idle.wait()
        registered = asyncio.ensure_future(model.urn.future())
        await asyncio.wait({registered})
        if registered.exception() is None:
            await asyncio.sleep(SETTLING)
        await run.idle.wait()
        raise pulumi.RunError(
            f"no model yet from {listed(run.failed)}: the reason is shown with each job; "
            "whatever uses an earlier model keeps it"
        )
