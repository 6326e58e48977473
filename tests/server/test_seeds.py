"""Seeds: objects in the API's own shape, shown as given, and checked before the server starts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pulumi_ftjobs.cli.command_table import app
from pulumi_ftjobs.server.seeds.seed_loader import load_seed

from .application import MODEL, Api

JOBS = "/v1/fine_tuning/jobs"
SEED = {
    "files": [{"id": "file-mine", "filename": "mine.jsonl"}],
    "models": [{"id": "ft:mine"}],
    "jobs": [
        {
            "id": "ft-old",
            "finished_at": 1_700_000_000,
            "status": "succeeded",
            "fine_tuned_model": "ft:gpt-4o-mini:x::abc",
            "trained_tokens": 7,
        },
        {"id": "ft-bad", "status": "failed", "error": {"code": "x", "message": "y", "param": None}},
        {"id": "ft-run", "status": "running", "metadata": {"team": "a"}, "training_file": "file-mine"},
        {"id": "ft-stop", "status": "paused"},
    ],
    "permissions": [{"id": "cp_mine", "checkpoint": "ft:x:ckpt-step-1", "project_id": "proj_a"}],
}


def planted(api: Api, tmp_path: Path, seed: Any = SEED) -> dict[str, int]:
    path = tmp_path / "seed.json"
    path.write_text(seed if isinstance(seed, str) else json.dumps(seed))
    return load_seed(api.services, path)


def test_a_seed_gives_objects_with_known_ids(api: Api, tmp_path: Path) -> None:
    assert planted(api, tmp_path) == {"files": 1, "models": 1, "jobs": 4, "permissions": 1}

    shown = {j["id"]: j for j in api.get("/v1/fine_tuning/jobs")["data"]}
    assert {name: job["status"] for name, job in shown.items()} == {
        "ft-old": "succeeded",
        "ft-bad": "failed",
        "ft-run": "running",
        "ft-stop": "paused",
    }
    assert (shown["ft-old"]["fine_tuned_model"], shown["ft-old"]["trained_tokens"]) == (
        "ft:gpt-4o-mini:x::abc",
        7,
    )
    assert (shown["ft-old"]["created_at"], shown["ft-old"]["finished_at"]) == (1_700_000_000, 1_700_000_000)
    assert shown["ft-bad"]["error"]["message"] == "y"
    assert api.get("/v1/models/ft:gpt-4o-mini:x::abc")["created"] == 1_700_000_000
    assert api.get("/v1/files/file-mine")["filename"] == "mine.jsonl"
    assert api.get("/v1/fine_tuning/checkpoints/ft:x:ckpt-step-1/permissions")["data"][0]["id"] == "cp_mine"


def test_a_seeded_job_stays_until_an_operator_acts_on_it(api: Api, tmp_path: Path) -> None:
    planted(api, tmp_path)
    api.wall.at += 99_999
    assert api.get("/v1/fine_tuning/jobs/ft-run")["status"] == "running"

    api.post("/v1/fine_tuning/jobs/ft-stop/resume")
    api.wall.at += 99_999
    assert api.get("/v1/fine_tuning/jobs/ft-stop")["status"] == "succeeded"
    assert api.post("/v1/fine_tuning/jobs/ft-run/cancel")["status"] == "cancelled"


def test_a_seed_may_have_a_model_and_the_job_that_made_it(api: Api, tmp_path: Path) -> None:
    job = {"id": "ft-a", "status": "succeeded", "fine_tuned_model": "ft:mine"}
    planted(api, tmp_path, {"models": [{"id": "ft:mine", "created": 5}], "jobs": [job]})
    assert api.get("/v1/models/ft:mine")["created"] == 5
    assert api.get("/v1/fine_tuning/jobs/ft-a")["fine_tuned_model"] == "ft:mine"


def test_planting_twice_changes_nothing(api: Api, tmp_path: Path) -> None:
    planted(api, tmp_path)
    before = api.get("/v1/fine_tuning/jobs")

    assert set(planted(api, tmp_path).values()) == {0}
    assert api.get("/v1/fine_tuning/jobs") == before


@pytest.mark.parametrize(
    "seed",
    [
        "[]",
        '{"jobs": [{"id": 3}]}',
        '{"jobs": [{"finished_at": "x"}]}',
        '{"jobz": []}',
        '{"jobs": [{"status": "odd"}]}',
        '{"permissions": [{}]}',
        '{"jobs": [7]}',
        "{",
    ],
)
def test_a_seed_with_a_mistake_is_named(api: Api, tmp_path: Path, seed: str) -> None:
    with pytest.raises(ValueError, match=r"seed|line 1"):
        planted(api, tmp_path, seed)


def test_lenient_mode_lets_every_verb_and_delete_repeat(api: Api, tmp_path: Path) -> None:
    api.operate("/settings", lenient=True)
    planted(api, tmp_path)
    for verb in ("pause", "resume", "cancel", "cancel", "resume", "pause"):
        api.post(f"/v1/fine_tuning/jobs/ft-run/{verb}")
    for path in ("/v1/files/file-mine", "/v1/models/ft:mine", "/v1/files/file-never"):
        assert [api.ask("DELETE", path).status_code for _ in range(2)] == [200, 200]
    assert api.get("/v1/files/file-mine")["id"] == "file-mine"


AUTO = {"n_epochs": "auto", "batch_size": "auto", "learning_rate_multiplier": "auto"}
WHOLE: dict[str, Any] = {
    "object": "fine_tuning.job",
    "id": "ftjob-whole",
    "model": MODEL,
    "created_at": 1_721_764_800,
    "finished_at": 1_721_765_800,
    "fine_tuned_model": "ft:gpt-4o-mini-2024-07-18:acme:s:AbCdEf12",
    "organization_id": "org-123",
    "result_files": ["file-result"],
    "status": "succeeded",
    "validation_file": None,
    "training_file": "file-abc",
    "hyperparameters": {"n_epochs": 4, "batch_size": 1, "learning_rate_multiplier": 1.0},
    "trained_tokens": 5768,
    "integrations": [],
    "seed": 0,
    "estimated_finish": 0,
    "error": {},
    "metadata": {"k": "v"},
    "method": {
        "type": "supervised",
        "supervised": {"hyperparameters": {"n_epochs": 4, "batch_size": 1, "learning_rate_multiplier": 1.0}},
    },
    "user_provided_suffix": "s",
    "usage_metrics": None,
    "shared_with_openai": True,
}
EMPTY = {"finished_at": None, "fine_tuned_model": None, "result_files": [], "trained_tokens": None}
ERROR = {"code": "x", "message": "m", "param": "training_file"}
NULLED = {"n_epochs": 4, "batch_size": None, "learning_rate_multiplier": 1.0}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"status": "failed", **EMPTY, "error": ERROR, "hyperparameters": AUTO, "method": None},
        {"status": "failed", "error": ERROR, "result_files": [], "trained_tokens": None},
        {"status": "failed", "error": ERROR, "result_files": ["file-early"]},
        {"status": "cancelled", **EMPTY},
        {"status": "succeeded", "result_files": [], "fine_tuned_model": None},
        {"status": "succeeded", "result_files": ["file-1", "file-2"]},
        {"status": "running", **EMPTY, "estimated_finish": 1_900_000_000},
        {"status": "queued", **EMPTY, "hyperparameters": AUTO},
        {
            "hyperparameters": NULLED,
            "method": {"type": "supervised", "supervised": {"hyperparameters": NULLED}},
        },
        {"integrations": None, "metadata": None, "estimated_finish": None},
    ],
)
def test_a_seeded_job_is_shown_as_given(api: Api, tmp_path: Path, given: dict[str, Any]) -> None:
    job = {**WHOLE, **given}
    planted(api, tmp_path, {"jobs": [job]})
    shown = api.get(f"{JOBS}/{job['id']}")

    assert {name: shown[name] for name in job if job[name] is not None or name != "method"} == {
        name: job[name] for name in job if job[name] is not None or name != "method"
    }
    for name in shown["result_files"]:
        assert api.ask("GET", f"/v1/files/{name}/content").text.startswith("step,")


def test_what_a_seed_tells_of_a_job_holds_until_its_status_changes(api: Api, tmp_path: Path) -> None:
    planted(api, tmp_path, {"jobs": [{**WHOLE, **EMPTY, "status": "running", "hyperparameters": AUTO}]})
    api.operate("/jobs/ftjob-whole", action="succeed")
    done = api.get(f"{JOBS}/ftjob-whole")

    assert (done["status"], len(done["result_files"]), done["estimated_finish"]) == ("succeeded", 1, None)
    assert done["finished_at"] > done["created_at"]
    assert api.get(f"/v1/models/{done['fine_tuned_model']}")["owned_by"] == "org-123"


ELSEWHERE = {"openai-organization": "org-elsewhere", "openai-project": "proj_elsewhere"}


@pytest.mark.parametrize("headers", [{}, ELSEWHERE, {"openai-project": "proj_elsewhere"}])
def test_every_caller_sees_what_a_seed_planted(api: Api, tmp_path: Path, headers: dict[str, str]) -> None:
    seed = {
        "files": [{"id": "file-mine"}],
        "models": [{"id": "ft:mine"}],
        "jobs": [WHOLE, {"id": "ftjob-run", "organization_id": "org-123", "status": "running"}],
    }
    planted(api, tmp_path, seed)
    api.headers |= headers
    names = (WHOLE["fine_tuned_model"], "ft:mine")

    assert {j["organization_id"] for j in api.get(JOBS)["data"]} == {"org-123"}
    assert {f["id"] for f in api.get("/v1/files")["data"]} == {"file-mine", "file-result"}
    assert {m["id"] for m in api.get("/v1/models")["data"]} >= set(names)
    assert [api.get(f"/v1/models/{name}")["id"] for name in names] == list(names)
    assert api.post(f"{JOBS}/ftjob-run/cancel")["status"] == "cancelled"


def test_what_callers_make_of_a_seed_stays_their_own(api: Api, tmp_path: Path) -> None:
    planted(api, tmp_path, {"files": [{"id": "file-mine"}]})
    made = api.create(training_file="file-mine")

    api.headers |= ELSEWHERE
    assert api.refusal("GET", f"{JOBS}/{made['id']}")[0] == 404


def test_an_object_with_a_project_is_that_projects(api: Api, tmp_path: Path) -> None:
    own = {"project_id": "proj_elsewhere"}
    planted(
        api,
        tmp_path,
        {"files": [{"id": "file-a", **own}], "jobs": [{**WHOLE, **own}], "models": [{"id": "m", **own}]},
    )
    paths = ["/v1/files/file-a", f"{JOBS}/ftjob-whole", "/v1/models/m", "/v1/files/file-result"]

    assert [api.ask("GET", path).status_code for path in paths] == [404] * 4
    api.headers["openai-project"] = "proj_elsewhere"
    assert [api.ask("GET", path).status_code for path in paths] == [200] * 4
    assert "project_id" not in api.get("/v1/models/m")


def test_seeded_jobs_count_against_everybodys_limits(api: Api, tmp_path: Path) -> None:
    planted(api, tmp_path, {"files": [{"id": "file-a"}], "jobs": [{"status": "running", "model": MODEL}]})
    api.operate("/settings", max_active_jobs=1)
    api.headers |= ELSEWHERE

    assert api.refusal("POST", JOBS, json={"model": MODEL, "training_file": "file-a"})[0] == 429


@pytest.mark.parametrize(
    "seed",
    [
        {"files": [{"id": "file-result", "content": "mine"}], "jobs": [WHOLE]},
        {"jobs": [WHOLE, {**WHOLE, "id": "ftjob-other"}]},
        {"jobs": [{**WHOLE, "result_files": ["file-result", "file-result"]}]},
    ],
)
def test_a_result_file_that_is_there_already_is_kept(api: Api, tmp_path: Path, seed: dict[str, Any]) -> None:
    if "files" in seed:
        seed["files"][0]["purpose"] = "fine-tune-results"
    planted(api, tmp_path, seed)

    assert len(api.get("/v1/files")["data"]) == 1
    text = api.ask("GET", "/v1/files/file-result/content").text
    assert text == "mine" if "files" in seed else text.startswith("step,")


def test_a_list_comes_back_in_the_given_order(api: Api, tmp_path: Path) -> None:
    api.wall.at = 1_800_000_000.0
    dates = [1_700_000_009, 1_700_000_005, 1_700_000_005, 1_600_000_000]
    seed = {
        "jobs": [{"id": f"job-{n}", "created_at": at} for n, at in enumerate(dates)],
        "files": [{"id": f"file-{n}", "created_at": at} for n, at in enumerate(dates)],
        "permissions": [{"id": f"cp_{n}", "checkpoint": "c", "created_at": at} for n, at in enumerate(dates)],
    }
    planted(api, tmp_path, seed)
    lists = {"jobs": JOBS, "files": "/v1/files", "permissions": "/v1/fine_tuning/checkpoints/c/permissions"}

    for kind, path in lists.items():
        assert [item["id"] for item in api.get(path)["data"]] == [item["id"] for item in seed[kind]], kind


def test_lists_are_by_date_whatever_came_into_the_store_first(api: Api, tmp_path: Path) -> None:
    file = api.upload()["id"]
    made = [api.create(training_file=file)["id"] for _ in range(2)]
    jobs = [{"id": f"job-{at}", "created_at": at} for at in (1_600_000_000, 1_900_000_000, 1_700_000_000)]
    planted(api, tmp_path, {"jobs": jobs, "files": [{"id": "file-old", "created_at": 5}]})
    wanted = ["job-1900000000", *made[::-1], "job-1700000000", "job-1600000000"]

    assert [job["id"] for job in api.get(JOBS)["data"]] == wanted
    for limit in (1, 2, 3):
        found: list[str] = []
        while len(found) < len(wanted):
            after = {"after": found[-1]} if found else {}
            page = api.get(JOBS, limit=limit, **after)
            found += [job["id"] for job in page["data"]]
            assert page["has_more"] == (len(found) < len(wanted))
        assert found == wanted
    assert [f["id"] for f in api.get("/v1/files")["data"]] == [file, "file-old"]
    assert [f["id"] for f in api.get("/v1/files?order=asc")["data"]] == ["file-old", file]


def test_what_a_server_shows_can_be_another_ones_seed(api: Api, tmp_path: Path) -> None:
    file = api.upload()["id"]
    for _ in range(3):
        api.wall.at += 10
        api.until(api.create(training_file=file, suffix="s", metadata={"a": "b"}), "succeeded")
    api.create(training_file=file)
    jobs, files = api.get(JOBS)["data"], api.get("/v1/files")["data"]
    other = Api(tmp_path / "other.sqlite", api.wall)
    planted(other, tmp_path, {"jobs": jobs, "files": files})

    assert other.get(JOBS)["data"] == jobs
    assert other.get("/v1/files")["data"] == files
    other.close()


def test_a_seeded_model_with_the_name_of_a_base_takes_its_place(api: Api, tmp_path: Path) -> None:
    planted(api, tmp_path, {"models": [{"id": "gpt-4o-mini", "owned_by": "ann", "created": 5}]})
    found = [m for m in api.get("/v1/models")["data"] if m["id"] == "gpt-4o-mini"]

    assert [(m["owned_by"], m["created"]) for m in found] == [("ann", 5)]
    assert api.get("/v1/models/gpt-4o-mini") == found[0]
    assert api.ask("DELETE", "/v1/models/gpt-4o-mini").status_code == 200
    assert api.refusal("DELETE", "/v1/models/gpt-4o-mini")[0] == 403


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"jobs": [{"created_at": 1e400}]}', "jobs[0].created_at must be seconds since 1970, not Infinity"),
        ('{"jobs": [{}, {"error": "x"}]}', "jobs[1].error must be an object"),
        ('{"files": [{"content": {"a": 1}}]}', 'files[0].content must be a string, not {"a": 1}'),
        ('{"files": [{"content": "no json"}]}', "files[0].content: Expected file to have JSONL format"),
        ('{"files": [{"id": "../thesis"}]}', "files[0].id must be a string of letters"),
        ('{"jobs": [{"result_files": ["a/b"]}]}', "jobs[0].result_files must be a list of file ids"),
        ('{"jobs": [{"method": {"type": "zz"}}]}', "jobs[0].method must be an object whose type is one of"),
        ('{"jobs": [{"method": {"type": []}}]}', "jobs[0].method must be an object whose type is one of"),
        ('{"jobs": [{"hyperparameters": {"n_epochs": "x"}}]}', "jobs[0].hyperparameters.n_epochs"),
        ('{"jobs": [{"hyperparameters": 5}]}', "jobs[0].hyperparameters must be an object, not 5"),
        ('{"jobs": [{"metadata": [1]}]}', "jobs[0].metadata must be an object of strings"),
        (
            '{"jobs": [{"integrations": [{"a": 1e999}]}]}',
            "jobs[0].integrations[0].a must be a number that has",
        ),
        ('{"jobs": [{"model": "\\ud800"}]}', "jobs[0].model holds half of a surrogate pair"),
        ('{"jobs": null}', "jobs must be a list of objects, not null"),
        ('{"jobs": ["x"]}', 'jobs[0] must be an object, not "x"'),
        ('{"models": [{}]}', "models[0].id is missing"),
        ('{"permissions": [{}]}', "permissions[0].checkpoint is missing"),
        ("[" * 100_000, "nested too deeply"),
        ("{", "is not JSON"),
        ("[]", "is an object with the lists files, models, jobs, permissions"),
    ],
)
def test_a_mistake_in_a_seed_is_one_line_and_leaves_no_store(tmp_path: Path, text: str, says: str) -> None:
    path, store = tmp_path / "seed.json", tmp_path / "store.sqlite"
    path.write_text(text)
    run = CliRunner().invoke(app, ["serve", "--port", "0", "--seed", str(path), "--store", str(store)])

    assert run.exit_code == 1
    assert says in run.output
    assert len(run.output.splitlines()) == 1
    assert list(tmp_path.iterdir()) == [path]
