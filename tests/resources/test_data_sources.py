"""Data sources against a running service, without the engine: at once, and from Outputs."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pulumi
import pytest

import pulumi_ftjobs as ft
from pulumi_ftjobs.api.client import Client
from tests.resources.programs import in_a_program
from tests.support.keys import KEY
from tests.support.rows import MODEL
from tests.support.server import Server


async def _value(output: pulumi.Output[Any]) -> Any:
    return await output.future()


def test_a_job_is_reported_in_the_services_own_words(job_id: str, training_file: str) -> None:
    async def program() -> Any:
        return ft.get_fine_tuning_job(job_id)

    job = in_a_program(program)
    assert (job.id, job.status, job.model, job.seed) == (job_id, "validating_files", MODEL, 7)
    assert (job.training_file, job.metadata) == (training_file, {"team": "a"})
    assert isinstance(job.created_at, int)


def test_what_the_service_does_not_say_is_none_and_a_missing_list_is_empty(job_id: str) -> None:
    async def program() -> Any:
        return ft.get_fine_tuning_job(job_id)

    job = in_a_program(program)
    assert (job.fine_tuned_model, job.finished_at, job.error, job.trained_tokens) == (None,) * 4
    assert (job.result_files, job.integrations) == ([], [])


def test_a_result_may_be_awaited(job_id: str) -> None:
    async def program() -> Any:
        return (await ft.get_fine_tuning_job(job_id)).id

    assert in_a_program(program) == job_id


def test_a_twin_takes_an_output_and_gives_one(job_id: str) -> None:
    async def program() -> Any:
        found = ft.get_fine_tuning_job_output(pulumi.Output.from_input(job_id))
        return await _value(found.seed)

    assert in_a_program(program) == 7


def test_a_secret_id_makes_a_secret_answer(job_id: str) -> None:
    async def program() -> Any:
        return await ft.get_fine_tuning_job_output(pulumi.Output.secret(job_id)).is_secret()

    assert in_a_program(program) is True


def test_an_id_that_is_not_known_yet_asks_nothing(asked: Server) -> None:
    async def program() -> Any:
        unknown: pulumi.Output[str] = pulumi.Output.from_input("x").apply(lambda _: pulumi.output.UNKNOWN)
        return await ft.get_fine_tuning_job_output(unknown).is_known()

    assert in_a_program(program) is False
    assert asked.journal() == []


def test_the_programs_loop_goes_on_while_a_source_is_asked(asked: Server, job_id: str) -> None:
    asked.fault("hold_before", "GET", f"/fine_tuning/jobs/{job_id}")

    async def program() -> Any:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            for _ in range(20):
                await asyncio.sleep(0)
                ticks += 1
            threading.Thread(target=asked.release).start()

        running = asyncio.ensure_future(tick())
        found = ft.get_fine_tuning_job(job_id)
        await running
        return found.id, ticks

    assert in_a_program(program) == (job_id, 20)


def test_a_job_that_is_not_there_is_one_clean_sentence(asked: Server) -> None:
    async def program() -> None:
        ft.get_fine_tuning_job("ftjob-nothing")

    with pytest.raises(pulumi.RunError) as failure:
        in_a_program(program)
    reported = str(failure.value)
    assert reported.startswith("get_fine_tuning_job: reading job ftjob-nothing (HTTP 404")
    assert "\n" not in reported


def test_no_key_names_the_places_for_one(asked: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")

    async def program() -> None:
        ft.get_model("gpt-4.1-mini-2025-04-14")

    with pytest.raises(pulumi.RunError, match=r"get_model: no API key for .*OPENAI_API_KEY"):
        in_a_program(program)


@pytest.fixture
def three_jobs(api: Client, asked: Server, training_file: str) -> list[str]:
    """Ids, newest first: one cancelled of team b, one of another base, one of team a."""
    bodies: list[dict[str, Any]] = [
        {"model": MODEL, "metadata": {"team": "a"}},
        {"model": "gpt-4.1-nano-2025-04-14", "metadata": {"team": "a"}},
        {"model": MODEL, "metadata": {"team": "b"}},
    ]
    made = [api.create_job({"training_file": training_file, **body}).id for body in bodies]
    asked.act(made[2], "cancel")
    return made[::-1]


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({}, [0, 1, 2]),
        ({"status": "cancelled"}, [0]),
        ({"status": ["cancelled", "validating_files"]}, [0, 1, 2]),
        ({"model": MODEL}, [0, 2]),
        ({"model": "gpt-4.1-mini"}, [0, 2]),
        ({"metadata": {"team": "a"}}, [1, 2]),
        ({"metadata": {"team": "a"}, "model": MODEL}, [2]),
        ({"limit": 2}, [0, 1]),
        ({"limit": 0}, []),
        ({"limit": "2"}, [0, 1]),
        ({"limit": 2.0}, [0, 1]),
        ({"created_after": "1600000000"}, [0, 1, 2]),
        ({"status": ("cancelled",)}, [0]),
        ({"created_after": "2020-01-01"}, [0, 1, 2]),
        ({"created_after": "2090-01-01T00:00:00Z"}, []),
        ({"created_before": 1_000_000_000}, []),
    ],
    ids=str,
)
def test_jobs_are_found_by(three_jobs: list[str], filters: dict[str, Any], numbers: list[int]) -> None:
    async def program() -> Any:
        return ft.get_fine_tuning_jobs(**filters)

    found = in_a_program(program)
    assert found.ids == [three_jobs[number] for number in numbers]
    assert [job.id for job in found.jobs] == found.ids


def test_metadata_is_filtered_also_where_the_service_ignores_the_filter(
    asked: Server, three_jobs: list[str]
) -> None:
    asked.settings(metadata_filter=False)

    async def program() -> Any:
        return ft.get_fine_tuning_jobs(metadata={"team": "b"}).ids

    assert in_a_program(program) == three_jobs[:1]


@pytest.mark.parametrize(
    ("filters", "sentence"),
    [
        ({"created_after": "yesterday"}, "created_after: must be seconds since 1970 or a date such as"),
        ({"created_after": float("nan")}, "created_after: must be seconds since 1970"),
        ({"created_before": float("inf")}, "created_before: must be seconds since 1970"),
        (
            {"created_after": 2e9, "created_before": "2026-10-01"},
            "created_after: must be earlier than created_",
        ),
        ({"created_after": 2e9, "created_before": 2e9}, "created_after: must be earlier than created_before"),
        ({"limit": -1}, "limit: must be a whole number from 0"),
        ({"limit": float("nan")}, "limit: must be a whole number from 0, not nan"),
        ({"limit": "few"}, "limit: must be a whole number from 0, not 'few'"),
        ({"limit": True}, "limit: must be a whole number from 0, not True"),
        ({"status": 5}, "status: must be a string or a list of strings, not 5"),
        ({"status": [5]}, "status: must be a string or a list of strings"),
        (
            {"status": "success"},
            r"status: unknown value 'success'; did you mean succeeded\?",
        ),
        (
            {"status": ["failed", "over"]},
            "status: unknown value 'over'; known are cancelled, created",
        ),
        ({"metadata": ["a"]}, "metadata: must be a dict of strings, not"),
        ({"metadata": {"a": 1}}, "metadata: must be a dict of strings: 'a' is 1"),
        ({"model": 5}, "model: must be a non-empty string, not 5"),
    ],
)
@pytest.mark.usefixtures("asked")
def test_a_filter_that_is_none_is_reported(filters: dict[str, Any], sentence: str) -> None:
    async def program() -> None:
        ft.get_fine_tuning_jobs(**filters)

    with pytest.raises(pulumi.RunError, match=sentence):
        in_a_program(program)


def test_events_checkpoints_and_the_model_of_a_finished_job(asked: Server, job_id: str) -> None:
    asked.act(job_id, "succeed")

    async def program() -> Any:
        job = ft.get_fine_tuning_job(job_id)
        events = ft.get_fine_tuning_job_events_output(job_id, type="message", limit=1)
        checkpoints = ft.get_fine_tuning_job_checkpoints(job_id)
        model = ft.get_model_output(str(job.fine_tuned_model))
        return job, (await _value(events)).events, checkpoints.checkpoints, await _value(model)

    job, events, checkpoints, model = in_a_program(program)
    assert [(event.type, bool(event.message)) for event in events] == [("message", True)]
    assert all(checkpoint.fine_tuned_model_checkpoint for checkpoint in checkpoints)
    assert checkpoints
    assert (model.id, model.object) == (job.fine_tuned_model, "model")


def test_all_pages_of_events_are_read(asked: Server, job_id: str) -> None:
    asked.act(job_id, "succeed")

    async def program() -> Any:
        return ft.get_fine_tuning_job_events(job_id)

    found = in_a_program(program)
    asked_pages = [call for call in asked.journal() if call["path"].endswith("/events")]
    assert len(found.events) == len({event.id for event in found.events})
    assert len(asked_pages) == -(-len(found.events) // 100)


def test_no_answer_holds_the_key(job_id: str) -> None:
    async def program() -> Any:
        return ft.get_fine_tuning_job(job_id)

    assert KEY not in repr(vars(in_a_program(program)))
