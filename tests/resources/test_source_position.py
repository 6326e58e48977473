"""What the state keeps of the call stack of a resource: the program's own lines."""

from __future__ import annotations

import pytest
from pulumi.runtime.proto import source_pb2

from pulumi_ftjobs.resources.runtime.sdk import RegisterRequest
from pulumi_ftjobs.resources.runtime.source_position import PACKAGE, SDK, keep_program_lines

OURS = f"{PACKAGE}resources/fine_tuning_job.py"
RUNPY = ""
"""A frame without a file, as those are that run the program's main module."""
STACK = f"{SDK}runtime/stack.py"
SERVER = f"{SDK}automation/_server.py"


def kept(uris: list[str], type_token: str = "pulumi-python:dynamic/ftjobs:FineTuningJob") -> list[str]:
    """The files of the frames that the engine is sent for a call stack of these files."""
    positions = [source_pb2.SourcePosition(uri=uri, line=7) if uri else None for uri in uris]
    trace = source_pb2.StackTrace(frames=[source_pb2.StackFrame(pc=position) for position in positions])
    sent: list[RegisterRequest] = []
    keep_program_lines(
        RegisterRequest(
            type=type_token, sourcePosition=positions[0] if positions else None, stackTrace=trace
        ),
        sent.append,
    )
    frames = [frame.pc.uri for frame in sent[0].stackTrace.frames]
    assert not frames or sent[0].sourcePosition.uri == frames[0]
    return frames


@pytest.mark.parametrize(
    ("uris", "program"),
    [
        ([OURS, OURS, "file:///p/__main__.py", RUNPY, RUNPY, STACK], ["file:///p/__main__.py"]),
        (
            [OURS, "file:///p/jobs.py", "file:///p/__main__.py", RUNPY, STACK],
            ["file:///p/jobs.py", "file:///p/__main__.py"],
        ),
        ([OURS, "file:///inline.py", SERVER, "file:///python/threading.py"], ["file:///inline.py"]),
        ([OURS, "file:///only.py"], ["file:///only.py"]),
        ([OURS, OURS], []),
        ([], []),
    ],
)
def test_only_the_programs_lines_are_kept(uris: list[str], program: list[str]) -> None:
    assert kept(uris) == program


def test_the_call_stack_of_another_packages_resource_is_not_touched() -> None:
    uris = [OURS, "file:///p/__main__.py", STACK]
    assert kept(uris, "aws:s3/bucket:Bucket") == uris
