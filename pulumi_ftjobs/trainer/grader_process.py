"""Python graders: a separate process with limits. This limits accidents; it is no protection against an attacker."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from typing import Any

from .run_control import TrainingError

_SECONDS, _BYTES = 10, 1 << 30
# Runs in the limited process: reads the source, the sample and the item; prints the number that `grade` returns.
_RUNNER = f"""
import json, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, ({_SECONDS}, {_SECONDS}))
resource.setrlimit(resource.RLIMIT_AS, ({_BYTES}, {_BYTES}))
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
request = json.load(sys.stdin)
names = {{"__name__": "grader"}}
exec(compile(request["source"], "grader", "exec"), names)
print()
print(json.dumps(float(names["grade"](request["sample"], request["item"]))))
"""


def python_reward(source: str, answer: str, item: dict[str, Any]) -> float:
    """What the source's `grade(sample, item)` returns.

    Raises:
        TrainingError: it fails, returns no number, or takes longer than ten seconds of processor time.
    """
    request = json.dumps({"source": source, "sample": {"output_text": answer}, "item": item})
    with tempfile.TemporaryDirectory(prefix="ftjobs-grader-") as folder:
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-S", "-c", _RUNNER],
                input=request, capture_output=True, text=True, timeout=3 * _SECONDS, check=True, cwd=folder, env={},
            )  # fmt: skip
            return float(json.loads(done.stdout.strip().splitlines()[-1]))
        except subprocess.TimeoutExpired:
            raise _failed(f"no result after {3 * _SECONDS} seconds") from None
        except subprocess.CalledProcessError as error:
            lines = error.stderr.strip().splitlines()
            raise _failed(lines[-1] if lines else f"exit status {error.returncode}") from None
        except (ValueError, IndexError):
            raise _failed("it returned no number") from None


def _failed(why: str) -> TrainingError:
    text = f"The python grader failed: {why[:300]}. Define grade(sample, item) and return a number."
    return TrainingError("grader_error", text, "method.reinforcement.grader")
