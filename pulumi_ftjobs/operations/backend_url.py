"""Which state backend this stack lives in, found as the CLI finds it.

Only self-managed backends need it: they all call their organization `organization`, so the URL is
what tells two people's stacks of the same name apart.
"""

from __future__ import annotations

import json
import os
import socket
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import yaml


@cache
def backend_url() -> str | None:
    """The backend's URL, for files with host and real path; None where none can be found.

    Order: PULUMI_BACKEND_URL, `backend.url` of Pulumi.yaml, the CLI's credentials file.
    """
    url = os.environ.get("PULUMI_BACKEND_URL") or _project_url() or _current_url()
    return _canonical(url) if url else None


def _canonical(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "file":
        return f"{parts.scheme}://{parts.hostname or ''}{parts.path.rstrip('/')}"
    path, home = url.removeprefix("file://").partition("?")[0], str(_home())
    expanded = Path(home, path[2:]) if path.startswith("~") else Path(path)
    return f"file://{socket.gethostname()}{expanded.resolve()}"


def _home() -> Path:
    """The user's home as the CLI takes it: the account's own, whatever HOME says."""
    try:
        import pwd  # noqa: PLC0415 - not on Windows

        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except (ImportError, KeyError):
        return Path.home()


def _project_url() -> str | None:
    root = Path(os.environ.get("PULUMI_ROOT_DIRECTORY") or Path.cwd())
    for folder in (root, *root.parents):
        for name in ("Pulumi.yaml", "Pulumi.yml"):
            if (folder / name).is_file():
                return _yaml_url(folder / name)
    return None


def _yaml_url(path: Path) -> str | None:
    try:
        project = yaml.safe_load(path.read_text())
        return str(project["backend"]["url"])
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return None


def _current_url() -> str | None:
    home = os.environ.get("PULUMI_CREDENTIALS_PATH") or os.environ.get("PULUMI_HOME") or _home() / ".pulumi"
    try:
        return str(json.loads((Path(home) / "credentials.json").read_text())["current"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
