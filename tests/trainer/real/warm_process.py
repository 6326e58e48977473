"""Runs in the trainer's environment: imports torch and TRL once, then forks a process per order.

An order is one JSON line on standard input: `{"call": "train", "arguments": [...], "output": PATH}`. Each fork is
what a fresh process would be after its imports: `train` is the training process itself, every other call a function
of `in_environment`. Two answers per order, one line each: the process id, then the exit status.
"""

import importlib
import json
import os
import resource
import runpy
import signal
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TRAINER = HERE.parents[2] / "pulumi_ftjobs" / "trainer"


def fork(order: dict) -> int:
    """Start the process of one order; returns its id."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        descriptor = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for standard in (1, 2):
            os.dup2(descriptor, standard)
        if order.get("memory"):
            used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (used + order["memory"],) * 2)
        if order["call"] == "train":
            code = importlib.import_module("ftjobs_trainer.training_process").main(order["arguments"])
        else:
            code = getattr(importlib.import_module("in_environment"), order["call"])(*order["arguments"])
    except BaseException:  # noqa: BLE001  -- a fork must never return
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code or 0)


def main() -> None:
    """Serve orders until the input ends."""
    runpy.run_path(str(TRAINER / "__main__.py"))["load_package"]()
    sys.path[:0] = [str(HERE), str(HERE.parents[2] / "scripts")]
    for name in ("ftjobs_trainer.train_job", "ftjobs_trainer.training_process", "in_environment"):
        importlib.import_module(name)
    print("ready", flush=True)
    for line in sys.stdin:
        pid = fork(json.loads(line))
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main()
    os._exit(0)  # torch takes seconds to leave
