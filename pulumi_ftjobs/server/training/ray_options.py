"""How training on a Ray cluster is set up: what the server's operator chose, checked before anything listens."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from pulumi_ftjobs.server.training.ray_jobs import RayError, RayJobs
from pulumi_ftjobs.server.training.ray_runner import RayRunner
from pulumi_ftjobs.server.training.trainer_options import PROGRAM, TrainingOptions


@dataclass(frozen=True)
class RayOptions:
    """The options of `--runner ray` as they were given."""

    address: str
    """URL of the head's dashboard."""
    shared: Path
    """A folder that every node sees under this path; jobs, models and the training program are kept in it."""
    token_file: Path | None = None
    """The file with Ray's authentication token."""
    insecure: bool = False
    """Use a cluster without authentication."""
    gpus: float = 0.0
    """GPUs of one job."""
    resources: list[str] = field(default_factory=list)
    """Resources of one job by Ray's names, each `NAME=AMOUNT`."""


def ray_runner(options: RayOptions, training: TrainingOptions) -> RayRunner:
    """Make the runner, after one request that proves address and token.

    Raises:
        ValueError: an option is wrong, or Ray does not answer.
    """
    jobs = RayJobs(options.address, _token_file(options))
    resources = _resources(options)
    if not options.shared.is_dir():
        raise ValueError(f"--shared {options.shared}: folder not found. Mount it at this path on every node")
    try:
        jobs.list()
    except RayError as error:
        raise ValueError(f"--ray-address: {error}") from None
    program = (
        (str(_copied_program(options.shared.resolve())),) if training.program == (str(PROGRAM),) else None
    )
    return RayRunner(training.python, program or training.program, jobs, resources)


def _token_file(options: RayOptions) -> Path | None:
    path = options.token_file
    if path is None:
        if not options.insecure:
            raise ValueError(
                "--ray-address needs --ray-token-file FILE: anyone who reaches a Ray head without authentication runs "
                "code on it. Start Ray with RAY_AUTH_MODE=token, or give --ray-insecure"
            )
        return None
    try:
        token = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"--ray-token-file {path}: cannot be read: {error}") from None
    if not (token.isascii() and token.isprintable() and token) or " " in token:
        raise ValueError(f"--ray-token-file {path}: does not contain one token")
    return path


def _resources(options: RayOptions) -> dict[str, float]:
    found = {"GPU": options.gpus} if options.gpus else {}
    for pair in options.resources:
        name, _, amount = pair.partition("=")
        try:
            found[name] = float(amount)
        except ValueError:
            found[name] = 0.0
        if not name or not 0 < found[name] < float("inf"):
            raise ValueError(f"--ray-resources {pair}: expected NAME=AMOUNT, such as trainslot=1 or CPU=4")
    return found or {"CPU": 1.0}  # a job that needs nothing would start at once, however many there are


def _copied_program(shared: Path) -> Path:
    """Copy the training program to the shared folder, under a name by its content: a running job keeps its version."""
    digest = hashlib.sha256()
    for path in sorted(PROGRAM.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    target = shared / f"trainer-{digest.hexdigest()[:12]}"
    if not target.exists():
        partial = target.with_name(f"{target.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(PROGRAM, partial, ignore=shutil.ignore_patterns("__pycache__"))
        partial.replace(target)
    return target
