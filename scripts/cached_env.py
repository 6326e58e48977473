"""Python environments that are too large for `.venv`: kept in the user's cache, keyed by their lock file."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class CachedEnvironment:
    """One environment: a new lock file, or another Python, makes a new one."""

    name: str
    """Its folder in the cache, and the beginning of every line that is printed about it."""
    lock_file: Path
    imports: str
    """A statement that works where the environment is complete."""

    def ensure(self, install: Callable[[Path], None]) -> Path | None:
        """Return the environment's Python, installed first where it is missing; None if that failed."""
        root = self._cache() / f"py{sys.version_info.major}{sys.version_info.minor}-{self._digest()}"
        python = root / "bin" / "python"
        self._cache().mkdir(parents=True, exist_ok=True)
        with (self._cache() / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self._usable(root):
                return python
            try:
                shutil.rmtree(root, ignore_errors=True)
                uv("venv", "--quiet", "--python", sys.executable, str(root))
                install(python)
                (root / "complete").touch()
            except (subprocess.CalledProcessError, OSError) as error:
                self.say(f"could not be installed: {error}")
                return None
        return python

    def lock(self, requirements: list[str]) -> None:
        """Resolve the requirements for every platform and write the lock file."""
        command = [_uv_path(), "pip", "compile", "-", "--universal", "--quiet", "--python-version", "3.11",
                   "--no-header", "--no-annotate", "--output-file", str(self.lock_file)]  # fmt: skip
        subprocess.run(command, input="\n".join(requirements), text=True, check=True)

    def say(self, line: str) -> None:
        """Print progress; standard output is for the result."""
        print(f"{self.name}: {line}", file=sys.stderr, flush=True)

    def _cache(self) -> Path:
        base = os.environ.get("XDG_CACHE_HOME", "")
        root = Path(base) if Path(base).is_absolute() else Path.home() / ".cache"
        return root / "pulumi-ftjobs" / self.name

    def _digest(self) -> str:
        return hashlib.sha256(self.lock_file.read_bytes()).hexdigest()[:12]

    def _usable(self, root: Path) -> bool:
        command = [str(root / "bin" / "python"), "-c", self.imports]
        return (root / "complete").exists() and not subprocess.run(
            command, capture_output=True, check=False
        ).returncode


def uv(*arguments: str, quick: bool = False) -> None:
    """Run uv; `quick`: to see whether something can be reached, without a word."""
    environment = {**os.environ, "UV_HTTP_RETRIES": "0", "UV_HTTP_TIMEOUT": "10"} if quick else None
    output = subprocess.DEVNULL if quick else sys.stderr
    subprocess.run([_uv_path(), *arguments], check=True, env=environment, stdout=output, stderr=output)


def _uv_path() -> str:
    beside = Path(sys.executable).parent / "uv"
    return str(beside) if beside.exists() else "uv"
