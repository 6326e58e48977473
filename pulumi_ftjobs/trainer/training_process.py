"""The process itself: takes the lock, trains, and writes how the job ended."""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path

from .job_folder import DISK_FULL, EXIT_DISK_FULL, EXIT_HELD, EXIT_PAUSED, JobFolder, write_holder
from .report_log import ReportLog
from .run_control import OUT_OF_MEMORY, Paused, StopRequest, Superseded, TrainingError

_LOCK_SECONDS = 0.2


def main(arguments: list[str]) -> int:
    """Train the job of one folder; returns the exit status."""
    parser = argparse.ArgumentParser(prog="trainer", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lock-fd", type=int, help="descriptor of the job's lock, already held")
    parser.add_argument("--elapsed", type=float, default=0.0, help="seconds of training the job already had")
    parser.add_argument("--attempt", type=int, help="number of this attempt, re-read before each write")
    options = parser.parse_args(arguments)
    folder, stop = JobFolder(options.folder.resolve()), StopRequest()
    descriptor = options.lock_fd if options.lock_fd is not None else _take_lock(folder, stop, options.attempt)
    if descriptor is None:
        print("another process trains this job", file=sys.stderr)
        return EXIT_HELD
    os.set_inheritable(descriptor, False)  # a grader's process must not keep the lock
    write_holder(descriptor, os.getpid())
    if (folder.path / "end.json").exists():
        return 0
    folder.remove_incomplete()
    return _train(folder, stop, ReportLog(folder, options.elapsed, options.attempt))


def _take_lock(folder: JobFolder, stop: StopRequest, attempt: int | None) -> int | None:
    """Take the lock. The newest attempt waits for an earlier one, which leaves when it has finished its step."""
    descriptor = folder.take_lock()
    while descriptor is None and attempt is not None and folder.attempt() == attempt and not stop.requested:
        time.sleep(_LOCK_SECONDS)
        descriptor = folder.take_lock()
    return descriptor


def _train(folder: JobFolder, stop: StopRequest, log: ReportLog) -> int:
    try:
        log.check()
        from .train_job import train  # noqa: PLC0415  -- torch takes seconds; the lock is ours first

        tokens = train(folder, stop, log)
        log.check()
    except (Superseded, Paused) as end:
        return _leave(folder, end)
    except TrainingError as error:
        return _fail(folder, log, error)
    except OSError as error:
        with suppress(OSError):  # the log may be what has no room
            traceback.print_exc()
        if error.errno not in DISK_FULL:
            return 1
        with suppress(OSError):
            print("no space left on the device; training continues once there is", file=sys.stderr)
        return EXIT_DISK_FULL
    except MemoryError:
        traceback.print_exc()
        return _fail(folder, log, TrainingError("out_of_memory", OUT_OF_MEMORY))
    log.sync()
    folder.write("end.json", {"status": "succeeded", "elapsed": log.elapsed, "trained_tokens": tokens})
    return 0


def _leave(folder: JobFolder, end: Superseded | Paused) -> int:
    if isinstance(end, Superseded):
        print("a newer attempt trains this job, or the job was ended", file=sys.stderr)
        return EXIT_HELD
    (folder.path / "starts.json").unlink(missing_ok=True)
    return EXIT_PAUSED


def _fail(folder: JobFolder, log: ReportLog, error: TrainingError) -> int:
    print(f"{error.code}: {error.message}", file=sys.stderr)
    reported = {"code": error.code, "message": error.message, "param": error.param}
    folder.write("end.json", {"status": "failed", "elapsed": log.elapsed, "error": reported})
    return 0
