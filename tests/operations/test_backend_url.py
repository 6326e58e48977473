"""The state backend is found where the CLI finds it."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_ftjobs.operations.backend_url import backend_url

HOME = Path(pwd.getpwuid(os.getuid()).pw_dir)


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in ("PULUMI_BACKEND_URL", "PULUMI_HOME", "PULUMI_CREDENTIALS_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "elsewhere"))
    monkeypatch.chdir(tmp_path)
    backend_url.cache_clear()
    yield
    backend_url.cache_clear()


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file://~", HOME),
        ("file://~/states", HOME / "states"),
        ("file:///srv/a?metadata=skip", Path("/srv/a")),
    ],
)
def test_a_folder_is_named_as_the_cli_resolves_it(
    monkeypatch: pytest.MonkeyPatch, url: str, path: Path
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", url)
    assert (backend_url() or "").endswith(str(path.resolve()))


def test_the_login_is_read_from_the_account_s_home_whatever_home_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "account" / ".pulumi"
    folder.mkdir(parents=True)
    (folder / "credentials.json").write_text(json.dumps({"current": "s3://states"}))
    own = pwd.getpwuid(os.getuid())
    moved = pwd.struct_passwd((*own[:5], str(tmp_path / "account"), own[6]))
    monkeypatch.setattr(pwd, "getpwuid", lambda _uid: moved)
    assert backend_url() == "s3://states"
