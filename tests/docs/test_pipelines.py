"""The pipelines in examples/gitops: valid, pinned, with no right too many, and one comment a pull request."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.pages import ROOT
from tests.support.comments import BOT, Place, variables
from tests.support.http_server import serving

GITOPS = ROOT / "examples" / "gitops"
GITHUB_FILE = GITOPS / ".github" / "workflows" / "fine-tuning.yml"
GITLAB_FILE = GITOPS / ".gitlab-ci.yml"
GITHUB = yaml.safe_load(GITHUB_FILE.read_text())
GITLAB = yaml.safe_load(GITLAB_FILE.read_text())
JOBS: dict[str, dict[str, Any]] = GITHUB["jobs"]
TRIGGERS = GITHUB[True]  # YAML reads the key `on` as true


@pytest.mark.slow
@pytest.mark.parametrize(
    ("schema", "file"),
    [
        (["vendor.github-workflows"], GITHUB_FILE),
        (["vendor.github-actions"], ROOT / "action.yml"),
        (["vendor.gitlab-ci", "--data-transform", "gitlab-ci"], GITLAB_FILE),
    ],
)
def test_the_services_would_accept_the_file(schema: list[str], file: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", *schema, str(file)]
    expected = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert expected.returncode == 0, expected.stdout + expected.stderr


def test_a_strangers_program_never_runs_with_secrets() -> None:
    assert "pull_request_target" not in TRIGGERS
    fork = JOBS["preview-of-a-fork"]
    assert "!= github.repository" in fork["if"]
    assert "secrets." not in yaml.safe_dump(fork)
    assert fork["permissions"] == {"contents": "read"}
    assert "== github.repository" in JOBS["preview"]["if"]


def test_no_job_may_do_more_than_it_does() -> None:
    assert GITHUB["permissions"] == {}
    rights = {name: job["permissions"] for name, job in JOBS.items()}
    assert rights.pop("preview") == {"contents": "read", "pull-requests": "write"}
    assert all(right == {"contents": "read"} for right in rights.values())
    for job in JOBS.values():
        for step in job["steps"]:
            assert step.get("with", {}).get("persist-credentials", True) is False or "uses" not in step


def test_the_key_reaches_only_what_needs_it() -> None:
    holders = {name for name, job in JOBS.items() if "OPENAI_API_KEY" in yaml.safe_dump(job)}
    assert holders == {"deploy", "drift"}
    assert all(JOBS[name]["environment"] == "production" for name in holders)


def test_two_updates_of_one_stack_never_run_at_the_same_time() -> None:
    assert JOBS["deploy"]["concurrency"] == {
        "group": f"stack-{GITHUB['env']['STACK']}",
        "cancel-in-progress": False,
    }
    assert GITLAB["deploy"]["resource_group"] == "$STACK"


def test_each_schedule_starts_one_job() -> None:
    crons = {entry["cron"] for entry in TRIGGERS["schedule"]}
    named = {name: set(re.findall(r"schedule == '(.*?)'", job["if"])) for name, job in JOBS.items()}
    assert named["deploy"] | named["drift"] == crons
    assert not named["deploy"] & named["drift"]


def test_everything_is_pinned() -> None:
    for action in re.findall(r"uses: (.*)", GITHUB_FILE.read_text()):
        assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", action), action
    images = {job["container"] for job in JOBS.values()} | {GITLAB["default"]["image"]["name"]}
    (image,) = images
    assert re.search(r":\d+\.\d+\.\d+$", image)
    version = re.search(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    needed = (GITOPS / "requirements.txt").read_text().splitlines()
    assert f"pulumi-ftjobs[cli,tokens]=={version[1]}" in needed
    assert all("==" in line for line in needed)


def test_a_pipe_fails_with_its_first_command() -> None:
    assert GITHUB["defaults"]["run"]["shell"] == "bash"  # GitHub adds -eo pipefail only when it is named


@pytest.fixture
def place() -> Iterator[Place]:
    with serving(Place()) as running:
        yield running


def comment(
    folder: Path, text: str, environment: dict[str, str], **changes: str
) -> subprocess.CompletedProcess[str]:
    (folder / "comment.md").write_text(f"<!-- ftjobs-review -->\n{text}\n")
    return subprocess.run(
        [sys.executable, str(GITOPS / "comment.py")],
        cwd=folder,
        env=environment | changes,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


WHERE = {
    "github": ("/repos/o/r/issues/3/comments", "PATCH /repos/o/r/issues/comments/"),
    "gitlab": ("/projects/5/merge_requests/3/notes", "PUT /projects/5/merge_requests/3/notes/"),
}


@pytest.mark.parametrize("service", ["github", "gitlab"])
def test_a_pull_request_has_one_comment_however_often_it_is_pushed(
    place: Place, tmp_path: Path, service: str
) -> None:
    everything, one = WHERE[service]
    place.add("<!-- ftjobs-review -->\na lie", login="someone-else")
    for number in range(120):
        place.add(f"talk {number}", login="someone-else")
    first = comment(tmp_path, "one job", variables(service, place.url))
    assert (first.returncode, first.stdout) == (0, "made a comment\n"), first.stderr
    assert place.asked[-1] == f"POST {everything}"
    place.add("<!-- another tool -->\nsomething else")
    second = comment(tmp_path, "two jobs", variables(service, place.url))
    assert (second.returncode, second.stdout) == (0, "updated the comment\n"), second.stderr
    assert place.asked[-1] == f"{one}122"
    ours = [note["body"] for note in place.notes if note["user"]["login"] == BOT]
    assert ours == ["<!-- ftjobs-review -->\ntwo jobs\n", "<!-- another tool -->\nsomething else"]
    assert place.notes[0]["body"] == "<!-- ftjobs-review -->\na lie"


def test_a_comment_that_cannot_be_made_is_one_sentence(place: Place, tmp_path: Path) -> None:
    known = variables("github", place.url)
    refused = comment(tmp_path, "x", known, GITHUB_TOKEN="another")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "answers 403: may the token comment?" in refused.stderr
    del known["GITHUB_TOKEN"]
    forgotten = comment(tmp_path, "x", known)
    assert (forgotten.returncode, forgotten.stderr) == (
        1,
        "comment.py: the variable GITHUB_TOKEN is not set\n",
    )


def test_a_preview_that_failed_before_it_began_is_no_comment(place: Place, tmp_path: Path) -> None:
    (tmp_path / "comment.md").write_text("")
    command = [sys.executable, str(GITOPS / "comment.py")]
    known = variables("github", place.url)
    said = subprocess.run(command, cwd=tmp_path, env=known, capture_output=True, text=True, check=False)
    assert (said.returncode, place.asked) == (0, []), said.stderr
