"""`ftjobs doctor`: check the installation, the settings in force and the service."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from shutil import which
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from pulumi_ftjobs.cli.creation_probe import CheckResult, by_calendar, by_trying
from pulumi_ftjobs.cli.exit_codes import Exit, message_of
from pulumi_ftjobs.cli.pulumi_stack import current_stack, run_pulumi
from pulumi_ftjobs.cli.service_client import setting_sources
from pulumi_ftjobs.cli.shared_options import AsJson, StackConfig
from pulumi_ftjobs.cli.terminal_output import cell, print_json, print_line
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.values import one_line

if TYPE_CHECKING:
    from pulumi_ftjobs.lifecycle.settings import Account, Sources

_PACKAGES: Final = (
    "pulumi-ftjobs",
    "pulumi",
    "httpx",
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
            help="Request a job whose file does not exist: the refusal shows whether jobs can be created.",
        ),
    ] = False,
    as_json: AsJson = False,
    stack_config: StackConfig = False,
) -> None:
    """Check the installation, the settings in force and the service.

    Begins with the checks that failed. Secrets are masked: only where each setting comes from is shown.
    """
    results = list(_checks(use_stack=stack_config, try_create=try_create))
    failed = [one for one in results if one.result == "failed"]
    results = [*failed, *(one for one in results if one.result != "failed")]
    if as_json:
        print_json([vars(one) for one in results])
    else:
        count = len(failed)
        print_line(
            "no check failed" if not count else "1 check failed" if count == 1 else f"{count} checks failed"
        )
        for one in results:
            print_line(f"{one.result:<6} {one.check:<14} {one.detail}")
    if failed:
        raise typer.Exit(Exit.NO)


def _checks(*, use_stack: bool, try_create: bool) -> Iterator[CheckResult]:
    yield CheckResult("ok", "python", sys.version.split()[0])
    yield from _packages()
    yield _pulumi()
    try:
        sources = setting_sources(use_stack=use_stack)
        account = sources.account()
    except FtjobsError as error:
        yield CheckResult("failed", "settings", message_of(error))
        return
    yield from _settings(sources, account)
    if use_stack:
        yield _stack(sources)
    yield by_calendar(sources, account)
    yield from _service(account, try_create=try_create)


def _packages() -> Iterator[CheckResult]:
    for name in _PACKAGES:
        try:
            yield CheckResult("ok", name, version(name))
        except PackageNotFoundError:
            yield CheckResult("note", name, "not installed (optional)")


def _pulumi() -> CheckResult:
    if not which("pulumi"):
        return CheckResult("note", "pulumi CLI", "not on PATH")
    try:
        return CheckResult("ok", "pulumi CLI", one_line(run_pulumi("version"), 60))
    except FtjobsError as error:
        return CheckResult("failed", "pulumi CLI", str(error))


def _settings(sources: Sources, account: Account) -> Iterator[CheckResult]:
    yield CheckResult(
        "ok",
        "target",
        f"{account.target.identity} (profile {account.target.profile.name}, auth {account.auth})",
    )
    for name in _SETTINGS:
        origins = [one.source for one in sources.all(name)]
        if origins:
            unused = f"; not used: {', '.join(origins[1:])}" if origins[1:] else ""
            yield CheckResult("ok", name, f"from {origins[0]}{unused}")
    if account.keys:
        yield CheckResult("ok", "key in force", f"from {account.keys[0].source}")
    elif account.auth != "entra":
        try:
            account.require_key()
        except FtjobsError as error:
            yield CheckResult("failed", "key in force", message_of(error))


def _stack(sources: Sources) -> CheckResult:
    try:
        names = current_stack()
    except FtjobsError as error:
        return CheckResult("failed", "stack pair", str(error))
    return CheckResult(
        "ok", "stack pair", f"{names.pair(sources.stack)} (the ftjobs_stack of this stack's jobs)"
    )


def _service(account: Account, *, try_create: bool) -> Iterator[CheckResult]:
    from pulumi_ftjobs.api.client import Client  # noqa: PLC0415 - the HTTP library is imported only for a request

    client = Client(account)
    try:
        newest: list[Any] = list(islice(client.jobs(limit=1), 1))
        jobs = f"newest {cell(newest[0].id)}, {cell(newest[0].status)}" if newest else "none yet"
        yield CheckResult("ok", "service", f"answers; jobs: {jobs}")
        if try_create:
            yield by_trying(client)
    except FtjobsError as error:
        yield CheckResult("failed", "service", message_of(error))
    finally:
        client.close()
