"""The service's objects as tables of an in-memory database, under the service's own column names.

SQLite: it comes with Python, and an account has thousands of jobs, not millions.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.job_fields import JOB_OUTPUTS
from pulumi_ftjobs.lifecycle.values import one_line

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client

COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "jobs": (*JOB_OUTPUTS, "user_provided_suffix"),
    "events": ("id", "object", "fine_tuning_job_id", "created_at", "level", "message", "type", "data"),
    "checkpoints": (
        "id",
        "object",
        "fine_tuning_job_id",
        "created_at",
        "step_number",
        "fine_tuned_model_checkpoint",
        "metrics",
    ),
    "files": ("id", "object", "bytes", "created_at", "filename", "purpose", "status", "expires_at"),
    "models": ("id", "object", "created", "owned_by", "shutdown_date"),
}
"""Columns that always exist; further members of the service's objects become columns too."""

_JOB: Final = "fine_tuning_job_id"
_ALLOWED: Final = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)

_STEPS_PER_INTERRUPT_CHECK: Final = 100_000
"""SQLite instructions between two checks for Ctrl-C."""


def mentioned(sql: str) -> set[str]:
    """The tables whose names appear in a statement."""
    return set(re.findall(r"\w+", sql.lower())) & set(COLUMNS)


def load(database: sqlite3.Connection, client: Client, tables: set[str]) -> None:
    """Fetch and fill these tables, all pages; events and checkpoints take at least one request per job."""
    jobs = list(client.jobs()) if tables & {"jobs", "events", "checkpoints"} else []

    def of_jobs(read: Callable[[str], Iterable[Any]]) -> Iterator[dict[str, Any]]:
        for job in jobs:
            for item in read(job.id):
                yield {_JOB: job.id, **item.facts()}

    content: dict[str, Callable[[], Iterable[dict[str, Any]]]] = {
        "jobs": lambda: (job.facts() for job in jobs),
        "events": lambda: of_jobs(client.events),
        "checkpoints": lambda: of_jobs(client.checkpoints),
        "files": lambda: (file.facts() for file in client.files()),
        "models": lambda: (model.facts() for model in client.models()),
    }
    for name in sorted(tables):
        _fill(database, name, list(content[name]()))


def execute(database: sqlite3.Connection, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows of one read-only statement. Raises FtjobsError."""
    database.set_authorizer(
        lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY
    )
    database.set_progress_handler(lambda: None, _STEPS_PER_INTERRUPT_CHECK)
    try:
        cursor = database.execute(sql)
        rows = cursor.fetchall()
    except (sqlite3.Error, sqlite3.Warning) as error:
        if str(error) == "interrupted":
            raise KeyboardInterrupt from None
        raise _query_error(one_line(str(error), 200)) from None
    if not cursor.description:
        raise _query_error("the statement is empty")
    return [column[0] for column in cursor.description], rows


def _query_error(why: str) -> FtjobsError:
    return FtjobsError(
        f"query: {why}; only one read-only SELECT is allowed, on the tables {', '.join(COLUMNS)}"
    )


def _fill(database: sqlite3.Connection, name: str, rows: list[dict[str, Any]]) -> None:
    columns = list(dict.fromkeys([*COLUMNS[name], *(key for row in rows for key in row)]))
    database.execute(f"CREATE TABLE {name} ({', '.join(map(_quoted, columns))})")
    places = ", ".join("?" * len(columns))
    database.executemany(
        f"INSERT INTO {name} VALUES ({places})",  # noqa: S608 - name is one of COLUMNS
        ([_cell(row.get(column)) for column in columns] for row in rows),
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
