"""The store's database as a file: opened, made, or left alone because it is somebody else's."""

from __future__ import annotations

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

# One server a store: the lock is held until the end, and a second server is told so after a second.
_SETTINGS = ("busy_timeout=1000", "locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=NORMAL")


_OURS = re.compile(r"file-[A-Za-z0-9]{22}")
"""Names of bytes as this server makes them. Anything else in the folder is somebody else's."""


class StoreError(Exception):
    """One sentence: why there is no store to be had at a path."""


def open_database(path: Path, folder: Path) -> sqlite3.Connection:
    """The database at this path, made if there is none, and the folder of bytes beside it.

    Raises `StoreError`; then nothing was made and nothing of another program was touched.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"cannot open the store {path}: {error}") from None
    try:
        _prepare(db, path, folder)
    except (OSError, sqlite3.Error) as error:
        db.close()
        reason = "another server holds it" if "database is locked" in str(error) else error
        raise StoreError(f"cannot open the store {path}: {reason}") from None
    except BaseException:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, path: Path, folder: Path) -> None:
    for setting in _SETTINGS[:2]:
        db.execute(f"PRAGMA {setting}")
    tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if tables and not tables >= _NAMES:
        raise StoreError(f"cannot open the store {path}: it is another program's database")
    for setting in _SETTINGS[2:]:
        db.execute(f"PRAGMA {setting}")
    db.executescript(_TABLES)
    folder.mkdir(exist_ok=True)
    if tables:  # beside a new database nothing can be ours
        _sweep(db, folder)


def _sweep(db: sqlite3.Connection, folder: Path) -> None:
    """Remove bytes whose record was never written or is gone: an upload that was cut off leaves nothing."""
    known = {row[0] for row in db.execute("SELECT id FROM files")}
    for path in folder.iterdir():
        if _OURS.fullmatch(path.name) and path.name not in known and path.is_file():
            path.unlink()
