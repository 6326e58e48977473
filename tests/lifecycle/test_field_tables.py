"""The tables of a file's and a model's fields agree with the constructors."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import pulumi_ftjobs as ft
from pulumi_ftjobs.lifecycle.field_table import Field, names
from pulumi_ftjobs.lifecycle.file_fields import FILE
from pulumi_ftjobs.lifecycle.model_fields import MODEL

NOT_FIELDS = {"self", "resource_name", "opts"}
TABLES = [(ft.FineTuningFile, FILE), (ft.FineTunedModel, MODEL)]


@pytest.mark.parametrize(("kind", "table"), TABLES, ids=["file", "model"])
def test_a_constructor_takes_and_explains_the_inputs_of_its_table(
    kind: Any, table: tuple[Field, ...]
) -> None:
    parameters = inspect.signature(kind.__init__).parameters
    inputs = names(field for field in table if field.input)
    assert set(parameters) - NOT_FIELDS == set(inputs)
    needed = {name for name, one in parameters.items() if one.default is one.empty} - NOT_FIELDS
    assert needed == {field.name for field in table if field.required}
    text = inspect.getdoc(kind.__init__) or ""
    assert [name for name in inputs if name not in text] == []


@pytest.mark.parametrize(("kind", "table"), TABLES, ids=["file", "model"])
def test_every_output_of_a_table_is_annotated(kind: Any, table: tuple[Field, ...]) -> None:
    shown = {field.name for field in table if field.output or field.computed}
    assert shown <= set(kind.__annotations__)


@pytest.mark.parametrize(("kind", "table"), TABLES, ids=["file", "model"])
def test_every_input_of_a_table_says_what_a_change_does(kind: Any, table: tuple[Field, ...]) -> None:
    assert len({field.name for field in table}) == len(table), kind
    for field in table:
        assert (field.effect is not None) is (field.input or field.computed), field.name
        assert field.description.endswith("."), field.name
