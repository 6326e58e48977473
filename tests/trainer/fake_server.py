"""A real server whose training processes only count: `python fake_server.py STORE BASE SLOTS [INFERENCE_URL]`."""

from __future__ import annotations

import sys
from pathlib import Path

from pulumi_ftjobs.server.server_process import Options, start
from pulumi_ftjobs.server.training.local_runner import LocalRunner
from pulumi_ftjobs.server.training.process_trainer import ProcessTrainer, Restarts
from pulumi_ftjobs.server.training.trainer_options import TrainingOptions, base_models

RESTARTS = Restarts(waits=(0.0, 0.1, 0.2), disk_full_wait=0.2, disk_full_starts=10)


def main() -> None:
    """Serve on a free port and print its URL."""
    store, base, slots = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    program = (str(Path(__file__).with_name("fake_training.py")),)
    options = TrainingOptions({"tiny": base}, Path(sys.executable), jobs_at_once=slots, program=program)
    runner = LocalRunner(options.python, options.program)
    start(
        Options(
            port=0,
            store=store,
            make_trainer=lambda path: ProcessTrainer(path, options, runner, RESTARTS),
            base_models=base_models(options),
            inference_url=sys.argv[4] if len(sys.argv) > 4 else None,
        ),
        lambda running: print(running.url, flush=True),
    )


if __name__ == "__main__":
    main()
