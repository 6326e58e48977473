"""The services that the server imitates: what each refuses, what it answers, what follows a success."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .application import Api, Wall

JOBS = "/v1/fine_tuning/jobs"
LLAMA = "meta-llama/Llama-3.3-70B-Instruct"
MODELS = {
    "bedrock": "openai.gpt-oss-20b",
    "nebius": LLAMA,
    "crusoe": "any-opaque-id",
    "azure": "gpt-4.1-mini",
}
METHOD = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 2}}}
LAMBDA = {"type": "lambda", "lambda": {"function": "arn:aws:lambda:us-east-1:1:function:grade"}}
STRING_CHECK = {"type": "string_check", "name": "g", "input": "a", "reference": "a", "operation": "eq"}


def reinforcement(grader: dict[str, Any]) -> dict[str, Any]:
    return {"type": "reinforcement", "reinforcement": {"grader": grader}}


@pytest.fixture
def api(request: pytest.FixtureRequest, tmp_path: Path, wall: Wall) -> Iterator[Api]:
    found = Api(tmp_path / "store", wall, services=(request.param,))
    yield found
    found.close()


def only(*services: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("api", services, indirect=True)


@pytest.mark.parametrize(
    ("api", "members", "param"),
    [
        ("bedrock", {"suffix": "mine"}, "suffix"),
        ("bedrock", {"model": "gpt-4o-mini-2024-07-18"}, "model"),
        ("bedrock", {"method": reinforcement(STRING_CHECK)}, "method.reinforcement.grader.type"),
        ("bedrock", {"method": reinforcement({"type": "lambda", "lambda": {"function": "grade"}})},
         "method.reinforcement.grader.lambda.function"),
        ("nebius", {"method": METHOD}, "method"),
        ("nebius", {"hyperparameters": {"learning_rate_multiplier": 2}}, "hyperparameters.learning_rate_multiplier"),
        ("nebius", {"hyperparameters": {"lora_rank": 8}}, "hyperparameters.lora_rank"),
        ("nebius", {"integrations": [{"type": "comet"}]}, "integrations[0]"),
        ("crusoe", {"hyperparameters": {"n_epochs": 2}}, "hyperparameters"),
        ("crusoe", {"method": {"type": "supervised", "supervised": {"hyperparameters": {"lora_r": 8}}}},
         "method.supervised.hyperparameters.lora_r"),
    ],
    indirect=["api"],
)  # fmt: skip
def test_what_the_service_refuses_names_the_property(
    request: pytest.FixtureRequest, api: Api, members: dict[str, Any], param: str
) -> None:
    service = request.node.callspec.params["api"]
    body = {"model": MODELS[service], "training_file": api.upload()["id"], **members}
    assert api.refusal("POST", JOBS, json=body)[::2] == (400, param)


@only("azure")
def test_azure_refuses_in_its_own_envelope(api: Api) -> None:
    body = {"model": MODELS["azure"], "training_file": api.upload()["id"], "suffix": "no spaces"}
    error = api.ask("POST", JOBS, json=body).json()["error"]
    assert (error["code"], error["target"]) == ("invalidPayload", "suffix")


@pytest.mark.parametrize(
    ("api", "members", "shown"),
    [
        ("bedrock", {"method": METHOD}, {"hyperparameters": {"n_epochs": 2}}),
        (
            "nebius",
            {"hyperparameters": {"n_epochs": 2, "lora": True, "lora_r": 16, "learning_rate": 1e-4}},
            {"hyperparameters": {"n_epochs": 2, "lora": True, "lora_r": 16, "learning_rate": 1e-4}},
        ),
        ("nebius", {"integrations": [{"type": "mlflow", "mlflow": {}}]}, {}),
        ("nebius", {"suffix": "mine"}, {}),
        (
            "crusoe",
            {
                "method": {
                    "type": "supervised",
                    "supervised": {"hyperparameters": {"n_epochs": 2, "lora_rank": 8}},
                }
            },
            {},
        ),
    ],
    indirect=["api"],
)
def test_what_the_service_accepts_comes_back(
    request: pytest.FixtureRequest, api: Api, members: dict[str, Any], shown: dict[str, Any]
) -> None:
    job = api.create(model=MODELS[request.node.callspec.params["api"]], **members)
    for name, value in shown.items():
        assert value.items() <= job[name].items()


@only("bedrock", "nebius", "crusoe")
def test_metadata_is_accepted_and_neither_shown_nor_filtered(
    request: pytest.FixtureRequest, api: Api
) -> None:
    job = api.create(model=MODELS[request.node.callspec.params["api"]], metadata={"a": "1"})
    listed = api.get(JOBS, **{"metadata[a]": "2"})["data"]

    assert job["metadata"] is None
    assert [found["id"] for found in listed] == [job["id"]]


@only("bedrock")
def test_bedrock_trains_by_reinforcement_with_a_lambda(api: Api) -> None:
    row = '{"messages": [{"role": "user", "content": "2+2?"}]}\n' * 12
    files = [api.upload(row)["id"] for _ in range(2)]
    job = api.create(model=MODELS["bedrock"], training_file=files[0], validation_file=files[1],
                     method=reinforcement(LAMBDA))  # fmt: skip
    assert api.until(job, "succeeded")["fine_tuned_model"]


@only("crusoe")
def test_the_name_of_a_crusoe_model_comes_two_minutes_after_success(api: Api, wall: Wall) -> None:
    job = api.until(api.create(model="any-opaque-id"), "succeeded")
    assert job["fine_tuned_model"] is None

    wall.at += 121
    assert api.job(job)["fine_tuned_model"].startswith("ft:any-opaque-id:")


@only("crusoe")
def test_crusoe_events_come_in_no_order_and_each_once(api: Api) -> None:
    job = api.until(api.create(model="any-opaque-id"), "succeeded")
    page = api.get(f"{JOBS}/{job['id']}/events", limit=20)["data"]
    everything = api.events(job)

    assert [e["created_at"] for e in page] != sorted((e["created_at"] for e in page), reverse=True)
    assert len({e["id"] for e in everything}) == len(everything)
    steps = [e["data"]["step"] for e in everything if e["type"] == "metrics"]
    assert sorted(steps) == list(range(1, len(steps) + 1))


@only("crusoe")
def test_crusoe_estimates_a_price_and_creates_no_job(api: Api) -> None:
    body = {"model": "any-opaque-id", "training_file": api.upload()["id"], "method": METHOD}
    estimate = api.post(f"{JOBS}/estimate_price", body)

    assert estimate["trained_tokens"] > 0
    assert (estimate["n_epochs"], estimate["currency"]) == (2, "USD")
    assert estimate["estimated_price"] == round(estimate["trained_tokens"] / 1e6 * 0.5, 6)
    assert api.get(JOBS)["data"] == []


@only("crusoe")
def test_crusoe_lists_the_metrics_of_a_job(api: Api) -> None:
    job = api.until(api.create(model="any-opaque-id"), "succeeded")
    steps = [row["step"] for row in api.get(f"{JOBS}/{job['id']}/metrics")["data"]]
    assert steps == list(range(1, steps[-1] + 1))


@only("nebius")
def test_a_nebius_model_has_a_name_only_when_it_is_deployed(api: Api, wall: Wall) -> None:
    job = api.until(api.create(model=LLAMA), "succeeded")
    checkpoint = api.get(f"{JOBS}/{job['id']}/checkpoints")["data"][0]
    assert job["fine_tuned_model"] is None
    assert checkpoint["result_files"] == job["result_files"]
    assert [m["id"] for m in api.get("/v1/models")["data"] if "LoRa" in m["id"]] == []

    source = f"{job['id']}:{checkpoint['id']}"
    made = api.post("/v0/models", {"source": source, "base_model": LLAMA, "name": "mine"})
    assert made["name"].startswith(f"{LLAMA}-LoRa:mine-")
    assert (made["status"], made["source"]) == ("validating", source)

    wall.at += 21
    assert api.get(f"/v0/models/{made['name']}")["status"] == "active"
    assert api.get(f"/v1/models/{made['name']}")["id"] == made["name"]
    assert api.get("/v0/models")["data"][0]["name"] == made["name"]
    assert api.job(job)["fine_tuned_model"] is None

    assert api.ask("DELETE", f"/v0/models/{made['name']}").status_code == 200
    assert api.refusal("GET", f"/v0/models/{made['name']}")[:2] == (404, "model_not_found")
    assert api.refusal("GET", f"/v1/models/{made['name']}")[0] == 404


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"source": "ftjob-none"}, "fine_tune_id"),
        ({"source": "JOB:ftckpt_none"}, "source"),
        ({"base_model": "Qwen/Qwen3-32B"}, "base_model"),
        ({"name": ""}, "name"),
        ({"colour": "red"}, "colour"),
    ],
)
@only("nebius")
def test_a_wrong_deployment_is_refused(api: Api, members: dict[str, Any], param: str) -> None:
    job = api.until(api.create(model=LLAMA), "succeeded")
    body = {"source": job["id"], "base_model": LLAMA, "name": "mine", **members}
    body["source"] = body["source"].replace("JOB", job["id"])
    assert api.refusal("POST", "/v0/models", json=body)[2] == param


@only("nebius")
def test_an_unfinished_job_cannot_be_deployed(api: Api) -> None:
    body = {"source": api.create(model=LLAMA)["id"], "base_model": LLAMA, "name": "mine"}
    assert api.refusal("POST", "/v0/models", json=body)[::2] == (400, "source")


@only("nebius")
def test_a_nebius_job_counts_its_steps_and_cannot_be_paused(api: Api) -> None:
    job = api.until(api.create(model=LLAMA), "running")
    done = api.until(job, "succeeded")

    assert done["trained_steps"] == done["total_steps"] > 0
    assert "method" not in done
    assert api.refusal("POST", f"{JOBS}/{job['id']}/pause")[:2] == (404, "unknown_url")


@pytest.mark.parametrize("path", ["/v0/models", f"{JOBS}/x/metrics"])
@only("openai")
def test_what_only_other_services_have_is_no_url_here(api: Api, path: str) -> None:
    assert api.refusal("GET", path)[:2] == (404, "unknown_url")
    assert api.refusal("POST", f"{JOBS}/estimate_price", json={})[:2] == (404, "unknown_url")


def test_several_services_in_one_server_do_not_see_each_other(tmp_path: Path, wall: Wall) -> None:
    api = Api(tmp_path / "store", wall, services=("openai", "nebius", "azure"))
    job = api.create()
    models = {name: api.get(f"/as/{name}/v1/models")["data"][0]["id"] for name in ("openai", "nebius")}
    azure = api.ask("GET", "/as/azure/openai/fine_tuning/jobs")

    assert models == {"openai": "gpt-4.1", "nebius": "meta-llama/Meta-Llama-3.1-8B-Instruct"}
    assert api.get("/as/openai/v1/fine_tuning/jobs")["data"][0]["id"] == job["id"]
    assert api.get("/as/nebius/v1/fine_tuning/jobs")["data"] == []
    assert api.get("/as/nebius/v0/models")["data"] == []
    assert (azure.status_code, azure.json()["error"]["code"]) == (404, "notFound")
    assert api.get("/as/azure/openai/v1/fine_tuning/jobs")["data"] == []
    api.close()


def test_a_gateway_that_loses_fields_is_a_fault(tmp_path: Path, wall: Wall) -> None:
    api = Api(tmp_path / "store", wall)
    api.operate(
        "/faults", kind="drop_fields", path="/fine_tuning/jobs", fields=["metadata", "method"], count=None
    )
    job = api.create(metadata={"a": "1"}, method={"type": "dpo"}, suffix="mine")

    assert (job["metadata"], job["method"]["type"], job["user_provided_suffix"]) == (
        None,
        "supervised",
        "mine",
    )
    assert api.operate_get("/journal")["requests"][-1]["body"]["metadata"] == {"a": "1"}
    assert api.refusal("POST", "/_ftjobs/faults", json={"kind": "drop_fields"})[2] == "fields"
    api.close()
