"""`ftjobs review`: a preview, as one comment for the pull request."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from pulumi_ftjobs.cli.markdown_code import code
from pulumi_ftjobs.cli.preview_json import Step, kind, label, name, read_preview
from pulumi_ftjobs.cli.review_job import about, adopts, not_planned
from pulumi_ftjobs.cli.review_training import cost_range
from pulumi_ftjobs.cli.terminal_output import print_line, print_stderr
from pulumi_ftjobs.lifecycle.base_error import FtjobsError

MARKER: Final = "<!-- ftjobs-review -->"
"""First line of every comment, by which a pipeline finds the one to update."""
LONGEST: Final = 64_000
"""Characters; GitHub refuses comments of more than 65,536."""
_SKIPPED: Final = frozenset({"same", "read", "refresh"})
_NOISE: Final = "preview failed"
_DANGER: Final = (
    "this runs on pull_request_target: whoever opens a pull request runs a program with your secrets; "
    "preview on pull_request instead"
)


def review(
    preview: Annotated[
        Path | None,
        typer.Argument(metavar="PREVIEW", help="What `pulumi preview --json` printed; `-` or none: stdin."),
    ] = None,
) -> None:
    """Turn a preview into one Markdown comment: what trains, why, on which data, at what cost.

    Works offline, without a key. Exit code 0 for every preview it can read, also for one that fails.
    """
    if preview == Path("-"):
        preview = None
    if preview is None and sys.stdin.isatty():
        raise FtjobsError("nothing to read: pulumi preview --json | ftjobs review, or give the file")
    if os.environ.get("GITHUB_EVENT_NAME") == "pull_request_target":
        print_stderr(_DANGER)
    content = preview.read_bytes() if preview else sys.stdin.buffer.read()
    print_line(comment(read_preview(content)).rstrip("\n"))


def comment(preview: Mapping[str, Any]) -> str:
    """The comment. What a program or a service named stands in code spans: it can neither format nor mention."""
    every: list[Step] = list(preview.get("steps") or ())
    steps = [step for step in every if step["op"] not in _SKIPPED]
    said: list[Mapping[str, Any]] = list(preview.get("diagnostics") or ())
    jobs = [step for step in steps if kind(step) == "FineTuningJob"]
    trained = [step for step in jobs if step["op"] in {"create", "replace"} and not adopts(step)]
    errors = _told(said, "error", every)
    lines = [MARKER, f"### {_headline(trained, jobs, errors)}", ""]
    lines += [*errors, ""] if errors else []
    for step in jobs:
        lines += [*about(step, every, said), ""]
    lines += not_planned(every, said)
    warnings = _told(said, "warning", every)
    lines += ["**Warnings**", "", *warnings, ""] if warnings else []
    others = [step for step in steps if kind(step) != "FineTuningJob" and step["op"] != "delete-replaced"]
    return _cut(lines, _details(others, every))


def _headline(trained: Sequence[Step], jobs: Sequence[Step], errors: Sequence[str]) -> str:
    if errors:
        return "Fine-tuning: the preview fails, nothing can be trained"
    if trained:
        return f"Fine-tuning: {_count(len(trained), 'job')} would train, {_total(trained)}"
    if any(step["op"] == "delete" for step in jobs):
        return "Fine-tuning: nothing would train, jobs are given up"
    return "Fine-tuning: nothing would train"


def _total(trained: Sequence[Step]) -> str:
    amounts = [cost_range(step) for step in trained]
    known = [amount for amount in amounts if amount is not None]
    low, high = sum(a[0] for a in known), sum(a[1] for a in known)
    about_so_much = f"about {low:,.2f} USD" if low == high else f"about {low:,.2f} to {high:,.2f} USD"
    unknown = len(amounts) - len(known)
    if not known:
        return "at unknown cost"
    return f"{about_so_much} and {_count(unknown, 'job')} of unknown cost" if unknown else about_so_much


def _told(said: Sequence[Mapping[str, Any]], severity: str, steps: Sequence[Step]) -> list[str]:
    """The diagnostics of one severity as a list, each once; that a preview failed is said by its errors."""
    chosen = [d for d in said if d.get("severity") == severity]
    telling = [d for d in chosen if _sentence(d).strip() != _NOISE]
    found = [f"- {_who(d, [*steps, *said])}: {code(_sentence(d), 500)}" for d in telling or chosen]
    return list(dict.fromkeys(found))


def _who(diagnostic: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> str:
    return label(diagnostic, others) if name(diagnostic) else code("stack")


def _sentence(diagnostic: Mapping[str, Any]) -> str:
    """A diagnostic's own words, without what the engine puts before them."""
    text = str(diagnostic.get("message")).removeprefix(f"{diagnostic.get('severity')}: ")
    return text.rpartition(" has a problem: ")[2]


def _details(others: Sequence[Step], steps: Sequence[Step]) -> list[str]:
    if not others:
        return []
    rows = [f"- {step['op']} {label(step, steps)} ({code(kind(step))})" for step in others]
    return [
        "<details>",
        f"<summary>{_count(len(others), 'other change')}</summary>",
        "",
        *rows,
        "",
        "</details>",
        "",
    ]


def _cut(lines: Sequence[str], details: Sequence[str]) -> str:
    """The text, at most LONGEST characters: first without the details, then without the last lines."""
    for text in ("\n".join([*lines, *details]), "\n".join(lines)):
        if len(text) <= LONGEST:
            return text.rstrip() + "\n"
    note = "\n\n(cut here: run `pulumi preview` to see the rest)\n"
    whole = "\n".join(lines)[: LONGEST - len(note)]
    return whole.rpartition("\n")[0] + note


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
