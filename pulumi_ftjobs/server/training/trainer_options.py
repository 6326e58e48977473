"""How real training is set up: what the server's operator chose at the start, checked before anything listens."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pulumi_ftjobs.server.training.base_models import BaseModel, BaseModels

PROGRAM = Path(__file__).resolve().parents[2] / "trainer"
"""The folder that Python runs as the training process."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_METHODS = ("supervised", "dpo", "reinforcement")
_LIBRARIES = ("torch", "transformers", "trl", "peft", "datasets")
_INSTALL = "pip install 'torch>=2.8' 'transformers>=5,<6' 'trl>=1,<2' 'peft>=0.19,<1'"
_FIND = "import importlib.util as u, sys; print(*[n for n in sys.argv[1:] if u.find_spec(n) is None])"


@dataclass(frozen=True)
class TrainingOptions:
    """What to train, with which Python, and how much at once."""

    bases: Mapping[str, Path]
    """Folders of the base models by name. Nothing else is ever loaded, from no hub."""
    python: Path
    """The Python of the trainer's environment."""
    jobs_at_once: int | None = 1
    """Jobs that train at the same time; None: the cluster decides."""
    max_length: int | None = None
    """Tokens of one row; None: the model's context, at most 4096."""
    overlong_rows: str = "truncate"
    """`truncate` cuts longer rows and counts them, `refuse` fails the job."""
    save_seconds: float = 60.0
    """Time between two saved states."""
    python_graders: bool = False
    """Whether graders of type `python` run; they execute what a client sent."""
    judge_url: str | None = None
    """Base URL of the service whose models grade; None: model graders are refused."""
    program: tuple[str, ...] = field(default=(str(PROGRAM),))
    """Arguments of `python` that start the training process."""


def base_models(options: TrainingOptions) -> BaseModels:
    """The base models as the API shows them."""
    return BaseModels({name: BaseModel(_METHODS, completions=None) for name in options.bases})


def parse_bases(pairs: list[str]) -> dict[str, Path]:
    """Read `NAME=FOLDER` texts.

    Raises:
        ValueError: a pair is malformed, or its folder holds no base model.
    """
    bases: dict[str, Path] = {}
    for pair in pairs:
        name, equals, folder = pair.partition("=")
        if not equals or not _NAME.fullmatch(name):
            raise ValueError(
                f"--base-model {pair}: expected NAME=FOLDER; a name has letters, digits, dots, - and _"
            )
        bases[name] = _base_folder(name, Path(folder).expanduser().resolve())
    if not bases:
        raise ValueError("--trainer trl needs at least one --base-model NAME=FOLDER")
    return bases


def _base_folder(name: str, folder: Path) -> Path:
    if not folder.is_dir():
        raise ValueError(f"--base-model {name}: folder not found: {folder}")
    if not (folder / "config.json").is_file():
        raise ValueError(f"--base-model {name}: no config.json in {folder}: it is not a model folder")
    if not (any(folder.glob("*.safetensors")) or any(folder.glob("*.bin"))):
        raise ValueError(f"--base-model {name}: no weights (*.safetensors) in {folder}")
    if not any(folder.glob("tokenizer*")):
        raise ValueError(f"--base-model {name}: no tokenizer in {folder}")
    return folder


def check_python(python: Path) -> None:
    """Make sure that the training process could import what it needs.

    Raises:
        ValueError: it cannot; the text has the command that installs what is missing.
    """
    try:
        found = subprocess.run([python, "-c", _FIND, *_LIBRARIES], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ValueError(f"--train-python {python}: it does not run: {error}") from None
    missing = found.stdout.split()
    if missing:
        raise ValueError(
            f"--train-python {python}: {', '.join(missing)} not installed. Install: {python} -m {_INSTALL}"
        )
