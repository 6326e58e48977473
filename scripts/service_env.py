"""Makes the environment of a service that real training is tested with: `service_env.py ray` or `serving`.

The last line of standard output is the path of its Python. Kept in the user's cache, keyed by `NAME_lock.txt`; `--lock`
writes the lock file.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

from cached_env import CachedEnvironment, uv


class Service(NamedTuple):
    """What is installed, how large it is, and how to see that it works."""

    requirements: list[str]
    size: str
    imports: str


SERVICES = {
    "ray": Service(["ray[default]>=2.52"], "320 MB", "import ray.dashboard.modules.job.sdk"),
    # What `transformers serve` needs beside the trainer's environment: its extra `serving` without torch.
    "serving": Service(
        ["openai>=1.98", "fastapi", "uvicorn", "pydantic>=2"], "60 MB", "import fastapi, openai, uvicorn"
    ),
}


def main() -> int:
    """Find or make the environment and print its Python."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("name", choices=SERVICES)
    parser.add_argument("--lock", action="store_true", help="resolve again and write the lock file")
    arguments = parser.parse_args()
    service = SERVICES[arguments.name]
    lock_file = Path(__file__).with_name(f"{arguments.name}_lock.txt")
    environment = CachedEnvironment(arguments.name, lock_file, service.imports)
    if arguments.lock:
        environment.lock(service.requirements)
        return 0

    def install(python: Path) -> None:
        environment.say(f"installing {service.requirements[0]} in {python.parents[1]} ({service.size})")
        uv("pip", "install", "--quiet", "--python", str(python), "--compile-bytecode",
           "--constraints", str(lock_file), *service.requirements)  # fmt: skip

    python = environment.ensure(install)
    if python:
        print(python)
    return 0 if python else 1


if __name__ == "__main__":
    sys.exit(main())
