"""Waiting for jobs in the program: no engine slot, no worker; Ctrl-C and timeouts leave the jobs alone.

How a wait ended is passed on as an `End`. A job that did not succeed never cuts other waits short: its end is held
until they are over, so that everything that can be recorded is recorded first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import pulumi

from pulumi_ftjobs.api.errors import NotFound
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.messages import (
    NOT_WAITING,
    SWITCHED_OFF,
    failed_job,
    ignored,
    not_judged,
    not_visible,
    still_running,
    stopped_waiting,
)
from pulumi_ftjobs.lifecycle.progress import Progress, duration
from pulumi_ftjobs.lifecycle.state_schema import DEFERRED, HoldCode
from pulumi_ftjobs.lifecycle.values import listed
from pulumi_ftjobs.resources.runtime.acceptance import Accept, judge
from pulumi_ftjobs.resources.runtime.accounts import Accounts, account_of
from pulumi_ftjobs.resources.runtime.progress_throttle import Rhythm
from pulumi_ftjobs.resources.runtime.stack_state import StackState
from pulumi_ftjobs.resources.runtime.wait_registry import SETTLING, ProgramLoop, WaitRegistry

HINTED: Final = 20.0
"""Seconds during which the first row says how not to wait: no program can know which command runs it."""


@dataclass(frozen=True)
class End:
    """How a wait ended."""

    job_id: str
    hold: str | None = None
    """Why the model must stay as it was; None when the job has succeeded."""
    code: HoldCode | None = None
    """The same as a code; None when the job has succeeded."""
    job: Mapping[str, Any] | None = None
    """The job as the service had it then, where it was seen."""

    @property
    def failed(self) -> bool:
        """Whether the update fails."""
        return self.code not in (None, *DEFERRED)


class WaitOptions(NamedTuple):
    """How a model deals with its job."""

    row: pulumi.Resource | None
    """Whose row shows the progress; None for the stack's, while the model has no row yet."""
    urn: pulumi.Input[str]
    """The model's, known before it is registered."""
    wait: bool = True
    timeout: float | None = None
    """Seconds."""
    accept: Accept | None = None
    ignore: str = ""
    """Why a failed job fails nothing, where it does not."""
    why_not: str = SWITCHED_OFF
    """Why waiting is disabled, where it is."""


