"""What the pages say about the code is what the code says."""

from __future__ import annotations

import ast
import functools
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

import pulumi_ftjobs as ft
from pulumi_ftjobs.lifecycle.calendars import OPENAI_CALENDAR
from pulumi_ftjobs.lifecycle.job_fields import EFFECTS, FILES, JOB_INPUTS, JOB_OUTPUTS
from pulumi_ftjobs.lifecycle.settings import KEYS
from pulumi_ftjobs.operations.session import CONFIG_KEYS
from scripts import field_tables
from tests.docs.pages import ROOT, blocks

SOURCES = [
    path
    for path in sorted((ROOT / "pulumi_ftjobs").rglob("*.py"))
    if path.relative_to(ROOT).parts[1] not in {"server", "cli", "trainer"}
]
CODE = "\n".join(path.read_text("utf-8") for path in SOURCES)
README = (ROOT / "README.md").read_text("utf-8")
RESOURCES = {
    ft.FineTuningJob: "fine-tuning-job",
    ft.FineTuningFile: "fine-tuning-file",
    ft.FineTunedModel: "fine-tuned-model",
    ft.FineTuningSweep: "fine-tuning-sweep",
    ft.Provider: "provider",
}


def settings_table(page: str) -> str:
    """The rows of a page's table of settings."""
    text = (ROOT / page).read_text("utf-8")
    return "\n".join(line for line in text.splitlines() if re.match(r"\| (`ftjobs:|\| `FTJOBS)", line))


@pytest.mark.parametrize("page", ["README.md", "docs/installation-configuration.md"])
def test_the_tables_of_settings_are_complete_and_true(page: str) -> None:
    named = set(re.findall(r"`ftjobs:(\w+)`", settings_table(page)))
    read = set(CONFIG_KEYS)
    for one, other in re.findall(r"config\(\)\.get\(\"(\w+)\"\)|\.first\(\"(\w+)\"\)", CODE):
        read.add(one or other)
    assert named == read == set(KEYS)


@pytest.mark.parametrize("page", ["README.md", "docs/installation-configuration.md"])
def test_the_environment_variables_are_complete(page: str) -> None:
    shown = set(re.findall(r"`((?:FTJOBS|OPENAI|AZURE)_\w+)`", settings_table(page)))
    assert shown == set(re.findall(r"\"((?:FTJOBS|OPENAI|AZURE_OPENAI)_[A-Z_]+)\"", CODE))


def _effects(text: str) -> dict[str, str]:
    """The table of changes: input -> the first word of its effect."""
    rows = re.findall(r"^\| (`.+?) \| (.+?) \|$", text.partition("## What a change does")[2], re.MULTILINE)
    return {name: effect for names, effect in rows for name in re.findall(r"`(\w+)`", names)}


def test_the_table_of_changes_is_the_one_in_the_code() -> None:
    shown = _effects((ROOT / "docs/resources/fine-tuning-job.md").read_text("utf-8"))
    assert set(shown) == set(JOB_INPUTS)
    begins = EFFECTS | dict.fromkeys(FILES, "by rows")
    for name, effect in shown.items():
        wanted = "the id this job already has" if name == "adopt_job_id" else begins[name]
        assert effect.startswith(wanted), name


@pytest.mark.parametrize(("resource", "page"), RESOURCES.items(), ids=RESOURCES.values())
def test_a_page_names_every_argument_and_output(resource: Any, page: str) -> None:
    text = (ROOT / f"docs/resources/{page}.md").read_text("utf-8")
    arguments = set(inspect.signature(resource.__init__).parameters) - {"self", "resource_name", "opts"}
    outputs = {name for name, kind in resource.__annotations__.items() if "Output[" in str(kind)}
    for name in arguments | outputs | (set(JOB_OUTPUTS) if resource is ft.FineTuningJob else set()):
        assert f"`{name}`" in text, f"{page} does not name {name}"
    if hasattr(resource, "TYPE"):
        assert f"`{resource.TYPE}`" in text


@pytest.mark.parametrize(
    ("page", "fields"), field_tables.TABLES.items(), ids=lambda one: getattr(one, "stem", "")
)
def test_the_table_of_arguments_is_generated_from_the_table_of_fields(page: Path, fields: Any) -> None:
    text = page.read_text("utf-8")
    assert field_tables.table(fields) in text
    assert field_tables.with_table(text, fields) == text, "run scripts/field_tables.py"


def test_the_shutdown_dates_of_the_readme_are_those_of_the_calendar() -> None:
    table = README.partition("## OpenAI's wind-down")[2].partition("##")[0]
    for base, day in OPENAI_CALENDAR.base_shutdowns.items():
        (row,) = [line for line in table.splitlines() if line.startswith(f"| {day}")]
        assert base in row, base


@functools.cache
def _sentences() -> str:
    """Every string of the code, what is filled in left out."""
    found = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
            elif isinstance(node, ast.JoinedStr):
                found.append("".join(v.value if isinstance(v, ast.Constant) else "..." for v in node.values))
    return "\n".join(found)


def _messages(page: Path) -> list[str]:
    headings = re.findall(r"^### (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return [message for heading in headings for message in re.findall(r"`([^`]+)`", heading)]


@pytest.mark.parametrize("message", _messages(ROOT / "docs" / "troubleshooting.md"))
def test_a_message_of_the_troubleshooting_page_exists(message: str) -> None:
    said = _sentences()
    for piece in message.split("..."):
        assert piece.strip(" ]") in said, piece


def test_the_comment_that_the_review_page_shows_is_a_recorded_one() -> None:
    (shown,) = [block for block in blocks("markdown") if block.page.name == "review.md"]
    assert shown.text in (ROOT / "tests/review/previews/replace.md").read_text("utf-8")
