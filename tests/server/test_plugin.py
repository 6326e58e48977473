"""The fixture that users test their own stacks with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from pulumi_ftjobs.testing import EmbeddedApi, embedded_api

ROWS = "".join(
    json.dumps({"messages": [{"role": "user", "content": f"q{n}"}, {"role": "assistant", "content": "a"}]})
    + "\n"
    for n in range(12)
)


def ask(
    api: EmbeddedApi, method: str, path: str, body: bytes | None = None, kind: str = "application/json"
) -> Any:
    headers = {"authorization": f"Bearer {api.api_key}", "content-type": kind}
    request = urllib.request.Request(api.url + path, body, headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def create(api: EmbeddedApi, **members: Any) -> dict[str, Any]:
    """Upload and create."""
    form = (
        '--x\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nfine-tune\r\n'
        '--x\r\ncontent-disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n'
        + ROWS
        + "\r\n--x--\r\n"
    )
    file = ask(api, "POST", "/files", form.encode(), "multipart/form-data; boundary=x")
    body = {"model": "gpt-4o-mini", "training_file": file["id"], **members}
    job: dict[str, Any] = ask(api, "POST", "/fine_tuning/jobs", json.dumps(body).encode())
    return job


def train(api: EmbeddedApi, **members: Any) -> dict[str, Any]:
    """Upload, create and wait; the job's last answer."""
    job = create(api, **members)
    deadline = time.monotonic() + 20
    while job["status"] not in ("succeeded", "failed") and time.monotonic() < deadline:
        job = ask(api, "GET", f"/fine_tuning/jobs/{job['id']}")
    return job


def test_a_test_gets_an_api_where_training_takes_a_moment(ftjobs_api: EmbeddedApi) -> None:
    assert train(ftjobs_api)["status"] == "succeeded"


def test_a_failed_training_is_one_line(ftjobs_api: EmbeddedApi) -> None:
    ftjobs_api.scenario({"fail": {"code": "exceeded_quota", "at_step": 3}})

    assert train(ftjobs_api)["error"]["code"] == "exceeded_quota"


def test_the_environment_points_to_the_api_while_the_test_runs(
    ftjobs_api: EmbeddedApi, monkeypatch: pytest.MonkeyPatch
) -> None:

    assert {name: os.environ[name] for name in ftjobs_api.env} == ftjobs_api.env


@pytest.mark.ftjobs(speed=1, settings={"answers": "schema"})
def test_a_marker_says_how_the_server_starts(ftjobs_api: EmbeddedApi) -> None:
    assert ftjobs_api.clock()["speed"] == 1
    assert ftjobs_api.settings()["answers"] == "schema"


def test_the_operator_sees_requests_without_keys(ftjobs_api: EmbeddedApi) -> None:
    train(ftjobs_api)

    creates = [
        r for r in ftjobs_api.requests() if r["method"] == "POST" and r["path"] == "/v1/fine_tuning/jobs"
    ]
    assert [c["headers"]["authorization"] for c in creates] == ["[redacted]"]
    ftjobs_api.forget()
    assert ftjobs_api.requests() == []


def test_a_job_can_be_made_to_vanish(ftjobs_api: EmbeddedApi) -> None:
    job = train(ftjobs_api)
    ftjobs_api.act(job["id"], "vanish")

    assert ftjobs_api.jobs() == []


MISTAKES = {
    "sped=1": "takes speed=, store=, seed=, scenario=, settings=, services= and not sped",
    "1000": "takes speed=, store=, seed=, scenario=, settings=, services= and not 1000",
    "speed=-1": "the embedded API did not start: speed must be a number above 0",
    "seed='no/such/seed.json'": "the embedded API did not start: no/such/seed.json: No such file",
}


def test_each_mistaken_marker_is_one_sentence(tmp_path: Path) -> None:
    tests = [
        f"@pytest.mark.ftjobs({marker})\ndef test_{number}(ftjobs_api): pass\n"
        for number, marker in enumerate(MISTAKES)
    ]
    (tmp_path / "test_them.py").write_text("\n".join(["import pytest", *tests]))
    words = ["-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)]
    shown = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "COLUMNS": "200"},
    ).stdout

    said = " ".join(shown.split())
    assert [says for says in MISTAKES.values() if says not in said] == [], shown
    assert "TypeError" not in shown
    assert f"{len(MISTAKES)} errors" in shown


def test_an_unknown_switch_is_named() -> None:
    with pytest.raises(ValueError, match="Unknown setting: speeed"), embedded_api(settings={"speeed": 1}):
        pass


def test_an_operators_mistake_is_one_sentence(ftjobs_api: EmbeddedApi) -> None:
    with pytest.raises(ValueError, match="kind must be one of"):
        ftjobs_api.fault("explode")


def test_the_plugin_costs_pytest_nothing_until_a_test_asks_for_it() -> None:
    code = "import sys, ftjobs_pytest; print([m for m in ('pulumi', 'starlette', 'pulumi_ftjobs') if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "[]"
