"""`ftjobs review`: a preview as one comment for the pull request."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from pulumi_ftjobs.cli.markdown_code import code
from pulumi_ftjobs.cli.preview_json import Step, concerns_stack, inputs, kind, label, name, read_preview
from pulumi_ftjobs.cli.review_jobs import adopts, failed_lines, job_lines
from pulumi_ftjobs.cli.review_training import cost_range
from pulumi_ftjobs.cli.terminal_output import print_line, print_stderr
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.key_patterns import masked

MARKER: Final = "<!-- ftjobs-review -->"
"""First line of every comment, by which a pipeline finds the one to update."""
MAX_LENGTH: Final = 64_000
"""Characters; GitHub refuses comments of more than 65,536."""
_UNCHANGED: Final = frozenset({"same", "read", "refresh"})
_UNSAFE_TRIGGER: Final = (
    "this runs on pull_request_target: anyone who opens a pull request runs a program with your secrets; "
    "preview on pull_request instead"
)


def review(
    preview: Annotated[
        Path | None,
        typer.Argument(metavar="PREVIEW", help="Output of `pulumi preview --json`. Default, or `-`: stdin."),
    ] = None,
) -> None:
    """Turn a preview into one Markdown comment: what trains, why, on which data, at what cost.

    Works offline, without a key. Exit code 0 for every preview it can read, also for one that fails.
    """
    if preview == Path("-"):
        preview = None
    if preview is None and sys.stdin.isatty():
        raise FtjobsError("nothing to read. Use `pulumi preview --json | ftjobs review`, or give the file")
    if os.environ.get("GITHUB_EVENT_NAME") == "pull_request_target":
        print_stderr(_UNSAFE_TRIGGER)
    content = preview.read_bytes() if preview else sys.stdin.buffer.read()
    print_line(comment(read_preview(content)).rstrip("\n"))


def comment(preview: Mapping[str, Any]) -> str:
    """The comment for a preview.

    Text of the program or the service is in code spans, where it can neither format nor mention; what looks like a
    credential is masked.
    """
    steps: list[Step] = list(preview.get("steps") or ())
    diagnostics: list[Mapping[str, Any]] = list(preview.get("diagnostics") or ())
    changing = [step for step in steps if step["op"] not in _UNCHANGED]
    jobs = [step for step in changing if kind(step) == "FineTuningJob"]
    errors = _listed(diagnostics, "error", steps)
    failed = failed_lines(steps)
    lines = [MARKER, f"### {_headline(jobs, errors, failed)}", ""]
    lines += [*errors, ""] if errors else []
    lines += [*failed, ""] if failed else []
    for step in jobs:
        lines += [*job_lines(step, steps, fails=bool(errors)), ""]
    notes = _listed(_without_step(diagnostics, steps), "info", steps) if errors else []
    lines += ["**Notes**", "", *notes, ""] if notes else []
    warnings = _listed(diagnostics, "warning", steps)
    lines += ["**Warnings**", "", *warnings, ""] if warnings else []
    others = [step for step in changing if kind(step) != "FineTuningJob" and step["op"] != "delete-replaced"]
    return masked(_shortened(lines, _details(others, steps)))


def _headline(jobs: Sequence[Step], errors: Sequence[str], failed: Sequence[str]) -> str:
    if errors:
        return "Fine-tuning: the preview fails, no job can be created"
    trained = [step for step in jobs if step["op"] in {"create", "replace"} and not adopts(step)]
    parts = [f"{_count(len(failed), 'job')} did not succeed"] if failed else []
    if trained:
        parts.append(f"{_count(len(trained), 'job')} would train, {_total(trained)}")
    else:
        parts.append("nothing would train")
    if not trained and any(step["op"] == "delete" for step in jobs):
        parts.append("jobs are removed from the stack")
    return f"Fine-tuning: {'; '.join(parts) if failed else ', '.join(parts)}"


def _total(trained: Sequence[Step]) -> str:
    amounts = [cost_range(inputs(step)) for step in trained]
    known = [amount for amount in amounts if amount is not None]
    low, high = sum(a[0] for a in known), sum(a[1] for a in known)
    total = f"about {low:,.2f} USD" if low == high else f"about {low:,.2f} to {high:,.2f} USD"
    unknown = len(amounts) - len(known)
    if not known:
        return "at unknown cost"
    return f"{total} and {_count(unknown, 'job')} of unknown cost" if unknown else total


def _listed(diagnostics: Sequence[Mapping[str, Any]], severity: str, steps: Sequence[Step]) -> list[str]:
    """The diagnostics of one severity as a list, each once; where resources have some, without the stack's.

    Those without a URN, or with the stack's, then only summarize: that there were errors, and that the program ended.
    """
    chosen = [d for d in diagnostics if d.get("severity") == severity]
    specific = [d for d in chosen if severity != "error" or not concerns_stack(d)]
    found = [
        f"- {_resource(d, [*steps, *diagnostics])}: {code(_message(d), 500)}" for d in specific or chosen
    ]
    return list(dict.fromkeys(found))


def _without_step(diagnostics: Sequence[Mapping[str, Any]], steps: Sequence[Step]) -> list[Mapping[str, Any]]:
    """Diagnostics of resources that a failing preview has no step for: they are all that is known of them."""
    planned = {step["urn"] for step in steps}
    return [one for one in diagnostics if one.get("urn") and one["urn"] not in planned]


def _resource(diagnostic: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> str:
    return label(diagnostic, others) if name(diagnostic) else code("stack")


def _message(diagnostic: Mapping[str, Any]) -> str:
    """A diagnostic's message without the engine's prefixes."""
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


def _shortened(lines: Sequence[str], details: Sequence[str]) -> str:
    """The text in at most MAX_LENGTH characters: first without the details, then without the last lines."""
    for text in ("\n".join([*lines, *details]), "\n".join(lines)):
        if len(text) <= MAX_LENGTH:
            return text.rstrip() + "\n"
    note = "\n\n(shortened: run `pulumi preview` to see the rest)\n"
    whole = "\n".join(lines)[: MAX_LENGTH - len(note)]
    return whole.rpartition("\n")[0] + note


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
