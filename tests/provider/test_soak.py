"""A short walk of the soak (benchmarks/soak.py) on the host: random operations, no job twice, none lost."""

from __future__ import annotations

import pytest

from benchmarks.soak import soak, walk


@pytest.mark.parametrize("seed", [11, 12])
def test_a_random_walk_makes_no_job_twice_and_loses_none(seed: int) -> None:
    with soak(seed, engine=False) as one:
        assert walk(one, rounds=30) == 30
        assert one.driver.usage.threads <= 24
        assert one.driver.usage.descriptors <= 40
        assert one.server_usage.descriptors <= 40
