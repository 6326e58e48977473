"""Run the official SDK's own tests about fine-tuning, files and models against the embedded API.

They come with the SDK's source distribution. Everything is kept in the user's cache, in a separate environment.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

RELEASE = "3.54.0"
NEEDS = ("pytest", "pytest-asyncio", "pytest-xdist", "inline-snapshot", "trio", "respx")
SUITES = ("fine_tuning", "test_files.py", "test_models.py")
SEED = Path(__file__).parent.parent / "tests" / "compat" / "sdk-seed.json"


def main() -> int:
    """Prepare what is missing, start the server, run the tests; the tests' exit code."""
    cache = (
        Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        / "pulumi-ftjobs"
        / f"openai-{RELEASE}"
    )
    suite, python = cache / f"openai-{RELEASE}", cache / "venv" / "bin" / "python"
    if not suite.is_dir():
        print(f"fetching the source of openai {RELEASE}", flush=True)
        cache.mkdir(parents=True, exist_ok=True)
        pip("download", "--no-deps", "--no-binary", ":all:", "--dest", str(cache), f"openai=={RELEASE}")
        with tarfile.open(cache / f"openai-{RELEASE}.tar.gz") as archive:
            archive.extractall(cache, filter="data")
    if not python.exists():
        print("making an environment for its tests", flush=True)
        venv.create(cache / "venv", with_pip=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "-q", f"openai[aiohttp]=={RELEASE}", *NEEDS], check=True
        )
    serve = [sys.executable, "-m", "pulumi_ftjobs.cli.main", "serve", "--port", "0", "--lenient"]
    serve += ["--seed", str(SEED), "--set", "answers=schema"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            root = server.stdout.readline().split()[-1].removesuffix("/v1")
            tests = [f"tests/api_resources/{name}" for name in SUITES]
            options = ["-q", "-n", "0", "-p", "no:cacheprovider", "--durations=3"]
            command = [str(python), "-m", "pytest", *options, *tests]
            environment = {**os.environ, "TEST_API_BASE_URL": root, "NO_PROXY": "127.0.0.1"}
            return subprocess.run(command, cwd=suite, env=environment, check=False).returncode
        finally:
            server.terminate()


def pip(*words: str) -> None:
    """Run this environment's pip."""
    subprocess.run([sys.executable, "-m", "pip", "-q", *words], check=True)


if __name__ == "__main__":
    sys.exit(main())
