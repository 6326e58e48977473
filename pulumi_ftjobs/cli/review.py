"""`ftjobs review`: a preview, as one comment for the pull request."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from pulumi_ftjobs.lifecycle.contract import FINISHED, JOB_INPUTS, PROGRAM
from pulumi_ftjobs.lifecycle.errors import FtjobsError
from pulumi_ftjobs.lifecycle.values import one_line

MARKER: Final = "<!-- ftjobs-review -->"
"""First line of every comment, by which a pipeline finds the one to update."""
LONGEST: Final = 64_000
"""Characters; GitHub refuses comments of more than 65,536."""
_KIND: Final = "pulumi-python:dynamic/ftjobs:"
_SKIPPED: Final = frozenset({"same", "read", "refresh"})

Step = Mapping[str, Any]


def review(
    preview: Annotated[
        Path | None,
        typer.Argument(
            exists=True, dir_okay=False, help="What `pulumi preview --json` printed; default: stdin."
        ),
    ] = None,
) -> None:
    """Write a preview as one Markdown comment: what trains and why, on which data, for about how much."""
    text = preview.read_text("utf-8") if preview else sys.stdin.read()
    print(comment(read_preview(text)), end="")  # noqa: T201 - this is a terminal command


def read_preview(text: str) -> dict[str, Any]:
    """The JSON of a preview. Raises FtjobsError for anything else."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("changeSummary", {}), dict):
        raise FtjobsError("this is no output of `pulumi preview --json`; give it as a file or on stdin")
    return found


def comment(preview: Mapping[str, Any]) -> str:
    """The comment. What a program or a service named stands in code spans: it can neither format nor mention."""
    steps: list[Step] = [s for s in preview.get("steps") or () if s.get("op") not in _SKIPPED]
    said: list[Mapping[str, Any]] = list(preview.get("diagnostics") or ())
    jobs = [step for step in steps if _kind(step) == "FineTuningJob"]
    trained = [step for step in jobs if step["op"] in {"create", "replace"} and not _adopts(step)]
    errors = _told(said, "error")
    lines = [MARKER, f"### {_headline(trained, jobs, errors)}", ""]
    lines += [*errors, ""] if errors else []
    for step in jobs:
        lines += [*_job(step, steps, said), ""]
    warnings = _told(said, "warning")
    lines += ["**Warnings**", "", *warnings, ""] if warnings else []
    others = [step for step in steps if _kind(step) != "FineTuningJob" and step["op"] != "delete-replaced"]
    return _cut(lines, _details(others))


def _headline(trained: Sequence[Step], jobs: Sequence[Step], errors: Sequence[str]) -> str:
    if errors:
        return "Fine-tuning: the preview fails, nothing can be trained"
    if trained:
        return f"Fine-tuning: {_count(len(trained), 'job')} would train, {_total(trained)}"
    if any(step["op"] == "delete" for step in jobs):
        return "Fine-tuning: nothing would train, jobs are given up"
    return "Fine-tuning: nothing would train"


def _total(trained: Sequence[Step]) -> str:
    amounts = [_range(step) for step in trained]
    known = [amount for amount in amounts if amount is not None]
    low, high = sum(a[0] for a in known), sum(a[1] for a in known)
    about = f"about {low:,.2f} USD" if low == high else f"about {low:,.2f} to {high:,.2f} USD"
    unknown = len(amounts) - len(known)
    if not known:
        return "at unknown cost"
    return f"{about} and {_count(unknown, 'job')} of unknown cost" if unknown else about


def _range(step: Step) -> tuple[float, float] | None:
    """The estimate's ends in USD, None when it has no upper one."""
    text = str(_new(step).get("estimated_cost_usd") or "")
    try:
        ends = [float(part) for part in text.replace(",", "").split(" to ")]
    except ValueError:
        return None
    return ends[0], ends[-1]


