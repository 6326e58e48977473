"""A constructor names the closest argument for one it does not know."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

import pulumi_ftjobs as ft
from pulumi_ftjobs.resources.fine_tuning_file import file_inputs


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (
            lambda: ft.FineTuningJob("a", model="m", training_file="f", hyperparamters={}),  # type: ignore[call-arg]
            "FineTuningJob: unknown argument hyperparamters, did you mean hyperparameters?",
        ),
        (
            lambda: ft.FineTunedModel("a", jobs="ftjob-1"),  # type: ignore[call-arg]
            "FineTunedModel: unknown argument jobs, did you mean job?",
        ),
        (
            lambda: ft.supervised(epochs=3),  # type: ignore[call-arg]
            "supervised: unknown argument epochs, did you mean n_epochs?",
        ),
        (
            lambda: ft.dpo(rate=3),  # type: ignore[call-arg]
            "dpo: unknown argument rate, known are batch_size, beta, learning_rate_multiplier, n_epochs",
        ),
        (
            lambda: ft.Provider("a", baseurl="u"),  # type: ignore[call-arg]
            "Provider: unknown argument baseurl, did you mean base_url?",
        ),
        (
            lambda: ft.CheckpointPermission("a", checkpoint="c", project_id="p", zzz=1),  # type: ignore[call-arg]
            "CheckpointPermission: unknown argument zzz, known are checkpoint, opts, project_id, resource_name",
        ),
    ],
)
def test_a_misspelled_argument(make: Any, sentence: str) -> None:
    with pytest.raises(TypeError) as error:
        make()
    assert str(error.value) == sentence


@pytest.mark.parametrize("name", ["training_file", "validation_file"])
def test_a_resource_that_is_no_file_is_refused(name: str) -> None:
    resource = pulumi.ComponentResource.__new__(pulumi.ComponentResource)
    with pytest.raises(
        pulumi.RunError, match=f"{name}: must be a FineTuningFile, or a file's id as a string"
    ):
        file_inputs(name, resource)


def test_the_signature_stays_readable() -> None:
    import inspect  # noqa: PLC0415

    assert "hyperparameters" in inspect.signature(ft.FineTuningJob).parameters
