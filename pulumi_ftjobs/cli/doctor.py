"""`ftjobs doctor`: what is installed, which settings are in force and from where, and whether the service answers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from shutil import which
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from pulumi_ftjobs.cli.creation_probe import Finding, by_calendar, by_trying
from pulumi_ftjobs.cli.exit_codes import Exit, line_of
from pulumi_ftjobs.cli.options import AsJson, StackConfig
from pulumi_ftjobs.cli.output import cell, print_json, say
from pulumi_ftjobs.cli.service_client import sources
from pulumi_ftjobs.cli.stacks import current_stack, pulumi_says
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.values import one_line

if TYPE_CHECKING:
    from pulumi_ftjobs.lifecycle.settings import Account, Sources

_PACKAGES: Final = (
    "pulumi-ftjobs",
    "pulumi",
    "httpx",
    "pydantic",
    "toktok-rs",
    "azure-identity",
    "typer",
    "rich",
    "starlette",
    "uvicorn",
)
_SETTINGS: Final = ("baseUrl", "organization", "project", "apiKey", "adminKey")


def doctor(
    try_create: Annotated[
        bool,
        typer.Option(
            "--try-create",
            help="Ask for a job whose file does not exist: the refusal tells what a job would get.",
        ),
    ] = False,
    as_json: AsJson = False,
    stack_config: StackConfig = False,
) -> None:
    """Tell what is installed and in force, and try the service. No value of a secret is shown."""
    findings = list(_findings(use_stack=stack_config, try_create=try_create))
    if as_json:
        print_json([{"verdict": verdict, "what": what, "told": told} for verdict, what, told in findings])
    else:
        for verdict, what, told in findings:
            say(f"{verdict:<5} {what:<14} {told}")
    if any(verdict == "bad" for verdict, _, _ in findings):
        raise typer.Exit(Exit.NO)


def _findings(*, use_stack: bool, try_create: bool) -> Iterator[Finding]:
    yield "ok", "python", sys.version.split()[0]
    yield from _packages()
    yield _pulumi()
    try:
        places = sources(use_stack=use_stack)
        account = places.account()
    except FtjobsError as error:
        yield "bad", "settings", str(error)
        return
    yield from _settings(places, account)
    if use_stack:
        yield _stack(places)
    yield by_calendar(places, account)
    yield from _service(account, try_create=try_create)


def _packages() -> Iterator[Finding]:
    for name in _PACKAGES:
        try:
            yield "ok", name, version(name)
        except PackageNotFoundError:
            yield "note", name, "is not installed (an optional part)"


def _pulumi() -> Finding:
    if not which("pulumi"):
        return "note", "pulumi CLI", "is not on PATH"
    try:
        return "ok", "pulumi CLI", one_line(pulumi_says("version"), 60)
    except FtjobsError as error:
        return "bad", "pulumi CLI", str(error)


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
            yield "bad", "key in force", line_of(error)


def _stack(places: Sources) -> Finding:
    try:
        names = current_stack()
    except FtjobsError as error:
        return "bad", "stack pair", str(error)
    return "ok", "stack pair", f"{names.pair(places.stack)} (the ftjobs_stack of this stack's jobs)"


def _service(account: Account, *, try_create: bool) -> Iterator[Finding]:
    from pulumi_ftjobs.api.client import Client  # noqa: PLC0415 - the HTTP library loads only when something is asked

    client = Client(account)
    try:
        newest: list[Any] = list(islice(client.jobs(limit=1), 1))
        told = f"newest {cell(newest[0].id)}, {cell(newest[0].status)}" if newest else "none yet"
        yield "ok", "service", f"answers; jobs: {told}"
        if try_create:
            yield by_trying(client)
    except FtjobsError as error:
        yield "bad", "service", line_of(error)
    finally:
        client.close()
