"""Makes the environment of the trainer: torch, transformers, trl and peft, kept in the user's cache.

The last line of standard output is the path of its Python; everything else goes to standard error. The environment is
keyed by `trainer_lock.txt` and the Python version, so a new lock file makes a new one. `--lock` writes the lock file.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import tomllib
from cached_env import CachedEnvironment, uv

HERE = Path(__file__).resolve().parent
TRAINER = CachedEnvironment(
    "trainer", HERE / "trainer_lock.txt", "import torch, transformers, trl, peft, datasets"
)


def requirements() -> list[str]:
    """The requirements of the extra `trainer`, without the marker that this script has already checked."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text())
    listed = project["project"]["optional-dependencies"]["trainer"]
    return [line.partition(";")[0].strip() for line in listed]


def install(python: Path, *, backend: str) -> None:
    """Install the locked versions; bytecode is compiled once here, or every training process would do it again."""
    chosen = backend if backend != "auto" else _backend(python)
    size = "1.5 GB, about a minute" if chosen == "cpu" else "5.5 GB, several minutes"
    TRAINER.say(f"installing torch, transformers, trl and peft in {python.parents[1]} ({size})")
    extra = ["--torch-backend", chosen] if chosen else []
    uv("pip", "install", "--quiet", "--python", str(python), "--compile-bytecode", *extra,
       "--constraints", str(TRAINER.lock_file), *requirements())  # fmt: skip


def _backend(python: Path) -> str:
    """CPU-only torch where there is no GPU and PyTorch's own index can be reached; else what PyPI has."""
    if sys.platform != "linux" or shutil.which("nvidia-smi"):
        return ""
    torch = next(line for line in TRAINER.lock_file.read_text().splitlines() if line.startswith("torch=="))
    try:
        uv("pip", "install", "--quiet", "--dry-run", "--no-deps", "--python", str(python),
           "--torch-backend", "cpu", torch, quick=True)  # fmt: skip
    except subprocess.CalledProcessError:
        TRAINER.say("PyTorch's index of CPU-only builds cannot be reached; taking the larger build from PyPI")
        return ""
    return "cpu"


def main() -> int:
    """Find or make the environment and print its Python."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lock", action="store_true", help="resolve again and write the lock file")
    parser.add_argument("--torch-backend", default="auto", help="auto, cpu, cu130 ...: as uv spells it")
    arguments = parser.parse_args()
    if arguments.lock:
        TRAINER.lock(requirements())
        return 0
    python = TRAINER.ensure(lambda python: install(python, backend=arguments.torch_backend))
    if python:
        print(python)
    return 0 if python else 1


if __name__ == "__main__":
    sys.exit(main())
