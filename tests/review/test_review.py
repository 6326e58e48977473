"""A preview as a comment: recorded previews of the real engine, and what must never happen to a page that people trust.

To record again: `tests.review.record`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from pulumi_ftjobs.cli.review import MARKER, MAX_LENGTH, comment, read_preview
from pulumi_ftjobs.lifecycle.base_error import FtjobsError

PREVIEWS = Path(__file__).parent / "previews"
JOB = "pulumi-python:dynamic/ftjobs:FineTuningJob"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


HOSTILE = [
    "`@all`",
    "``@all``",
    "</details><script>",
    "a\n# b",
    "|x|",
    "\u202egpj",
    "[x](http://y)",
    "\\`<b>",
    "<!--",
]


def recorded(name: str) -> dict[str, Any]:
    """A recorded preview."""
    return read_preview((PREVIEWS / f"{name}.json").read_bytes())


def job_step(op: str = "create", name: str = "a", **inputs: Any) -> dict[str, Any]:
    """A step of a preview about one job."""
    state = {"type": JOB, "inputs": inputs}
    return {"op": op, "urn": f"urn:pulumi:dev::p::{JOB}::{name}", "newState": state}


@pytest.mark.parametrize("name", [path.stem for path in sorted(PREVIEWS.glob("*.json"))])
def test_a_recorded_preview_becomes_the_recorded_comment(name: str) -> None:
    assert comment(recorded(name)) == (PREVIEWS / f"{name}.md").read_text("utf-8")


def test_every_kind_of_change_has_a_recorded_preview() -> None:
    kinds = {
        "nothing",
        "create",
        "replace",
        "labels",
        "unknown-price",
        "destroy",
        "fails",
        "behind",
        "unfinished",
        "stays-failed",
    }
    assert kinds <= {path.stem for path in PREVIEWS.glob("*.md")}


@pytest.mark.parametrize("path", sorted(PREVIEWS.iterdir()), ids=lambda path: path.name)
def test_a_recorded_preview_names_no_place_on_a_machine(path: Path) -> None:
    assert not re.search(r"/(tmp|root|home|work|Users|var)/|127\.0\.0\.1|localhost", path.read_text("utf-8"))


def test_a_job_whose_model_is_in_the_state_has_finished_whatever_its_own_entry_says() -> None:
    (job,) = [step for step in recorded("behind")["steps"] if step["urn"].endswith(f"{JOB}::support")]
    assert job["oldState"]["outputs"]["status"] == "validating_files"
    assert re.search(
        r"until then model `ft:[^`]+`, trained on \d{4}-\d\d-\d\d for about `10.26` USD \(513 tokens\), keeps serving",
        comment(recorded("behind")),
    )
    assert "It has finished (`succeeded`), nothing is cancelled." in comment(recorded("behind-destroy"))


def model_step(**inputs: Any) -> dict[str, Any]:
    """The step of the model that job `ftjob-1` made."""
    expected = {"job_id": "ftjob-1", "name": "ft:m", "status": "succeeded", **inputs}
    kind = JOB.replace("Job", "Model").replace("Tuning", "Tuned")
    state = {"type": kind, "outputs": expected}
    return {"op": "replace", "urn": f"urn:pulumi:dev::p::{kind}::a", "oldState": state}


@pytest.mark.parametrize(
    ("op", "policy", "expected"),
    [
        ("replace", "retain", "to go back: revert the change; the old job is adopted and nothing trains"),
        ("replace", "delete", "no way back without training: the old model is then deleted at the service"),
        ("delete", "retain", "Its model `ft:m` stays at the service."),
        ("delete", "delete", "Its model `ft:m` is deleted at the service (`deletion_policy`)."),
    ],
)
def test_what_happens_to_the_old_model_is_shown(op: str, policy: str, expected: str) -> None:
    old = {"type": JOB, "id": "ftjob-1", "outputs": {"status": "running"}}
    steps = [job_step(op) | {"oldState": old}, model_step(deletion_policy=policy)]
    assert expected in comment({"steps": steps})


def test_the_model_of_another_job_says_nothing_about_this_one() -> None:
    old = {"type": JOB, "id": "ftjob-2", "outputs": {"status": "running"}}
    assert "was `running` when last read" in comment(
        {"steps": [job_step("replace") | {"oldState": old}, model_step()]}
    )


def test_costs_are_summed_and_unknown_ones_are_counted() -> None:
    steps = [
        job_step(estimated_cost_usd_low=2.0, estimated_cost_usd_high=2.0),
        job_step(estimated_cost_usd_low=1000.5, estimated_cost_usd_high=1001.0),
        job_step(estimated_cost_usd_low=3.0),
        job_step(),
    ]
    title = comment({"steps": steps}).splitlines()[1]
    assert title == (
        "### Fine-tuning: 4 jobs would train, about 1,002.50 to 1,003.00 USD and 2 jobs of unknown cost"
    )


def test_an_adopted_job_is_no_training() -> None:
    shown = comment({"steps": [job_step(adopt_job_id="ftjob-1")]})
    assert "nothing would train" in shown
    assert "adopts** job `ftjob-1`" in shown


def test_a_preview_that_fails_says_so_first() -> None:
    failure = {"urn": "urn:pulumi:dev::p::t::a", "severity": "error", "message": "error: no\nway"}
    lines = comment({"steps": [job_step()], "diagnostics": [failure]}).splitlines()
    assert lines[1] == "### Fine-tuning: the preview fails, no job can be created"
    assert lines[3] == "- `a`: `no way`"


CANCELLED = "was `validating_files` when last read: it is cancelled if unfinished"
KEPT = "was `validating_files` when last read: nothing is cancelled (`retain_on_delete`); an unfinished job"


@pytest.mark.parametrize(
    ("op", "before", "now", "expected"),
    [
        ("replace", False, False, f"{CANCELLED}, once the new one is accepted"),
        ("replace", True, True, KEPT),
        ("replace", True, False, CANCELLED),
        ("replace", False, True, CANCELLED),
        ("delete", False, None, f"{CANCELLED}."),
        ("delete", True, None, KEPT),
    ],
)
def test_what_happens_to_an_unfinished_job_is_shown(
    op: str, before: bool, now: bool | None, expected: str
) -> None:
    step = job_step(op)
    step["oldState"] = {"type": JOB, "outputs": {"status": "validating_files"}, "retainOnDelete": before}
    step["newState"] = None if now is None else step["newState"] | {"retainOnDelete": now}
    assert expected in comment({"steps": [step]})


def test_a_model_that_is_kept_by_an_option_is_not_said_to_be_deleted() -> None:
    old = {"type": JOB, "id": "ftjob-1", "outputs": {"status": "running"}}
    model = model_step(deletion_policy="delete")
    model["oldState"]["retainOnDelete"] = True
    steps = [job_step("delete") | {"oldState": old}, model]
    assert "Its model `ft:m` stays at the service." in comment({"steps": steps})


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        (
            {"estimated_cost_usd_low": 0.65, "estimated_cost_usd_high": 0.65, "estimated_tokens": 9},
            "about `0.65` USD, 9 tokens over all epochs",
        ),
        ({"estimated_cost_usd_low": 0.65}, "at least `0.65` USD (the cost of images is unknown)"),
        (
            {"estimated_cost_usd": "unknown", "estimated_tokens": 9},
            "unknown (no price is known for this base model: ",
        ),
        (
            {"estimated_cost_usd": "unknown"},
            "unknown (the tokens of the training file, or the epochs, are unknown)",
        ),
        ({"method": {"type": "reinforcement"}}, "unknown (reinforcement is billed by the hour)"),
        (
            {"model": UNKNOWN, "method": UNKNOWN, "estimated_cost_usd_low": UNKNOWN},
            "not known yet (an input is known only ",
        ),
    ],
)
def test_a_cost_that_is_not_known_says_why(inputs: dict[str, Any], expected: str) -> None:
    shown = comment({"steps": [job_step(**inputs)]})
    assert f"\n- cost: {expected}" in shown
    assert UNKNOWN not in shown


@pytest.mark.parametrize(
    ("status", "before", "now", "expected"),
    [
        ("paused", True, False, "The job is resumed."),
        ("running", True, False, "The job is resumed."),
        ("paused", None, False, "The job is resumed."),
        ("running", None, False, "Nothing trains."),
        ("running", None, True, "The job is paused."),
        ("running", True, True, "The job is paused."),
        ("paused", False, True, "Nothing trains."),
        ("running", False, None, "Nothing trains."),
        ("succeeded", True, False, "Nothing trains."),
        ("running", False, UNKNOWN, "Whether the job is paused is not known yet."),
    ],
)
def test_pausing_and_resuming_are_shown(
    status: str, before: bool | None, now: bool | str | None, expected: str
) -> None:
    step = job_step("update", paused=now)
    step["oldState"] = {"type": JOB, "inputs": {"paused": before}, "outputs": {"status": status}}
    (line,) = [line for line in comment({"steps": [step]}).splitlines() if "changes in place" in line]
    assert line.endswith(f". {expected}")


def test_jobs_of_one_name_are_reported_apart_by_their_parents() -> None:
    shown = comment(recorded("retained"))
    assert {
        "**`support` in `shop:Red::red` trains again**",
        "**`support` in `shop:Blue::blue` trains again**",
    } <= set(re.findall(r"^\*\*.*?\*\*", shown, re.MULTILINE))
    urns = [f"urn:pulumi:dev::p::my:{team}${JOB}::a" for team in ("Red", "Blue")]
    said = [{"urn": urn, "severity": "error", "message": "error: no way"} for urn in urns]
    errors = comment({"steps": [], "diagnostics": said}).splitlines()[3:5]
    assert errors == ["- `a` in `my:Red`: `no way`", "- `a` in `my:Blue`: `no way`"]


def test_a_job_that_adopts_another_one_creates_none() -> None:
    shown = comment(recorded("another"))
    assert "### Fine-tuning: nothing would train\n" in shown
    assert re.search(
        r"\*\*`support` adopts\*\* job `ftjob-[^`]+`, in place of its current job. No job is created", shown
    )
    assert "trains" not in shown.replace("nothing trains", "")
    assert "cost" not in shown


def test_a_failing_preview_says_what_would_train_and_nothing_for_certain() -> None:
    urn = job_step()["urn"]
    said = [
        {"urn": urn, "severity": "info", "message": "seed: 1 -> 2: retrains"},
        {"urn": urn, "severity": "error", "message": "error: no way"},
        {"severity": "error", "message": "error: preview failed\n"},
    ]
    lines = comment({"steps": [], "diagnostics": said}).splitlines()
    assert lines[3:] == ["- `a`: `no way`", "", "**Notes**", "", "- `a`: `seed: 1 -> 2: retrains`"]
    planned = comment({"steps": [job_step("replace"), job_step(name="b")], "diagnostics": said})
    assert planned.count("**`a` would train again**") == 1
    assert "Notes" not in planned
    assert "**`b` would train.**" in planned
    assert "preview failed" not in planned
    assert "`stack`: `preview failed`" in comment({"diagnostics": said[2:]})


def test_errors_of_the_whole_stack_are_shown_only_where_no_resource_has_one() -> None:
    stack = {
        "urn": "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev",
        "severity": "error",
        "message": "error: a bug",
    }
    plain = {"severity": "error", "message": "error: program exited"}
    own = {"urn": job_step()["urn"], "severity": "error", "message": "error: no way"}
    assert comment({"diagnostics": [stack, plain, own]}).splitlines()[3:] == ["- `a`: `no way`"]
    alone = comment({"diagnostics": [stack, plain]})
    assert "`a bug`" in alone
    assert "`program exited`" in alone


REPLACED_SEED = {
    "oldState": {
        "type": JOB,
        "id": "ftjob-1",
        "outputs": {"seed": 1, "__record": {"declared": {"seed": "0" * 16}}},
    },
    "replaceReasons": ["seed", "urn"],
}


def test_why_a_job_is_replaced_is_computed_from_the_states_and_not_read_from_messages() -> None:
    lines = comment({"steps": [job_step("replace", seed=2) | REPLACED_SEED]}).splitlines()
    assert [line for line in lines if line.startswith("- because")] == [
        "- because `seed: 1 -> 2`",
        "- because `urn`",
    ]


def test_a_state_without_a_record_shows_the_names_of_the_inputs() -> None:
    old = {"oldState": {"type": JOB, "outputs": {"seed": 1}}, "replaceReasons": ["seed"]}
    assert "\n- because `seed`\n" in comment({"steps": [job_step("replace", seed=2) | old]})


def test_a_job_that_did_not_succeed_and_stays_is_the_first_thing_said() -> None:
    outputs = {"status": "failed", "error": {"code": "exceeded_quota"}}
    old = {"oldState": {"type": JOB, "outputs": outputs}}
    lines = comment({"steps": [job_step("same") | old, job_step(name="b")]}).splitlines()
    assert lines[1] == "### Fine-tuning: 1 job did not succeed; 1 job would train, at unknown cost"
    assert lines[3].startswith(
        "- **`a`: its job `failed`** (`exceeded_quota`). `pulumi up` fails where its model is"
    )


@pytest.mark.parametrize(
    "key", ["sk-proj-" + "a" * 30, "ghp_" + "b" * 36, "eyJ" + "c" * 40, "pul-" + "d" * 40]
)
def test_what_looks_like_a_key_is_never_posted_wherever_it_comes_from(key: str) -> None:
    said = [{"urn": f"u::{key}", "severity": "warning", "message": f"the key {key} was refused"}]
    old = {"type": JOB, "outputs": {"status": "succeeded", "fine_tuned_model": f"ft:m:{key}"}}
    step = job_step("replace", name=key, model=key, suffix=key) | {"oldState": old}
    shown = comment({"steps": [step], "diagnostics": said})
    assert key not in shown
    assert key[:8] not in shown.replace("sk-", "")
    assert shown.count("[key]") >= 4


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_name_formats_or_mentions_anything(hostile: str) -> None:
    shown = comment({"steps": [job_step(name=hostile, model=hostile)]})
    (line,) = [line for line in shown.splitlines() if line.startswith("- base ")]
    assert line.startswith("- base `")
    assert line.count("`") == 2
    assert "\u202e" not in shown
    assert "\n# b" not in shown


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_renderer_finds_what_a_program_named_in_code_alone(hostile: str) -> None:
    marked = f"MARK{hostile}"
    old = {
        "type": JOB,
        "outputs": {"status": "succeeded", "fine_tuned_model": marked, "training_file_digest": marked},
    }
    step = job_step(
        "replace", marked, model=marked, suffix=marked, estimated_cost_usd=marked, training_file=marked
    )
    said = [
        {"urn": f"u::{marked}", "severity": severity, "message": marked} for severity in ("warning", "error")
    ]
    other = {
        "op": "update",
        "urn": f"u::{marked}",
        "newState": {"type": marked, "dependencies": [step["urn"]]},
    }
    shown = comment({"steps": [step | {"oldState": old}, other], "diagnostics": said})
    inline = [part for token in MarkdownIt().parse(shown) for part in token.children or ()]
    named = [part for part in inline if "MARK" in part.content]
    assert len(named) >= 10
    assert {part.type for part in named} == {"code_inline"}
    assert not {part.type for part in inline} & {"html_inline", "link_open", "image"}


def test_a_long_comment_loses_its_details_first_and_then_its_end() -> None:
    other = {"op": "create", "urn": "urn:pulumi:dev::p::t::b", "newState": {"type": "x" * 70}}
    few = comment({"steps": [job_step(), *[other] * 1000]})
    assert "<details>" not in few
    many = comment({"steps": [job_step(name="n" * 70, model="m" * 70)] * 1000})
    assert MAX_LENGTH - 500 < len(many) <= MAX_LENGTH
    assert many.startswith(MARKER)
    assert many.endswith("to see the rest)\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing",
        "[]",
        "{}",
        '{"version": 3, "deployment": {}}',
        '{"changeSummary": 3}',
        '{"steps": [null]}',
        '{"steps": [{"op": "@all", "urn": "u"}]}',
        '{"diagnostics": ["x"]}',
        "[" * 100_000,
    ],
    ids=lambda text: text[:40],
)
def test_what_is_no_preview_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(FtjobsError, match="input is not `pulumi preview --json` output"):
        read_preview(text.encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_preview_is_read_as_every_shell_writes_it(encoding: str) -> None:
    text = (PREVIEWS / "create.json").read_text("utf-8")
    assert read_preview(text.encode(encoding)) == json.loads(text)


def test_the_command_reads_a_file_or_stdin() -> None:
    path = PREVIEWS / "create.json"
    command = [sys.executable, "-m", "pulumi_ftjobs.cli.main", "review"]
    given = subprocess.run([*command, str(path)], capture_output=True, text=True, check=True)
    piped = subprocess.run(command, input=path.read_text(), capture_output=True, text=True, check=True)
    assert given.stdout == piped.stdout == comment(json.loads(path.read_text()))


def test_a_comment_is_written_where_the_encoding_lacks_a_character() -> None:
    command = [sys.executable, "-m", "pulumi_ftjobs.cli.main", "review", str(PREVIEWS / "replace.json")]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert "\\u2026" in done.stdout


@pytest.mark.parametrize("event", ["pull_request", "pull_request_target"])
def test_a_run_that_gives_secrets_to_strangers_is_warned_about(event: str) -> None:
    command = [sys.executable, "-m", "pulumi_ftjobs.cli.main", "review", str(PREVIEWS / "create.json")]
    environment = {**os.environ, "GITHUB_EVENT_NAME": event}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert ("runs a program with your secrets" in done.stderr) == (event == "pull_request_target")
    assert done.stdout.startswith(MARKER)
