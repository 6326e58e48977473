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
    from pulumi_ftjobs.server.training.trainer_interface import Trainer

SIMULATED, TRL = "simulated", "trl"


@dataclass
class TrainingChoices:
    """The options as they were given."""

    trainer: str = SIMULATED
    base_model: list[str] = field(default_factory=list)
    train_python: Path | None = None
    jobs_at_once: int = 1
    max_length: int | None = None
    overlong_rows: str = "truncate"
    judge_url: str | None = None
    allow_python_graders: bool = False


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
    if choices.trainer == SIMULATED:
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
    from pulumi_ftjobs.server.training.local_runner import LocalRunner  # noqa: PLC0415
    from pulumi_ftjobs.server.training.process_trainer import ProcessTrainer  # noqa: PLC0415

    options = training.TrainingOptions(
        bases=training.parse_bases(choices.base_model),
        python=choices.train_python or Path(sys.executable),
        jobs_at_once=choices.jobs_at_once,
        max_length=choices.max_length,
        overlong_rows=choices.overlong_rows,
        python_graders=choices.allow_python_graders,
        judge_url=choices.judge_url,
    )
    training.check_python(options.python)
    runner = LocalRunner(options.python, options.program)
    return lambda path: ProcessTrainer(path, options, runner), training.base_models(options)
