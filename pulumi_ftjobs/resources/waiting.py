"""Waiting for a job in the program: no engine slot, no worker; Ctrl-C leaves the job alone."""

from __future__ import annotations

import asyncio
from typing import Any

import pulumi

from pulumi_ftjobs.lifecycle.errors import FtjobsError
from pulumi_ftjobs.lifecycle.progress import Progress
from pulumi_ftjobs.lifecycle.sentences import failed_job
from pulumi_ftjobs.resources.accounts import account_of, follower_for


async def ended_job_id(job_id: str, row: pulumi.Resource, account_from: pulumi.Resource) -> str:
    """`job_id`, once the job has succeeded.

    Progress goes to the row of `row`. Raises pulumi.RunError, one clean message, when the job failed
    or cannot be followed any longer.
    """
    from pulumi_ftjobs.api.follow import Wait  # noqa: PLC0415 - nothing loads the client before somebody waits

    loop = asyncio.get_running_loop()
    result: asyncio.Future[Any] = loop.create_future()

    def show(progress: Progress) -> None:
        loop.call_soon_threadsafe(lambda: pulumi.log.info(progress.text(), resource=row, ephemeral=True))

    def done(end: Any) -> None:
        loop.call_soon_threadsafe(lambda: None if result.done() else result.set_result(end))

    try:
        follower_for(await account_of(account_from)).follow(Wait(job_id, show, done))
    except FtjobsError as error:
        raise pulumi.RunError(str(error)) from None
    end = await result
    if isinstance(end, FtjobsError):
        raise pulumi.RunError(f"waiting for job {job_id} stopped, the job itself goes on: {end}") from None
    if end.get("status") != "succeeded":
        raise pulumi.RunError(failed_job(end))
    return job_id
