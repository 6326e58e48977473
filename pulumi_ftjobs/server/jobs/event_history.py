"""A job's events, numbered and computed when they are read.

Three sequences: planned events and training steps, notes of what was done to the job (pauses, an operator's actions),
and closing events. None is stored twice, ids never change, and reading the newest twenty of ten thousand costs twenty.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from typing import Any

from pulumi_ftjobs.server import identifiers
from pulumi_ftjobs.server.jobs.job_factory import Job, training_starts
from pulumi_ftjobs.server.jobs.job_status import CANCELLED, SUCCEEDED, Ending, JobStatus, status_at, trained
from pulumi_ftjobs.server.server_clock import Clock
from pulumi_ftjobs.server.training.timeline import Timeline
from pulumi_ftjobs.server.training.trainer_interface import Trainer

Event = dict[str, Any]
Words = tuple[float, str, str, str, Any]  # when, level, type, message, data
_DIGITS = string.digits + string.ascii_letters
_SPAN = 1 << 40
_NOTES, _CLOSING = 1 << 38, 1 << 39
_LAST_WORD_AFTER = 6.0  # seconds between finished_at and the last event, as recorded


class History:
    """The events of one job up to one moment, addressable by position, oldest first."""

    def __init__(self, job: Job, tick: float, trainer: Trainer, clock: Clock) -> None:
        self._job, self._tick, self._trainer, self._clock = job, tick, trainer, clock
        self._timeline = Timeline.load(job["timeline"])
        self._now: JobStatus = status_at(job, tick, trainer)
        horizon = self._now.ending.tick if self._now.ending else tick
        self._opening = [e for e in self._plan() if e[0] <= self._timeline.value(horizon)]
        reports = trainer.reports(job["run"], self._now.elapsed) if self._now.progress else 0
        self._planned = len(self._opening) + reports
        self._notes = [note for note in job["notes"] if note[0] <= horizon]
        self._closing = [words for words in self._last_words() if words[0] <= tick]
        # A note's position: after everything planned that had happened by then.
        self._places = [self._planned_by(note[0]) + n for n, note in enumerate(self._notes)]

    def __len__(self) -> int:
        return self._planned + len(self._notes) + len(self._closing)

    def newest_first(self, before: int | None = None) -> Iterator[Event]:
        """Yield events from the one before this position back to the first."""
        for position in range((len(self) if before is None else before) - 1, -1, -1):
            yield self[position]

    def milestones(self) -> Iterator[Event]:
        """Yield every event that is no step of the training, newest first."""
        early = range(min(len(self), len(self._opening) + len(self._notes)))
        late = range(self._planned + len(self._notes), len(self))
        for position in sorted({*early, *self._places, *late}, reverse=True):
            if not self._is_step(position):
                yield self[position]

    def steps(self, most: int) -> Iterator[Event]:
        """Yield the newest events of training steps."""
        found = 0
        for position in range(len(self) - 1, -1, -1):
            if found == most:
                return
            if self._is_step(position):
                found += 1
                yield self[position]

    def _is_step(self, position: int) -> bool:
        if position >= self._planned + len(self._notes) or position in self._places:
            return False
        return position - sum(place < position for place in self._places) >= len(self._opening)

    def __getitem__(self, position: int) -> Event:
        merged = self._planned + len(self._notes)
        if position >= merged:
            return self._event(_CLOSING + position - merged, *self._closing[position - merged])
        if position in self._places:
            number = self._places.index(position)
            return self._event(_NOTES + number, *self._notes[number])
        number = position - sum(place < position for place in self._places)
        return self._event(number, *self._planned_event(number))

    def position(self, event_id: str) -> int | None:
        """Return the position of the event with this id; None: not an event of this job, or not yet."""
        number = self._number(event_id)
        if number is None or self._id(number) != event_id:
            return None
        if number >= _CLOSING:
            number -= _CLOSING
            return self._planned + len(self._notes) + number if number < len(self._closing) else None
        if number >= _NOTES:
            number -= _NOTES
            return self._places[number] if number < len(self._notes) else None
        if number >= self._planned:
            return None
        return number + sum(place - n <= number for n, place in enumerate(self._places))

    def _plan(self) -> list[Words]:
        """Return the service's own events, by the job's time."""
        job = self._job
        files = f"training file: {job['request']['training_file']}"
        if job["request"].get("validation_file"):
            files += f" and validation file: {job['request']['validation_file']}"
        said: list[Words] = [
            (0.0, "info", "message", f"Created fine-tuning job: {job['id']}", {}),
            (0.0, "info", "message", f"Validating {files}", {}),
        ]
        if not job["verdict"]:
            said += [
                (job["validating"], "info", "message", "Files validated, moving job to queued state", {}),
                (training_starts(job), "info", "message", "Fine-tuning job started", None),
            ]
        return said

    def _planned_event(self, number: int) -> Words:
        if number < len(self._opening):
            work, *rest = self._opening[number]
        else:
            report = self._trainer.report(self._job["run"], number - len(self._opening))
            work = training_starts(self._job) + report.elapsed
            rest = ["info", "metrics", report.message, dict(report.data)]
        tick = self._timeline.when(work)
        level, kind, message, data = rest
        return (self._tick if tick is None else tick, level, kind, message, data)

    def _planned_by(self, tick: float) -> int:
        work = self._timeline.value(tick)
        said = sum(e[0] <= work for e in self._opening)
        if self._now.progress is None or work < training_starts(self._job):
            return said
        reports = self._trainer.reports(self._job["run"], trained(self._job, work))
        return min(self._planned, said + reports)

    def _last_words(self) -> list[Words]:
        end = self._now.ending
        if end is None:
            return []
        if end.status == CANCELLED:
            text = "Fine-tuning process stopping due to job cancellation"
            return [(end.tick, "warn", "message", text, {})]
        if end.status != SUCCEEDED:
            return self._bad_news(end)
        said = [
            f"Checkpoint created at step {c['step']} with Snapshot ID: {c['name']}"
            for c in self._job.get("checkpoints", [])[:-1]
        ]
        said.append(f"New fine-tuned model created: {self._job['name']}")
        last: Words = (
            end.tick + _LAST_WORD_AFTER,
            "info",
            "message",
            "The job has successfully completed",
            {},
        )
        return [*((end.tick, "info", "message", text, {}) for text in said), last]

    def _bad_news(self, end: Ending) -> list[Words]:
        error = end.error or {}
        given: Words = (end.tick, "error", "message", error.get("message") or "The job failed.", {})
        if not (self._job.get("moderated") and end.validated):
            return [given]
        text = f"Moderation checks for snapshot {self._job['name']} failed."
        return [
            (end.tick, "error", "moderation_checks", text, {"blocked": True, "code": error.get("code")}),
            given,
        ]

    def _event(self, number: int, tick: float, level: str, kind: str, message: str, data: Any) -> Event:
        return {
            "object": "fine_tuning.job.event",
            "id": self._id(number),
            "created_at": int(self._clock.calendar(tick)),
            "level": level,
            "message": message,
            "type": kind,
            "data": data,
        }

    def _id(self, number: int) -> str:
        """The job's own sixteen characters, then the number, shifted by the job so that it does not look like one."""
        place, tail = (number + self._shift()) % _SPAN, ""
        for _ in range(8):
            place, digit = divmod(place, len(_DIGITS))
            tail = _DIGITS[digit] + tail
        return self._head() + tail

    def _number(self, event_id: str) -> int | None:
        head, tail = event_id[:-8], event_id[-8:]
        if head != self._head() or any(c not in _DIGITS for c in tail):
            return None
        place = 0
        for letter in tail:
            place = place * len(_DIGITS) + _DIGITS.index(letter)
        return (place - self._shift()) % _SPAN

    def _head(self) -> str:
        return identifiers.derived("ftevent-", self._job["id"], length=16)

    def _shift(self) -> int:
        return sum(ord(c) << (4 * n) for n, c in enumerate(self._job["id"][-8:])) % _SPAN
