"""Keeps made CLIs in the user's cache: whole or not at all, and made once when several start together."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pulumi_cli import fit, progress
from pulumi_cli.errors import NotPossible

LOOK_AGAIN_SECONDS = 0.2
UNFINISHED = "unfinished-"


def folder() -> Path:
    """Where made CLIs are kept: `$XDG_CACHE_HOME/pulumi-ftjobs/cli`, else under `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    root = Path(base) if Path(base).is_absolute() else Path.home() / ".cache"
    return root / "pulumi-ftjobs" / "cli"


def copy_of(cache: Path, key: str) -> Path | None:
    """Return the folder of the kept CLI with this key, or None when there is none that works."""
    kept = cache / key
    if not kept.is_dir():
        return None
    try:
        fit.check(kept / "pulumi")
    except NotPossible as reason:
        progress.say(f"the cached copy is not usable and is passed over: {reason}")
        return None
    return kept


@contextmanager
def locked(cache: Path) -> Iterator[None]:
    """Hold the cache for writing; waits, audibly, while another process holds it. Ends with its holder."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        if not _taken(lock.fileno()):
            beat = progress.Beat("another process is making the Pulumi CLI: waiting for it")
            while not _taken(lock.fileno()):
                time.sleep(LOOK_AGAIN_SECONDS)
                beat.tick()
        yield


def make(cache: Path, key: str, maker: Callable[[Path], None]) -> Path:
    """Let `maker` fill a folder, check the result, and move it into the cache in one step. Call it `locked`.

    Raises:
        NotPossible: the maker could not do it, or what it made does not work.
    """
    for left_over in cache.glob(f"{UNFINISHED}*"):
        shutil.rmtree(left_over, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=cache))
    try:
        made = work / "bin"
        made.mkdir()
        maker(made)
        fit.check(made / "pulumi")
        kept = cache / key
        shutil.rmtree(kept, ignore_errors=True)  # copy_of() has just found it unusable
        made.rename(kept)
        return kept
    finally:
        shutil.rmtree(work, ignore_errors=True)


def add(cache: Path, kept: Path, maker: Callable[[Path], None]) -> None:
    """Let `maker` fill a folder and move its files into a CLI that is kept already. Call it `locked`.

    Raises:
        NotPossible: the maker could not do it; the CLI is as it was.
    """
    work = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=cache))
    try:
        made = work / "bin"
        made.mkdir()
        maker(made)
        for file in made.iterdir():
            file.rename(kept / file.name)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
