"""Runs this folder as a program without installing it: `python pulumi_ftjobs/trainer JOB_FOLDER`."""

import importlib.util
import sys
from pathlib import Path


def load_package() -> None:
    """Make this folder importable as `ftjobs_trainer`; the environment has neither `pulumi_ftjobs` nor Pulumi."""
    here = Path(__file__).resolve().parent
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != here]
    spec = importlib.util.spec_from_file_location(
        "ftjobs_trainer", here / "__init__.py", submodule_search_locations=[str(here)]
    )
    if spec is None or spec.loader is None:
        raise SystemExit(f"{here} cannot be read")
    module = importlib.util.module_from_spec(spec)
    sys.modules["ftjobs_trainer"] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    load_package()
    if sys.argv[1:2] == ["merge"]:
        sys.exit(importlib.import_module("ftjobs_trainer.merge_adapter").main(sys.argv[2:]))
    sys.exit(importlib.import_module("ftjobs_trainer.training_process").main(sys.argv[1:]))
