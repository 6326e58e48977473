"""A PostgreSQL server of one test run, on loopback, in a separate folder, with nothing left behind."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PASSWORD = "only-for-this-test-run"


def binaries() -> Path | None:
    """The folder of PostgreSQL's programs: on PATH, or where Debian puts them."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    kept = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return kept[-1].parent if kept else None


@contextmanager
def running_postgres() -> Iterator[str]:
    """A running server; yields the URL of its administrator, without a database."""
    programs = binaries()
    assert programs, "needs PostgreSQL: scripts/install_test_tools.sh installs it"
    with tempfile.TemporaryDirectory(prefix="ftjobs-postgres-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "password").write_text(PASSWORD)
        identity = _not_root(folder)
        port = _free_port()
        make = [
            "initdb",
            "-D",
            "data",
            "-U",
            "admin",
            "--auth=scram-sha-256",
            "--pwfile=password",
            "--no-sync",
        ]
        _run(programs, make, folder, identity)
        log = folder / "log"
        command = [programs / "postgres", "-D", "data", "-p", str(port), "-k", name, "-c", "fsync=off"]
        command += ["-c", "listen_addresses=127.0.0.1"]
        with (
            log.open("wb") as out,
            subprocess.Popen(command, cwd=folder, stdout=out, stderr=out, **identity) as child,
        ):
            try:
                _run(programs, ["pg_isready", "-h", "127.0.0.1", "-p", str(port)], folder, {}, tries=100)
                yield f"postgres://admin:{PASSWORD}@127.0.0.1:{port}"
            finally:
                child.terminate()
                child.wait(30)


def make_database(url: str, name: str) -> str:
    """Make an empty database; returns its URL, as Pulumi takes it for a backend."""
    programs = binaries()
    assert programs
    subprocess.run(
        [programs / "psql", f"{url}/postgres", "-q", "-c", f"create database {name}"], check=True, cwd="/"
    )
    return f"{url}/{name}?sslmode=disable"


def _not_root(folder: Path) -> dict[str, int]:
    """PostgreSQL refuses to run as root: then the folder, and the processes, are another user's."""
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")  # Debian's package makes it
    for path in (folder, *folder.iterdir()):
        os.chown(path, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid}


def _run(programs: Path, words: list[str], folder: Path, identity: dict[str, int], tries: int = 1) -> None:
    for _attempt in range(tries):
        done = subprocess.run(
            [programs / words[0], *words[1:]],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PGCONNECT_TIMEOUT": "1"},
            **identity,
        )
        if done.returncode == 0:
            return
        time.sleep(0.1)
    raise AssertionError(f"{words[0]} failed: {done.stderr or done.stdout}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
