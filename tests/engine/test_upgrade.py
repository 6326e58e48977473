"""States of earlier versions: today's code reads them and wants no change."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.engine.cli import Stack, closing
from tests.engine.record import ADMIN, PROJECT, RECORDED, SERVICE, STACK
from tests.support.server import running_server

VERSIONS = sorted(path.name for path in RECORDED.iterdir())


def test_there_is_a_recorded_state() -> None:
    assert "0.1.0" in VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_a_recorded_state_is_read_and_nothing_changes(version: str, tmp_path: Path) -> None:
    recorded = RECORDED / version
    with running_server("--seed", str(recorded / "seed.json")) as server:
        server.clock(mode="stepped")
        stack = Stack(tmp_path, url=server.url, scope="", project=PROJECT, stack=STACK)
        stack.environment.update(ADMIN)
        with closing(stack):
            for name in ("__main__.py", "rows.jsonl", f"Pulumi.{STACK}.yaml"):
                shutil.copy(recorded / name, stack.folder / name)
            state = tmp_path / "state.json"
            state.write_text((recorded / "state.json").read_text().replace(SERVICE, server.url))
            stack.run("stack", "import", "--file", str(state)).ok()
            before = {urn: id_ for urn, id_ in stack.ids().items() if "providers" not in urn}
            count = len(json.loads(state.read_text())["deployment"]["resources"])
            shown = stack.refresh("--diff").ok()
            assert set(shown.totals) == {"unchanged"}, shown.text
            shown = stack.preview("--diff").ok()
            assert set(shown.totals) == {"unchanged"}, shown.text
            assert 0 < shown.totals["unchanged"] <= count
            assert stack.up().ok().totals == shown.totals
            assert {urn: id_ for urn, id_ in stack.ids().items() if "providers" not in urn} == before
            assert {call.partition(" ")[0] for call in server.calls()} == {"GET"}
