"""The options of `ftjobs serve` that turn on real training, and what they mean together."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pulumi_ftjobs.server.training.base_models import BaseModels
    from pulumi_ftjobs.server.training.runner_interface import Runner
    from pulumi_ftjobs.server.training.trainer_interface import Trainer
    from pulumi_ftjobs.server.training.trainer_options import TrainingOptions

SIMULATED, TRL = "simulated", "trl"
LOCAL, RAY = "local", "ray"


@dataclass
class TrainingChoices:
    """The options as they were given."""

    trainer: str = SIMULATED
    base_model: list[str] = field(default_factory=list)
    train_python: Path | None = None
    jobs_at_once: int | None = None
    max_length: int | None = None
    overlong_rows: str = "truncate"
    judge_url: str | None = None
    allow_python_graders: bool = False
    runner: str = LOCAL
    ray_address: str | None = None
    ray_token_file: Path | None = None
    ray_insecure: bool = False
    ray_resources: list[str] = field(default_factory=list)
    gpus: float | None = None
    shared: Path | None = None

    def only_for_ray(self) -> list[str]:
        """The options given that mean something with `--runner ray` only."""
        given = {
            "--ray-address": self.ray_address,
            "--ray-token-file": self.ray_token_file,
            "--ray-insecure": self.ray_insecure,
            "--ray-resources": self.ray_resources,
            "--gpus": self.gpus,
            "--shared": self.shared,
        }
        return [name for name, value in given.items() if value not in (None, False, [])]


def checked_url(option: str, url: str | None) -> str | None:
    """The URL of another service; raises ValueError where it is none."""
    if url is not None and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
        raise ValueError(f"{option} {url}: not a URL such as http://127.0.0.1:8000/v1")
    return url


def real_trainer(
    choices: TrainingChoices, store: Path | None
) -> tuple[Callable[[Path], Trainer], BaseModels] | None:
    """What makes the trainer, and the base models it has; None for the simulated trainer.

    Raises:
        ValueError: the options contradict each other, or name something that does not work.
    """
    if choices.runner not in (LOCAL, RAY):
        raise ValueError(f"--runner {choices.runner}: unknown. Known: {LOCAL}, {RAY}")
    if choices.runner == LOCAL and choices.only_for_ray():
        raise ValueError(f"{choices.only_for_ray()[0]} needs --runner ray")
    if choices.trainer == SIMULATED:
        if choices.runner == RAY:
            raise ValueError("--runner ray needs --trainer trl: the simulated trainer starts no process")
        if choices.base_model:
            raise ValueError("--base-model needs --trainer trl: the simulated trainer loads no model")
        return None
    if choices.trainer != TRL:
        raise ValueError(f"--trainer {choices.trainer}: unknown. Known: {SIMULATED}, {TRL}")
    if store is None:
        raise ValueError("--trainer trl needs --store FILE: jobs and models are kept beside it")
    if choices.overlong_rows not in ("truncate", "refuse"):
        raise ValueError(f"--overlong-rows {choices.overlong_rows}: must be truncate or refuse")
    checked_url("--judge-url", choices.judge_url)
    from pulumi_ftjobs.server.training import trainer_options as training  # noqa: PLC0415  -- other commands skip it
    from pulumi_ftjobs.server.training.process_trainer import ProcessTrainer  # noqa: PLC0415

    options = training.TrainingOptions(
        bases=training.parse_bases(choices.base_model),
        python=choices.train_python or Path(sys.executable),
        jobs_at_once=choices.jobs_at_once or (1 if choices.runner == LOCAL else None),
        max_length=choices.max_length,
        overlong_rows=choices.overlong_rows,
        python_graders=choices.allow_python_graders,
        judge_url=choices.judge_url,
    )
    training.check_python(options.python)
    runner = _runner(choices, options)
    shared = choices.shared.resolve() if choices.shared else None
    return (
        lambda path: ProcessTrainer(shared / path.name if shared else path, options, runner),
        training.base_models(options),
    )


def _runner(choices: TrainingChoices, options: TrainingOptions) -> Runner:
    if choices.runner == LOCAL:
        from pulumi_ftjobs.server.training.local_runner import LocalRunner  # noqa: PLC0415

        return LocalRunner(options.python, options.program)
    from pulumi_ftjobs.server.training.ray_options import RayOptions, ray_runner  # noqa: PLC0415

    address = checked_url("--ray-address", choices.ray_address)
    if address is None or choices.shared is None:
        raise ValueError(
            "--runner ray needs --ray-address URL and --shared DIR, a folder that every node sees"
        )
    given = RayOptions(
        address,
        choices.shared,
        choices.ray_token_file,
        choices.ray_insecure,
        choices.gpus or 0.0,
        choices.ray_resources,
    )
    return ray_runner(given, options)
