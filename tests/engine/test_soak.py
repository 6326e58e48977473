"""A short walk of the soak (benchmarks/soak.py) with the real CLI: random operations, no job twice, none lost."""

from __future__ import annotations

from benchmarks.soak import soak, walk


def test_a_random_walk_makes_no_job_twice_and_loses_none() -> None:
    with soak(21, engine=True) as one:
        assert walk(one, rounds=8) == 8