class JobWaits:
    """The waits for jobs of one program run."""

    def __init__(
        self, accounts: Accounts, state: StackState, registry: WaitRegistry, loop: ProgramLoop
    ) -> None:
        self._accounts, self._state, self._registry, self._loop = accounts, state, registry, loop

    async def end_of(self, job_id: str, model: pulumi.Resource, how: WaitOptions) -> End:
        """How the job ended; or, where waiting is disabled, whether it has."""
        run = self._registry
        run.begin()
        try:
            end = await (self._watch(job_id, model, how) if how.wait else self._look(job_id, model, how))
            if end.hold is None and how.accept is not None:
                end = await self._judge(end, model, how, how.accept)
        finally:
            run.finish()
        if end.failed and how.ignore:
            pulumi.log.warn(ignored(str(end.hold), how.ignore), resource=how.row)
            return End(job_id, end.hold, code="ignored", job=end.job)
        if end.failed:
            if run.interrupted:
                raise pulumi.RunError(run.interrupted)
            run.failed.append(job_id)
            run.without_model.add(str(await pulumi.Output.from_input(how.urn).future()))
            if end.code != "not_accepted":  # the job succeeded: the refusal is shown on the model's row
                pulumi.log.error(str(end.hold), resource=how.row)
            await run.idle.wait()
        return end

    async def _judge(self, end: End, model: pulumi.Resource, how: WaitOptions, accept: Accept) -> End:
        """Whether the model of a job that has succeeded is good enough."""
        try:
            client = await self._accounts.client_of(model)
            found = await asyncio.get_running_loop().run_in_executor(None, client.final_metrics, end.job_id)
        except FtjobsError as error:
            return End(end.job_id, not_judged(end.job_id, error), code="interrupted")
        why = await judge(end.job_id, found or await self._recorded(end.job_id, how) or {}, accept)
        return End(end.job_id, why, code="not_accepted", job=end.job) if why else end

    async def _recorded(self, job_id: str, how: WaitOptions) -> Mapping[str, Any] | None:
        """The metrics that the stack's state has of this job, for a service that no longer has them."""
        try:
            before = await self._state.recorded([str(await pulumi.Output.from_input(how.urn).future())])
        except FtjobsError:
            return None
        return before.get("metrics") if before and before.get("job_id") == job_id else None

    async def _look(self, job_id: str, model: pulumi.Resource, how: WaitOptions) -> End:
        """One look, no wait."""
        from pulumi_ftjobs.api.watcher import look  # noqa: PLC0415 - the client loads with the first question

        try:
            client = await self._accounts.client_of(model)
            job = await asyncio.get_running_loop().run_in_executor(None, look, client, job_id)
        except FtjobsError as error:
            return End(job_id, _stopped(job_id, error), code="interrupted")
        if job["status"] in {"failed", "cancelled"}:
            return End(job_id, failed_job(job), code="failed", job=job)
        if job["status"] != "succeeded":
            sentence = still_running(job_id, str(job["status"]), how.why_not)
            pulumi.log.info(sentence, resource=how.row)
            return End(job_id, sentence, code="unfinished", job=job)
        return End(job_id, job=job)

    async def _watch(self, job_id: str, model: pulumi.Resource, how: WaitOptions) -> End:
        """Wait until the job has ended."""
        from pulumi_ftjobs.api.watcher import Wait  # noqa: PLC0415 - see above

        run, loop = self._registry, asyncio.get_running_loop()
        result: asyncio.Future[Any] = loop.create_future()
        run.first = run.first or job_id
        hinted = loop.time() + HINTED if run.first == job_id else 0.0

        def show(progress: Progress) -> None:
            job = "" if how.row else f"job {job_id}: "
            text = f"{job}{progress.text()}{NOT_WAITING if loop.time() < hinted else ''}"
            self._loop.post(lambda: pulumi.log.info(text, resource=how.row, ephemeral=True))

        def settle(end: Any) -> None:
            if not result.done():
                result.set_result(end)

        rhythm = Rhythm(crowd=lambda: len(run.open))
        wait = Wait(job_id, show, lambda end: self._loop.post(settle, end), rhythm.due)
        with run.opened(f"job {job_id}", settle):
            try:
                watcher = self._accounts.watcher(await account_of(model))
                watcher.follow(wait)
                try:
                    end = await asyncio.wait_for(result, how.timeout)
                finally:
                    watcher.forget(wait)
            except FtjobsError as error:
                end = error
            except (TimeoutError, asyncio.TimeoutError):
                end = FtjobsError(
                    f"after {duration(how.timeout or 0)} it is {wait.last.get('status', 'unfinished')}. Raise "
                    "custom_timeouts, or run `pulumi up` again to continue waiting"
                )
        if isinstance(end, FtjobsError):
            return End(job_id, _stopped(job_id, end), code="interrupted")
        if end.get("status") != "succeeded":
            return End(job_id, failed_job(end), code="failed", job=end)
        return End(job_id, job=end)

    async def fail_at_the_end(self, end: End, model: pulumi.Resource) -> None:
        """Fail the update once everything else is done.

        The model and what depends on it are registered first, unchanged: an update that ends without them
        would show the stack's outputs as removed.

        Raises:
            pulumi.RunError: if the wait has failed.
        """
        if end.failed:
            run = self._registry
            await run.idle.wait()
            registered = asyncio.ensure_future(model.urn.future())
            await asyncio.wait({registered})
            if registered.exception() is None:
                await asyncio.sleep(SETTLING)
            await run.idle.wait()
            raise pulumi.RunError(
                f"no model yet from {listed(run.failed)}: the reason is shown on the row of each job or model; "
                "resources that use an earlier model keep it"
            )


def _stopped(job_id: str, error: FtjobsError) -> str:
    """Why the wait ended before the job; one that is not visible is not said to keep running."""
    return not_visible(job_id) if isinstance(error, NotFound) else stopped_waiting(job_id, error)
