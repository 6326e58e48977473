"""The rows of docs/fault-matrix.md: what a run saw, and the page that is made of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "fault-matrix.md"
HEAD = """# Faults, and what becomes of the job

What happens when something breaks in the middle of a command. Every row is a test that ran: the real provider process
or the real CLI against the embedded API, with one fault, and then the same command once more without it.
`make faults` runs them all and writes this page; `make test` runs all faults of `create` and a part of the others, and
fails when a number here is no longer true.

"Jobs" are jobs at the service that are not failed or cancelled, for the step `upload` files; "in state" is what the
Pulumi state holds. A process that stands still does so for three seconds, and the read timeout is then one.

| step | fault | jobs | in state | what the command says | after the next command: jobs | in state |
|---|---|---|---|---|---|---|
"""
_CHANGING = [
    (re.compile(r"ftjob-[\w-]+"), "ftjob-..."),
    (re.compile(r"file-[\w-]+"), "file-..."),
    (re.compile(r"https?://127\.0\.0\.1:\d+(/v1)?"), "https://service/v1"),
    (re.compile(r"\(request id: [^)]*\)|req_\w+"), ""),
    (re.compile(r"/tmp/\S+/"), ""),
    (re.compile(r"(?<=127\.0\.0\.1:)\d+|(?<=· )\d+s(?= ·)"), "..."),
    (re.compile(r" \(\d+(\.\d+)?s\)"), ""),
    (re.compile(r"proj_\w+"), "proj_..."),
    (re.compile(r"\b(\d+ s old|[\d.]+ (?:s|seconds|minutes) ago|\w+ ago)\b"), "... ago"),
    (re.compile(r"(?<=test\.json\.)[0-9a-f]+(?=\.tmp)"), "..."),
    (re.compile(r"(?<=ftjobs-v1-)[0-9a-f-]+"), "..."),
]


@dataclass(frozen=True)
class Row:
    """One step with one fault."""

    step: str
    fault: str
    jobs: int
    in_state: int
    says: str
    jobs_after: int
    in_state_after: int

    @property
    def numbers(self) -> tuple[int, int, int, int]:
        """What must stay true."""
        return (self.jobs, self.in_state, self.jobs_after, self.in_state_after)

    def __str__(self) -> str:
        cells = [
            self.step,
            self.fault,
            self.jobs,
            self.in_state,
            self.says,
            self.jobs_after,
            self.in_state_after,
        ]
        return "| " + " | ".join(str(cell) for cell in cells) + " |"


@dataclass
class Matrix:
    """All rows of a run."""

    rows: list[Row] = field(default_factory=list)

    def add(self, row: Row) -> None:
        """Keep a row of this run."""
        self.rows.append(row)

    def write(self) -> None:
        """Make the page of these rows, and of those of other runs that this one did not repeat."""
        lines = {(row.step, row.fault): str(row) for row in self.rows}
        ordered = sorted((_lines() | lines).items())
        PAGE.write_text(HEAD + "".join(f"{line}\n" for _cell, line in ordered))


def _lines() -> dict[tuple[str, str], str]:
    """The rows of the page by step and fault."""
    found = {}
    for line in PAGE.read_text("utf-8").splitlines():
        cells = _cells(line)
        if len(cells) == 7 and cells[2].isdigit():
            found[(cells[0], cells[1])] = line
    return found


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def recorded() -> dict[tuple[str, str], tuple[int, ...]]:
    """The numbers of the page by step and fault."""
    return {
        cell: tuple(int(_cells(line)[place]) for place in (2, 3, 5, 6)) for cell, line in _lines().items()
    }


def one_line(text: str) -> str:
    """A message as a cell: one line, nothing that differs between runs."""
    line = " ".join(text.split()).replace("|", "/")
    for pattern, put in _CHANGING:
        line = pattern.sub(put, line)
    return line if len(line) <= 240 else line[:237] + "..."
