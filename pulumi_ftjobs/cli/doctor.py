"""`ftjobs doctor`: what is installed, which settings are in force and from where, and whether the service answers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from shutil import which
from typing import TYPE_CHECKING, Any, Final, Literal

import typer

from pulumi_ftjobs.cli.exits import Exit
from pulumi_ftjobs.cli.options import AsJson, StackConfig
from pulumi_ftjobs.cli.output import print_json, say
from pulumi_ftjobs.cli.service import sources
from pulumi_ftjobs.cli.stacks import current_stack
from pulumi_ftjobs.lifecycle.calendar import notices, parse_dates
from pulumi_ftjobs.lifecycle.errors import FtjobsError
from pulumi_ftjobs.provider.job_check import today

if TYPE_CHECKING:
    from pulumi_ftjobs.lifecycle.settings import Account, Sources

Verdict = Literal["ok", "note", "bad"]
Finding = tuple[Verdict, str, str]

_PACKAGES: Final = (
    "pulumi-ftjobs",
    "pulumi",
    "httpx",
    "pydantic",
    "toktok-rs",
    "azure-identity",
    "starlette",
)
_SETTINGS: Final = ("baseUrl", "organization", "project", "apiKey", "adminKey")


def doctor(as_json: AsJson = False, stack_config: StackConfig = False) -> None:
    """Tell what is installed and in force, and try the service. No value of a secret is shown."""
    findings = list(_findings(use_stack=stack_config))
    if as_json:
        print_json([{"verdict": verdict, "what": what, "told": told} for verdict, what, told in findings])
    else:
        for verdict, what, told in findings:
            say(f"{verdict:<5} {what:<14} {told}")
    if any(verdict == "bad" for verdict, _, _ in findings):
        raise typer.Exit(Exit.NO)


def _findings(*, use_stack: bool) -> Iterator[Finding]:
    yield "ok", "python", sys.version.split()[0]
    yield from _packages()
    cli = which("pulumi")
    yield ("ok", "pulumi CLI", cli) if cli else ("note", "pulumi CLI", "is not on PATH")
    try:
        places = sources(use_stack=use_stack)
        account = places.account()
    except FtjobsError as error:
        yield "bad", "settings", str(error)
        return
    yield from _settings(places, account)
    if use_stack:
        yield _stack(places)
    yield from _service(account)
    yield _creation(places, account)


def _packages() -> Iterator[Finding]:
    for name in _PACKAGES:
        try:
            yield "ok", name, version(name)
        except PackageNotFoundError:
            yield "note", name, "is not installed (an optional part)"


def _settings(places: Sources, account: Account) -> Iterator[Finding]:
    yield "ok", "target", f"{account.target.identity} (profile {account.target.profile}, auth {account.auth})"
    for name in _SETTINGS:
        found = [one.source for one in places.all(name)]
        if found:
            unused = f"; not used: {', '.join(found[1:])}" if found[1:] else ""
            yield "ok", name, f"from {found[0]}{unused}"
    if account.keys:
        yield "ok", "key in force", f"from {account.keys[0].source}"
    elif account.auth != "entra":
        try:
            account.require_key()
        except FtjobsError as error:
            yield "bad", "key in force", str(error)


def _stack(places: Sources) -> Finding:
    try:
        names = current_stack()
    except FtjobsError as error:
        return "bad", "stack pair", str(error)
    return "ok", "stack pair", f"{names.pair(places.stack)} (the ftjobs_stack of this stack's jobs)"


def _service(account: Account) -> Iterator[Finding]:
    from pulumi_ftjobs.api.client import Client  # noqa: PLC0415 - the HTTP library loads only when something is asked

    client = Client(account)
    try:
        newest: list[Any] = list(islice(client.jobs(limit=1), 1))
        told = f"newest {newest[0].id}, {newest[0].status}" if newest else "none yet"
        yield "ok", "service", f"answers; jobs: {told}"
    except FtjobsError as error:
        yield "bad", "service", str(error)
    finally:
        client.close()


def _creation(places: Sources, account: Account) -> Finding:
    """Whether a job can be created: what is known without buying one."""
    told = notices(
        "", account.target.profile, today(), overrides=parse_dates(places.first("shutdownDates") or "{}")
    )
    if not told:
        return "note", "job creation", "only creating a job tells; no end of it is known for this service"
    closed = any(notice.severity == "error" for notice in told)
    return "bad" if closed else "note", "job creation", "; ".join(notice.sentence for notice in told)
