"""The store's database file: opened, made, or refused because it belongs to another program."""

from __future__ import annotations

import os
import re
import sqlite3
from pathlib import Path

_TABLES = """
CREATE TABLE IF NOT EXISTS kv (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS jobs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, org TEXT NOT NULL, project TEXT NOT NULL,
  model TEXT NOT NULL, tick REAL NOT NULL, metadata TEXT, over INTEGER NOT NULL DEFAULT 0, due REAL, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS jobs_unfinished ON jobs (over, due);
CREATE INDEX IF NOT EXISTS jobs_by_model ON jobs (org, model, tick);
CREATE INDEX IF NOT EXISTS jobs_by_date ON jobs (json_extract(doc, '$.created'), seq);
CREATE TABLE IF NOT EXISTS files (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, org TEXT NOT NULL, project TEXT NOT NULL,
  purpose TEXT NOT NULL, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS models (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, org TEXT NOT NULL, project TEXT NOT NULL,
  doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS checkpoints (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, job TEXT NOT NULL, name TEXT NOT NULL,
  doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS checkpoints_by_name ON checkpoints (name);
CREATE INDEX IF NOT EXISTS checkpoints_by_job ON checkpoints (job);
CREATE TABLE IF NOT EXISTS permissions (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, checkpoint TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS permissions_by_checkpoint ON permissions (checkpoint);
"""

_NAMES = {"kv", "jobs", "files", "models", "checkpoints", "permissions"}

# One server a store: the lock is held until the end, and a second server reports it after a second.
_SETTINGS = ("busy_timeout=1000", "locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=NORMAL")


_VERSION = 1  # of the tables below; a store of another version is refused
_OURS = re.compile(r"file-[A-Za-z0-9]{22}")
"""File names that this server makes. Other files in the folder belong to other programs."""


class StoreError(Exception):
    """The store cannot be used; the message is one sentence."""


def open_database(path: Path, folder: Path) -> sqlite3.Connection:
    """Open or make the database at this path and the folder of file bytes beside it.

    Both are readable by their owner alone: they hold training data.

    Raises:
        StoreError: Nothing was made, and no other program's file was changed.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"cannot open the store {path}: {_reason(error)}") from None
    try:
        _prepare(db, path, folder)
    except (OSError, sqlite3.Error) as error:
        db.close()
        if "malformed" in str(error):
            raise StoreError(damaged(path, error)) from None
        raise StoreError(f"cannot open the store {path}: {_reason(error)}") from None
    except BaseException:
        db.close()
        raise
    return db


def _reason(error: OSError | sqlite3.Error) -> str:
    if "database is locked" in str(error):
        return "another server holds it"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error)


def _prepare(db: sqlite3.Connection, path: Path, folder: Path) -> None:
    for setting in _SETTINGS[:2]:
        db.execute(f"PRAGMA {setting}")
    tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if tables and not tables >= _NAMES:
        raise StoreError(f"cannot open the store {path}: it is another program's database")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if tables and version not in (0, _VERSION):
        raise StoreError(
            f"cannot open the store {path}: its format is {version}, this version of ftjobs writes {_VERSION}. "
            "Use the version that made it, or another --store"
        )
    if tables:
        _check_integrity(db, path)
    for setting in _SETTINGS[2:]:
        db.execute(f"PRAGMA {setting}")
    db.executescript(_TABLES)
    db.execute(f"PRAGMA user_version = {_VERSION}")
    path.chmod(0o600)
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    if tables:  # beside a new database nothing can be ours
        _sweep(db, folder)


def _check_integrity(db: sqlite3.Connection, path: Path) -> None:
    damage = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if damage != "ok":
        raise StoreError(damaged(path, damage))
    for table in sorted(_NAMES):
        column = "value" if table == "kv" else "doc"
        bad = db.execute(f"SELECT count(*) FROM {table} WHERE NOT json_valid({column})").fetchone()[0]  # noqa: S608
        if bad:
            raise StoreError(damaged(path, f"{bad} record(s) of {table} are not JSON"))


def failure_of(path: Path, error: sqlite3.Error) -> str | None:
    """Describe a failure of the file itself; None for a defect of this program."""
    if type(error) is sqlite3.DatabaseError:
        return damaged(path, error)
    if isinstance(error, sqlite3.OperationalError):
        return f"the store {path} cannot be read or written ({error}). Check the disk"
    return None


def damaged(path: Path, detail: object) -> str:
    """Say that the store is damaged and what to do."""
    what = " ".join(str(detail).split())[:200]
    return f"the store {path} is damaged ({what}). Stop the server and restore the file from a backup"


def _sweep(db: sqlite3.Connection, folder: Path) -> None:
    """Delete bytes without a record: an upload that was cut off leaves nothing."""
    known = {row[0] for row in db.execute("SELECT id FROM files")}
    for path in folder.iterdir():
        if _OURS.fullmatch(path.name) and path.name not in known and path.is_file():
            path.unlink()
