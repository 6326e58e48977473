"""The table of job fields agrees with everything else that lists fields."""

from __future__ import annotations

import inspect

import pulumi_ftjobs as ft
from pulumi_ftjobs.lifecycle.job_fields import JOB, JOB_INPUTS, JOB_OUTPUTS

NOT_FIELDS = {"self", "resource_name", "opts"}


def test_the_constructor_of_a_job_takes_the_inputs_of_the_table() -> None:
    parameters = inspect.signature(ft.FineTuningJob.__init__).parameters
    assert set(parameters) - NOT_FIELDS == set(JOB_INPUTS)


def test_what_must_be_declared_has_no_default() -> None:
    parameters = inspect.signature(ft.FineTuningJob.__init__).parameters
    needed = {name for name, one in parameters.items() if one.default is one.empty} - NOT_FIELDS
    assert needed == {field.name for field in JOB if field.required}


def test_the_constructor_explains_every_argument() -> None:
    text = inspect.getdoc(ft.FineTuningJob.__init__) or ""
    assert [name for name in JOB_INPUTS if name not in text] == []


def test_every_output_of_the_table_is_annotated() -> None:
    assert set(JOB_OUTPUTS) - {"id"} <= set(ft.FineTuningJob.__annotations__)


def test_no_name_is_twice_in_the_table() -> None:
    assert len({field.name for field in JOB}) == len(JOB)


def test_every_field_is_explained_in_one_sentence() -> None:
    for field in JOB:
        assert field.description.rstrip().endswith((".", "...")), field.name
        assert "\n" not in field.description


def test_every_input_says_what_a_change_does_and_no_output_does() -> None:
    for field in JOB:
        assert (field.effect is not None) is (field.input or field.computed), field.name
