"""Checkpoint permissions: whose checkpoints they are about, and how those are named in a path."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from .application import Api

PERMISSIONS = "/v1/fine_tuning/checkpoints/{}/permissions"
STRANGER = {"openai-organization": "org-other"}


def model_of(api: Api, **members: Any) -> str:
    return str(api.until(api.create(**members), "succeeded")["fine_tuned_model"])


@pytest.mark.parametrize("encoded", [True, False])
def test_a_checkpoint_whose_name_has_slashes_is_reached(api: Api, encoded: bool) -> None:
    api.operate("/settings", any_model=True)
    name = model_of(api, model="meta-llama/Llama-3.1-8B")
    path = PERMISSIONS.format(quote(name, safe="") if encoded else name)
    (granted,) = api.post(path, {"project_ids": ["proj_a"]})["data"]

    assert [p["id"] for p in api.get(path)["data"]] == [granted["id"]]
    assert api.ask("DELETE", f"{path}/{granted['id']}").json()["deleted"] is True
    assert api.get(path)["data"] == []


def test_another_organisation_does_not_see_a_checkpoint_even_when_it_is_shared(api: Api) -> None:
    path = PERMISSIONS.format(model_of(api))
    (granted,) = api.post(path, {"project_ids": ["proj_a"]})["data"]
    refused = (404, None, "fine_tuned_model_checkpoint")

    assert api.refusal("GET", path, headers=STRANGER) == refused
    assert api.refusal("POST", path, json={"project_ids": ["proj_b"]}, headers=STRANGER) == refused
    assert api.refusal("DELETE", f"{path}/{granted['id']}", headers=STRANGER) == refused


def test_another_project_of_the_organisation_may_as_an_admin_key_does(api: Api) -> None:
    path = PERMISSIONS.format(model_of(api))

    assert api.ask("GET", path, headers={"openai-project": "proj_other"}).status_code == 200


def test_a_grant_without_projects_is_refused(api: Api) -> None:
    path = PERMISSIONS.format(model_of(api))

    assert api.refusal("POST", path, json={"project_ids": []}) == (400, None, "project_ids")
