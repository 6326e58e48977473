"""The store: an SQLite database beside a folder with the bytes of files.

Every change is one transaction in a write-ahead log, so a process killed at any moment leaves whole records or none. A
record is a JSON document; a column exists only where something is looked up by it. All access is from the server's
one thread.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi_ftjobs.server.storage.store_database import StoreError, damaged, open_database


@dataclass
class Row:
    """One record: its place in the order of creation and its document."""

    seq: int
    doc: dict[str, Any]


@dataclass(frozen=True)
class Query:
    """The records that a listing wants: SQL conditions with their values."""

    conditions: tuple[str, ...] = ()
    values: tuple[object, ...] = ()

    def also(self, condition: str, *values: object) -> Query:
        """Return the query with one more condition."""
        return Query((*self.conditions, condition), (*self.values, *values))

    def jobs_before(self, row: Row) -> Query:
        """Return the query for jobs older than this one."""
        return self.also(f"({_DATE}, seq) < (SELECT {_DATE}, seq FROM jobs WHERE seq = ?)", row.seq)  # noqa: S608

    @property
    def sql(self) -> str:
        """The conditions as one expression."""
        return " AND ".join(self.conditions) or "1"


ALL = Query()

_DATE = "json_extract(doc, '$.created')"
_DATED = ("jobs", "files")
"""Tables listed by date: a seed may have objects older or newer than existing ones."""


class Store:
    """Records by table, with transactions."""

    def __init__(self, path: Path) -> None:
        """Open or make the store at this path; `path` with `.files` added is the folder of file bytes.

        Raises `StoreError` with one sentence; nothing of another program is touched.
        """
        self.path = path
        self.folder = path.with_name(path.name + ".files")
        self._db = open_database(path, self.folder)

    def close(self) -> None:
        """Close the database, after merging the write-ahead log."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Apply all changes inside the block, or none."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def get_value(self, name: str) -> Any:
        """Return a named JSON value, or None."""
        row = self._db.execute("SELECT value FROM kv WHERE name = ?", (name,)).fetchone()
        return self._loaded(row[0]) if row else None

    def set_value(self, name: str, value: object) -> None:
        """Store a named JSON value."""
        self._db.execute("INSERT OR REPLACE INTO kv VALUES (?, ?)", (name, json.dumps(value)))

    def insert(self, table: str, doc: Mapping[str, Any], **columns: object) -> int:
        """Add a record; `doc["id"]` is its id. Returns its place in the order of creation."""
        values = {"id": doc["id"], "doc": _dump(doc), **columns}
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        cursor = self._db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))  # noqa: S608
        return int(cursor.lastrowid or 0)

    def replace(self, table: str, doc: Mapping[str, Any], **columns: object) -> None:
        """Store a changed record."""
        values = {"doc": _dump(doc), **columns}
        names = ", ".join(f"{name} = ?" for name in values)
        self._db.execute(f"UPDATE {table} SET {names} WHERE id = ?", (*values.values(), doc["id"]))  # noqa: S608

    def delete(self, table: str, record: str) -> bool:
        """Delete a record; return whether there was one."""
        return self._db.execute(f"DELETE FROM {table} WHERE id = ?", (record,)).rowcount > 0  # noqa: S608

    def find(self, table: str, record: str, query: Query = ALL) -> Row | None:
        """Return a record by its id, if it also meets the query."""
        rows = self.rows(table, query.also("id = ?", record), limit=1)
        return rows[0] if rows else None

    def rows(
        self, table: str, query: Query = ALL, *, limit: int = -1, newest_first: bool = True
    ) -> list[Row]:
        """Return records in the order of their creation, newest first by default."""
        order = "DESC" if newest_first else "ASC"
        by = f"{_DATE} {order}, seq {order}" if table in _DATED else f"seq {order}"
        sql = f"SELECT seq, doc FROM {table} WHERE {query.sql} ORDER BY {by} LIMIT ?"  # noqa: S608
        return [Row(seq, self._loaded(doc)) for seq, doc in self._db.execute(sql, (*query.values, limit))]

    def count(self, table: str, query: Query = ALL) -> int:
        """Return the number of records that meet the query."""
        sql = f"SELECT count(*) FROM {table} WHERE {query.sql}"  # noqa: S608
        return int(self._db.execute(sql, query.values).fetchone()[0])

    def _loaded(self, text: str) -> Any:
        try:
            return json.loads(text)
        except (TypeError, ValueError) as error:
            raise StoreError(damaged(self.path, error)) from None

    def bytes_of(self, file_id: str) -> Path:
        """Return the path of a file's bytes."""
        return self.folder / file_id


def _dump(doc: Mapping[str, Any]) -> str:
    return json.dumps(doc, separators=(",", ":"), ensure_ascii=False)
