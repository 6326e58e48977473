"""The provider classes as they are stored in every state: pickled by reference, tiny, the same in every process."""

from __future__ import annotations

import base64
import os
import subprocess
import sys

import pytest

RECORDED = {
    "job.FineTuningJobProvider": (
        "gASVOwAAAAAAAACMGnB1bHVtaV9mdGpvYnMucHJvdmlkZXIuam9ilIwVRmluZVR1bmluZ0pvYlByb3ZpZGVylJOUKYGULg=="
    ),
    "file.FineTuningFileProvider": (
        "gASVPQAAAAAAAACMG3B1bHVtaV9mdGpvYnMucHJvdmlkZXIuZmlsZZSMFkZpbmVUdW5pbmdGaWxlUHJvdmlkZXKUk5QpgZQu"
    ),
    "model.FineTunedModelProvider": (
        "gASVPgAAAAAAAACMHHB1bHVtaV9mdGpvYnMucHJvdmlkZXIubW9kZWyUjBZGaW5lVHVuZWRNb2RlbFByb3ZpZGVylJOUKYGULg=="
    ),
    "permission.CheckpointPermissionProvider": (
        "gASVSQAAAAAAAACMIXB1bHVtaV9mdGpvYnMucHJvdmlkZXIucGVybWlzc2lvbpSMHENoZWNrcG9pbnRQZXJtaXNzaW9uUHJvdmlkZXKUk5QpgZQu"
    ),
}
"""Import path and class name are permanent: a state written today is read with them by every later release."""

_SCRIPT = """
import importlib, sys
from pulumi.dynamic.dynamic import serialize_provider
for name in sys.argv[1:]:
    module, _, cls = name.partition(".")
    print(serialize_provider(getattr(importlib.import_module("pulumi_ftjobs.provider." + module), cls)()))
"""


def test_the_pickle_is_the_recorded_one_under_every_hash_seed() -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _SCRIPT, *RECORDED],
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("0", "1", "4242")
    ]
    pickled = [child.communicate(timeout=60)[0].split() for child in running]
    assert pickled == [list(RECORDED.values())] * 3


@pytest.mark.parametrize(("name", "text"), RECORDED.items())
def test_the_pickle_holds_module_and_class_and_nothing_else(name: str, text: str) -> None:
    data = base64.b64decode(text)
    module, _, cls = name.partition(".")
    assert f"pulumi_ftjobs.provider.{module}".encode() in data
    assert cls.encode() in data
    assert len(data) < 100
