"""Profiles as data."""

from __future__ import annotations

import pytest

from pulumi_ftjobs.lifecycle.profiles import PROFILES, Profile


@pytest.mark.parametrize("profile", PROFILES, ids=[profile.name for profile in PROFILES])
def test_what_contains_a_profile_can_be_a_key(profile: Profile) -> None:
    assert {profile: profile.name}[profile] == profile.name
