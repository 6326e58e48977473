"""ft.Provider: one service account, for stacks that use several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pulumi

from pulumi_ftjobs.lifecycle.base_error import SettingsError
from pulumi_ftjobs.lifecycle.profiles import ProfileName
from pulumi_ftjobs.lifecycle.settings import whole
from pulumi_ftjobs.resources.runtime.accounts import GIVEN
from pulumi_ftjobs.resources.runtime.arguments import suggest_arguments
from pulumi_ftjobs.resources.runtime.program_settings import config
from pulumi_ftjobs.resources.runtime.sdk import PACKAGE


class Provider(pulumi.ProviderResource):
    """An account and where it lives, given to resources as `opts=pulumi.ResourceOptions(provider=...)`.

    What is left out comes from the stack config `ftjobs:*`, then `pulumi-python:*`, then the environment.
    """

    @suggest_arguments
    def __init__(  # noqa: PLR0913 - one argument per setting
        self,
        resource_name: str,
        *,
        api_key: pulumi.Input[str] | None = None,
        base_url: pulumi.Input[str] | None = None,
        organization: pulumi.Input[str] | None = None,
        project: pulumi.Input[str] | None = None,
        auth: pulumi.Input[Literal["bearer", "key", "entra"]] | None = None,
        ad_token: pulumi.Input[str] | None = None,
        admin_key: pulumi.Input[str] | None = None,
        profile: pulumi.Input[ProfileName] | None = None,
        max_active_jobs: pulumi.Input[int] | None = None,
        headers: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare an account.

        Args:
            resource_name: its name in the stack.
            api_key: the API key; kept secret in the state, whatever it is given as.
            base_url: the API's root, usually ending in /v1; a query string (Azure's api-version) is kept on every
                call. Default: https://api.openai.com/v1.
            organization: sent as OpenAI-Organization.
            project: sent as OpenAI-Project.
            auth: "bearer" (default), "key" (an api-key header, Azure's default), "entra" (an Entra token).
            ad_token: an Entra token, kept secret.
            admin_key: an admin key for CheckpointPermission, kept secret.
            profile: whose rules apply. Default: detected from the host.
            max_active_jobs: how many unfinished jobs the account allows; more wait for a slot. Default: no limit.
            headers: further headers of every call, for a gateway in front of the service; kept secret.
            opts: resource options.

        Raises:
            TypeError: for an argument that does not exist, with the closest one.
            pulumi.RunError: for a `max_active_jobs` that is no number of jobs.
        """
        _require_limit(max_active_jobs)
        given: dict[str, Any] = {
            "apiKey": pulumi.Output.secret(api_key) if api_key is not None else None,
            "adToken": pulumi.Output.secret(ad_token) if ad_token is not None else None,
            "adminKey": pulumi.Output.secret(admin_key) if admin_key is not None else None,
            "baseUrl": base_url,
            "organization": organization,
            "project": project,
            "auth": auth,
            "profile": profile,
            "maxActiveJobs": max_active_jobs,
            "headers": pulumi.Output.secret(pulumi.Output.json_dumps(headers))
            if headers is not None
            else None,
        }
        inherited: dict[str, Any] = dict(config())
        for name in ("apiKey", "adToken", "adminKey", "headers"):
            if name in inherited:
                inherited[name] = pulumi.Output.secret(inherited[name])
        settings = inherited | {name: value for name, value in given.items() if value is not None}
        settings = {name: pulumi.Output.from_input(value).apply(str) for name, value in settings.items()}
        setattr(self, GIVEN, settings)
        super().__init__(
            PACKAGE, resource_name, {f"ftjobs:{name}": value for name, value in settings.items()}, opts
        )


def _require_limit(given: Any) -> None:
    """Raise pulumi.RunError for a `max_active_jobs` that is known and no number of jobs."""
    if isinstance(given, str | int | float):
        try:
            whole("max_active_jobs", str(given))
        except SettingsError as error:
            raise pulumi.RunError(f"ft.Provider: {error}") from None
