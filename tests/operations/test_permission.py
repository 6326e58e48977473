"""Checkpoint permissions at a running service: given once, listed whole, taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.settings import Sources
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM, RECORD
from pulumi_ftjobs.operations.permission_operations import PermissionOperations
from pulumi_ftjobs.operations.session import Session
from tests.support.keys import KEY, OTHER_KEY
from tests.support.server import Server, running_server

URN = "urn:pulumi:test::story::pulumi-python:dynamic/ftjobs:CheckpointPermission::a"


@pytest.fixture
def checkpoint(asked: Server, api: Client, job_id: str) -> str:
    """The name of a checkpoint, with its colons."""
    asked.act(job_id, "succeed")
    name = next(api.checkpoints(job_id)).fine_tuned_model_checkpoint
    assert name
    assert name.count(":") >= 4
    asked.clear_journal()
    return name


@pytest.fixture
def settings(asked: Server, project: str) -> dict[str, str]:
    """Config of a stack."""
    return {"baseUrl": asked.url, "apiKey": KEY, "project": project}


Service = Callable[[dict[str, str]], PermissionOperations]


@pytest.fixture
def service() -> Iterator[Service]:
    """Makes services, each of a provider process that has just started."""
    started: list[Session] = []

    def start(settings: dict[str, str]) -> PermissionOperations:
        started.append(Session(Sources(stack=settings), lambda *_said: None))
        return PermissionOperations(started[-1])

    yield start
    for session in started:
        session.close()


def declared(checkpoint: str, project_id: str = "proj_b") -> dict[str, Any]:
    """Inputs as the engine hands them over."""
    return {"checkpoint": checkpoint, "project_id": project_id, PROGRAM: {"urn": URN, "stack": "v1:a/b/c"}}


def given(api: Client, checkpoint: str) -> list[str | None]:
    """Projects that may use the checkpoint."""
    return sorted(str(permission.project_id) for permission in api.permissions(checkpoint))


def test_a_permission_is_given_and_its_id_is_kept(
    service: Service, settings: dict[str, str], checkpoint: str, api: Client
) -> None:
    permission_id, outs = service(settings).create(declared(checkpoint))
    assert [permission.id for permission in api.permissions(checkpoint)] == [permission_id]
    assert (outs["checkpoint"], outs["project_id"]) == (checkpoint, "proj_b")
    assert isinstance(outs["created_at"], int)


def test_what_the_project_has_already_is_taken_over(
    service: Service, settings: dict[str, str], checkpoint: str, api: Client, asked: Server
) -> None:
    api.create_permissions(checkpoint, ["proj_a", "proj_b"])
    asked.clear_journal()
    permission_id, outs = service(settings).create(declared(checkpoint))
    assert outs["project_id"] == "proj_b"
    assert permission_id in {permission.id for permission in api.permissions(checkpoint)}
    assert asked.posts("/permissions") == []


def test_a_lost_answer_gives_no_second_permission(
    service: Service, settings: dict[str, str], checkpoint: str, api: Client, asked: Server
) -> None:
    asked.fault("reset_after", "POST", "/fine_tuning/checkpoints/*/permissions")
    service(settings).create(declared(checkpoint))
    assert given(api, checkpoint) == ["proj_b"]
    assert len(asked.posts("/permissions")) == 1


def test_it_is_found_on_a_later_page(
    service: Service, settings: dict[str, str], checkpoint: str, api: Client
) -> None:
    permission_id, outs = service(settings).create(declared(checkpoint))
    api.create_permissions(checkpoint, [f"proj_{number}" for number in range(130)])
    assert service(settings).read(permission_id, outs) == outs


def test_one_that_was_revoked_elsewhere_is_gone(
    service: Service, settings: dict[str, str], checkpoint: str, api: Client
) -> None:
    permission_id, outs = service(settings).create(declared(checkpoint))
    api.delete_permission(checkpoint, permission_id)
    assert service(settings).read(permission_id, outs) is None


def test_delete_takes_it_back_and_may_be_repeated(
    service: Service, settings: dict[str, str], checkpoint: str, api: Client
) -> None:
    permission_id, outs = service(settings).create(declared(checkpoint))
    api.create_permissions(checkpoint, ["proj_a"])
    service(settings).delete(permission_id, outs)
    service(settings).delete(permission_id, outs)
    assert given(api, checkpoint) == ["proj_a"]


def test_delete_spares_what_the_same_process_has_just_taken_over(
    service: Service, settings: dict[str, str], checkpoint: str, api: Client
) -> None:
    process = service(settings)
    permission_id, outs = process.create(declared(checkpoint))
    process.delete(permission_id, outs)
    assert given(api, checkpoint) == ["proj_b"]


def test_another_target_in_force_is_not_asked(
    service: Service, settings: dict[str, str], checkpoint: str
) -> None:
    permission_id, outs = service(settings).create(declared(checkpoint))
    with pytest.raises(
        FtjobsError, match=f"permission {permission_id} lives at .* but the settings in force"
    ):
        service(settings | {"project": "proj_elsewhere"}).read(permission_id, outs)
    assert outs[RECORD]["target"].endswith(settings["project"])


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_says_that_an_admin_key_is_needed(
    service: Service, settings: dict[str, str], checkpoint: str, asked: Server, status: int
) -> None:
    asked.fault("status", "GET", "/fine_tuning/checkpoints/*", status=status, count=None)
    with pytest.raises(FtjobsError, match=f"HTTP {status}.*admin key .*Owner role.*ftjobs:adminKey"):
        service(settings).create(declared(checkpoint))


def test_the_admin_key_is_sent_and_not_the_usual_one(service: Service) -> None:
    with running_server("--api-key", OTHER_KEY, lenient=True) as strict:
        settings = {"baseUrl": strict.url, "apiKey": KEY}
        wanted = declared("ft:base:org::abc:ckpt-step-1")
        with pytest.raises(FtjobsError, match="HTTP 401"):
            service(settings).create(wanted)
        _, outs = service(settings | {"adminKey": OTHER_KEY}).create(wanted)
    assert outs["project_id"] == "proj_b"
