"""AppSettings: a JSON file that an application reads. It stands for any other resource that uses a model."""

import json
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class AppSettingsProvider(ResourceProvider):
    """Writes the file."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Write it; its path is its id."""
        write(props)
        return CreateResult(props["path"], props)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Write it again."""
        write(_news)
        return UpdateResult(_news)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Remove it."""
        Path(_id).unlink(missing_ok=True)


class AppSettings(Resource):
    """The settings of an application."""

    def __init__(
        self,
        name: str,
        *,
        path: str,
        settings: dict[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(AppSettingsProvider(), name, {"path": path, "settings": settings}, opts)


def write(props: dict[str, Any]) -> None:
    """Write the settings as JSON."""
    Path(props["path"]).write_text(json.dumps(props["settings"], indent=2) + "\n")
