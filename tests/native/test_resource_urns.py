"""URNs of the plugin and of the dynamic provider."""

import pytest

from pulumi_ftjobs.lifecycle.identity import resource_part
from pulumi_ftjobs.native.resource_urns import dynamic_urn, native_urn, project_of, stack_of, type_of

HEAD = "urn:pulumi:dev::shop::"


@pytest.mark.parametrize(
    ("native", "dynamic"),
    [
        ("ftjobs:index:FineTuningJob::a", "pulumi-python:dynamic/ftjobs:FineTuningJob::a"),
        (
            "my:mod:Team$ftjobs:index:FineTunedModel::a",
            "my:mod:Team$pulumi-python:dynamic/ftjobs:FineTunedModel::a",
        ),
        (
            "ftjobs:index:FineTuningJob$ftjobs:index:FineTunedModel::a",
            "pulumi-python:dynamic/ftjobs:FineTuningJob$pulumi-python:dynamic/ftjobs:FineTunedModel::a",
        ),
        ("aws:s3:Bucket::ftjobs:index:odd::name", "aws:s3:Bucket::ftjobs:index:odd::name"),
    ],
    ids=["at the top", "in a component", "under a job", "another provider's"],
)
def test_a_resource_is_recognised_under_either_provider(native: str, dynamic: str) -> None:
    assert dynamic_urn(HEAD + native) == HEAD + dynamic
    assert native_urn(HEAD + dynamic) == HEAD + native
    assert resource_part(dynamic_urn(HEAD + native)) == resource_part(HEAD + dynamic)


def test_the_parts_of_a_urn() -> None:
    urn = f"{HEAD}my:mod:Team$ftjobs:index:FineTunedModel::a::b"

    assert (stack_of(urn), project_of(urn)) == ("dev", "shop")
    assert type_of(urn) == "ftjobs:index:FineTunedModel"
