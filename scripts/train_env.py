"""Makes the environment of the trainer: torch, transformers, trl and peft, kept in the user's cache.

The last line of standard output is the path of its Python; everything else goes to standard error. The environment is
keyed by `trainer_lock.txt` and the Python version, so a new lock file makes a new one. `--lock` writes the lock file.
"""

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import tomllib

HERE = Path(__file__).resolve().parent
LOCK_FILE = HERE / "trainer_lock.txt"
IMPORTS = "import torch, transformers, trl, peft, datasets"


def requirements() -> list[str]:
    """The requirements of the extra `trainer`, without the marker that this script has already checked."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text())
    listed = project["project"]["optional-dependencies"]["trainer"]
    return [line.partition(";")[0].strip() for line in listed]


def cache() -> Path:
    """Where trainer environments are kept: `$XDG_CACHE_HOME/pulumi-ftjobs/trainer`, else under `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    root = Path(base) if Path(base).is_absolute() else Path.home() / ".cache"
    return root / "pulumi-ftjobs" / "trainer"


def folder() -> Path:
    """The folder of the environment that belongs to the lock file and this Python."""
    digest = hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest()[:12]
    return cache() / f"py{sys.version_info.major}{sys.version_info.minor}-{digest}"


def usable(python: Path) -> bool:
    """Whether the libraries of a finished environment can be imported."""
    if not (python.parents[1] / "complete").exists():
        return False
    return subprocess.run([python, "-c", IMPORTS], capture_output=True, check=False).returncode == 0


def make(python: Path, *, backend: str) -> None:
    """Install the locked versions; bytecode is compiled once here, or every training process would do it again."""
    root = python.parents[1]
    shutil.rmtree(root, ignore_errors=True)
    _uv("venv", "--quiet", "--python", sys.executable, str(root))
    chosen = backend if backend != "auto" else _backend(python)
    size = "1.5 GB, about a minute" if chosen == "cpu" else "5.5 GB, several minutes"
    _say(f"installing torch, transformers, trl and peft in {root} ({size})")
    _install(python, chosen)
    (root / "complete").touch()


def _backend(python: Path) -> str:
    """CPU-only torch where there is no GPU and PyTorch's own index can be reached; else what PyPI has."""
    if sys.platform != "linux" or shutil.which("nvidia-smi"):
        return ""
    torch = next(line for line in LOCK_FILE.read_text().splitlines() if line.startswith("torch=="))
    try:
        _uv("pip", "install", "--quiet", "--dry-run", "--no-deps", "--python", str(python),
            "--torch-backend", "cpu", torch, quick=True)  # fmt: skip
    except subprocess.CalledProcessError:
        _say("PyTorch's index of CPU-only builds cannot be reached; taking the larger build from PyPI")
        return ""
    return "cpu"


def _install(python: Path, backend: str) -> None:
    extra = ["--torch-backend", backend] if backend else []
    _uv("pip", "install", "--quiet", "--python", str(python), "--compile-bytecode", *extra,
        "--constraints", str(LOCK_FILE), *requirements())  # fmt: skip


def _uv(*arguments: str, quick: bool = False) -> None:
    environment = {**os.environ, "UV_HTTP_RETRIES": "0", "UV_HTTP_TIMEOUT": "10"} if quick else None
    output = subprocess.DEVNULL if quick else sys.stderr
    subprocess.run([_uv_path(), *arguments], check=True, env=environment, stdout=output, stderr=output)


def _uv_path() -> str:
    beside = Path(sys.executable).parent / "uv"
    return str(beside) if beside.exists() else "uv"


def write_lock() -> None:
    """Resolve the extra for every platform and write `trainer_lock.txt`."""
    command = [_uv_path(), "pip", "compile", "-", "--universal", "--quiet",
               "--python-version", "3.11", "--no-header", "--no-annotate", "--output-file", str(LOCK_FILE)]  # fmt: skip
    subprocess.run(command, input="\n".join(requirements()), text=True, check=True)


def _say(line: str) -> None:
    print(f"trainer: {line}", file=sys.stderr, flush=True)


def main() -> int:
    """Find or make the environment and print its Python."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lock", action="store_true", help="resolve again and write the lock file")
    parser.add_argument("--torch-backend", default="auto", help="auto, cpu, cu130 ...: as uv spells it")
    arguments = parser.parse_args()
    if arguments.lock:
        write_lock()
        return 0
    python = folder() / "bin" / "python"
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not usable(python):
            try:
                make(python, backend=arguments.torch_backend)
            except (subprocess.CalledProcessError, OSError) as error:
                _say(f"could not be installed: {error}")
                return 1
    print(python)
    return 0


if __name__ == "__main__":
    sys.exit(main())
