"""Makes an environment with Ray, for the test that trains on a real Ray: kept in the user's cache, 320 MB.

The last line of standard output is the path of its Python. Keyed by `ray_lock.txt`; `--lock` writes the lock file.
"""

import argparse
import sys
from pathlib import Path

from cached_env import CachedEnvironment, uv

RAY = CachedEnvironment(
    "ray", Path(__file__).with_name("ray_lock.txt"), "import ray.dashboard.modules.job.sdk"
)
REQUIREMENTS = ["ray[default]>=2.52"]  # token authentication


def install(python: Path) -> None:
    """Install the locked versions."""
    RAY.say(f"installing Ray in {python.parents[1]} (320 MB)")
    uv("pip", "install", "--quiet", "--python", str(python), "--compile-bytecode",
       "--constraints", str(RAY.lock_file), *REQUIREMENTS)  # fmt: skip


def main() -> int:
    """Find or make the environment and print its Python."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--lock", action="store_true", help="resolve again and write the lock file")
    if parser.parse_args().lock:
        RAY.lock(REQUIREMENTS)
        return 0
    python = RAY.ensure(install)
    if python:
        print(python)
    return 0 if python else 1


if __name__ == "__main__":
    sys.exit(main())