def _job(step: Step, steps: Sequence[Step], said: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The lines about one job."""
    name, op = _code(_name(step)), step["op"]
    if op == "delete":
        yield f"**{name} is given up.** {_given_up(_old(step))}"
    elif op == "update":
        changed = ", ".join(map(_code, _changed(step)))
        yield f"**{name} changes in place**{f' ({changed})' if changed else ''}. Nothing trains."
    elif op == "replace":
        yield (
            f"**{name} trains again**, unless this stack has a job of exactly this declaration: then that one is "
            "taken back and nothing is paid."
        )
        yield from _because(step, said)
        yield from _training(step)
        yield from _until_then(step, steps)
    elif op == "create" and _adopts(step):
        yield f"**{name} takes over** job {_code(_new(step)['adopt_job_id'])}. Nothing is bought."
    elif op == "create":
        yield f"**{name} trains.**"
        yield from _training(step)


def _changed(step: Step) -> list[str]:
    """The inputs that differ, hidden and computed ones left out."""
    new, old = _new(step), _before(step)
    names = sorted(set(new) | set(old))
    return [name for name in names if name in JOB_INPUTS and new.get(name) != old.get(name)]


def _because(step: Step, said: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Why: in the provider's words, else the names of the inputs."""
    told = [str(d.get("message")) for d in said if d.get("urn") == step["urn"] and ": trains anew" in str(d)]
    reasons = told[0].partition(": trains anew")[0].split("; ") if told else step.get("replaceReasons") or ()
    yield from (f"- because {_code(reason, 200)}" for reason in reasons)


def _training(step: Step) -> Iterator[str]:
    """On what, and for how much."""
    new, old = _new(step), _old(step)
    base = f"- base {_code(new.get('model', 'not known yet'))}"
    yield base + (f", method {_code(kind)}" if (kind := (new.get("method") or {}).get("type")) else "")
    for name, word in (("training_file", "data"), ("validation_file", "validation")):
        if new.get(name) is None and new.get(f"{name}_digest") is None:
            continue
        now, before = _data(new, name), _data(_before(step), name)
        digest, was = new.get(f"{name}_digest"), old.get(f"{name}_digest")
        line = f"- {word}: {now or 'a file at the service, its rows are not known'}"
        line += f", {_code(digest, 20)}" if digest else ""
        yield line + (
            f" (before: {before or 'other rows'}, {_code(was, 20)})" if was and was != digest else ""
        )
    tokens = new.get("estimated_tokens")
    amount = new.get("estimated_cost_usd") or "unknown"
    yield f"- cost: about {_code(amount)} USD" + (
        f", {tokens:,} tokens over all epochs" if _number(tokens) else ""
    )
    if amount == "unknown" or str(amount).startswith("at least"):
        yield (
            "- why it is not known: no price for this base, a method that bills by the hour, or images; "
            "see `ftjobs:prices`"
        )


def _data(inputs: Mapping[str, Any], name: str) -> str:
    figures = ((inputs.get(PROGRAM) or {}).get("data") or {}).get(name) or {}
    parts = [f"{figures[key]:,} {key}" for key in ("rows", "tokens") if _number(figures.get(key))]
    return ", ".join(parts)


def _until_then(step: Step, steps: Sequence[Step]) -> Iterator[str]:
    """What serves until the new model exists, who changes then, and the way back."""
    old = _old(step)
    if old.get("status") == "succeeded":
        cost = old.get("estimated_cost_usd")
        price = f" for about {_code(cost)} USD" if cost and cost != "unknown" else ""
        yield (
            f"- until then model {_code(old.get('fine_tuned_model', 'of the old job'), 120)}, trained on "
            f"{_day(old.get('finished_at'))}{price}, keeps serving"
        )
    elif old.get("status") not in FINISHED:
        yield (
            f"- the old job was {_code(old.get('status', 'unfinished'))} when last seen: it is cancelled once the "
            "new one is accepted"
        )
    users = sorted(_code(_name(s)) for s in _consumers(step["urn"], steps))
    if users:
        yield f"- when it has succeeded these change: {', '.join(users)}"
    if old.get("status") == "succeeded":
        yield "- to go back: revert; its job is taken back and nothing trains"


def _consumers(urn: str, steps: Sequence[Step]) -> list[Step]:
    """What changes because of a job, by way of its model; the model itself is not one of them."""
    reached, found = {urn}, []
    for step in steps:
        needs = set((step.get("newState") or {}).get("dependencies") or ())
        if needs & reached and step["urn"] != urn:
            reached.add(step["urn"])
            if _kind(step) != "FineTunedModel":
                found.append(step)
    return found


def _given_up(old: Mapping[str, Any]) -> str:
    if old.get("status") in FINISHED:
        model = old.get("fine_tuned_model")
        stays = f" Its model {_code(model, 120)} stays at the service." if model else ""
        return f"It is over ({_code(old['status'])}), nothing is cancelled.{stays}"
    return (
        f"It was {_code(old.get('status', 'unfinished'))} when last seen, and is cancelled if it still runs."
    )


def _told(said: Sequence[Mapping[str, Any]], severity: str) -> list[str]:
    """The diagnostics of one severity as a list, each once."""
    found = [
        f"- {_code(_name(d) or 'stack')}: {_code(_sentence(d), 500)}"
        for d in said
        if d.get("severity") == severity
    ]
    return list(dict.fromkeys(found))


def _sentence(diagnostic: Mapping[str, Any]) -> str:
    """A diagnostic's own words, without what the engine puts before them."""
    text = str(diagnostic.get("message")).removeprefix(f"{diagnostic.get('severity')}: ")
    return text.rpartition(" has a problem: ")[2]


def _details(others: Sequence[Step]) -> list[str]:
    if not others:
        return []
    rows = [f"- {step['op']} {_code(_name(step))} ({_code(_kind(step))})" for step in others]
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


def _kind(step: Step) -> str:
    """The resource's class, for ours without the long prefix."""
    state = step.get("newState") or step.get("oldState") or {}
    return str(state.get("type", "")).removeprefix(_KIND)


def _name(step: Step) -> str:
    return str(step.get("urn", "")).rpartition("::")[2]


def _new(step: Step) -> Mapping[str, Any]:
    return (step.get("newState") or {}).get("inputs") or {}


def _old(step: Step) -> Mapping[str, Any]:
    return (step.get("oldState") or {}).get("outputs") or {}


def _before(step: Step) -> Mapping[str, Any]:
    return (step.get("oldState") or {}).get("inputs") or {}


def _adopts(step: Step) -> bool:
    return bool(_new(step).get("adopt_job_id"))


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _day(seconds: object) -> str:
    if not isinstance(seconds, int | float):
        return "an unknown day"
    return datetime.fromtimestamp(seconds, tz=timezone.utc).date().isoformat()


def _code(text: object, longest: int = 80) -> str:
    """A code span: one line, cut, with nothing in it that could end it."""
    return f"`{one_line(str(text), longest).replace('`', chr(39)) or ' '}`"
