"""aimock, an independent implementation of the API (`@copilotkit/aimock`, npm), as a child process."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def installed() -> str | None:
    """The executable, put there by scripts/install_test_tools.sh; None without it or without Node.js."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pulumi-ftjobs"
    found = sorted(cache.glob("aimock-*/node_modules/.bin/llmock"))
    return str(found[-1]) if found and shutil.which("node") else None


@contextmanager
def running_aimock(executable: str) -> Iterator[str]:
    """Start the server; gives its base URL."""
    with tempfile.TemporaryDirectory() as folder:
        fixture = '{"fixtures": [{"match": {"userMessage": "x"}, "response": {"content": "y"}}]}'
        (Path(folder) / "unused.json").write_text(fixture)
        command = [executable, "--port", "0", "--fixtures", folder]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            try:
                assert process.stdout is not None
                said = ""
                for line in process.stdout:
                    said += line
                    found = re.search(r"listening on (http://\S+)", line)
                    if found:
                        yield found[1] + "/v1"
                        break
                else:
                    raise AssertionError(f"aimock did not start:\n{said}")
            finally:
                process.terminate()
                process.wait(timeout=10)
