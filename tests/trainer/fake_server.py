"""A real server whose training processes only count: `python fake_server.py STORE BASE SLOTS [options]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pulumi_ftjobs.server.server_process import Options, start
from pulumi_ftjobs.server.server_settings import Settings
from pulumi_ftjobs.server.training.local_runner import LocalRunner
from pulumi_ftjobs.server.training.process_trainer import ProcessTrainer, Restarts
from pulumi_ftjobs.server.training.ray_options import RayOptions, ray_runner
from pulumi_ftjobs.server.training.runner_interface import Runner
from pulumi_ftjobs.server.training.trainer_options import TrainingOptions, base_models

RESTARTS = Restarts(waits=(0.0, 0.1, 0.2), disk_full_wait=0.2, disk_full_starts=10)


def main() -> None:
    """Serve on a free port and print its URL."""
    parser = argparse.ArgumentParser()
    parser.add_argument("store", type=Path)
    parser.add_argument("base", type=Path)
    parser.add_argument("slots", type=int)
    parser.add_argument("--inference-url")
    parser.add_argument("--ray-address")
    parser.add_argument("--ray-token-file", type=Path)
    parser.add_argument("--ray-resources", action="append", default=[])
    given = parser.parse_args()
    program = (str(Path(__file__).with_name("fake_training.py")),)
    options = TrainingOptions(
        {"tiny": given.base}, Path(sys.executable), jobs_at_once=given.slots, program=program
    )
    runner: Runner = LocalRunner(options.python, options.program)
    if given.ray_address:
        ray = RayOptions(
            given.ray_address, given.store.parent, given.ray_token_file, resources=given.ray_resources
        )
        runner = ray_runner(ray, options)
    start(
        Options(
            port=0,
            store=given.store,
            settings=Settings(exact_tokens=False),
            make_trainer=lambda path: ProcessTrainer(path, options, runner, RESTARTS),
            base_models=base_models(options),
            inference_url=given.inference_url,
        ),
        lambda running: print(running.url, flush=True),
    )


if __name__ == "__main__":
    main()
