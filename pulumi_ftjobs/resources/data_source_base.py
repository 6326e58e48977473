"""How a data source asks: at once or when its inputs are known, off the program's loop, with clean errors.

Nothing is asked under Pulumi's mocks: there `mocks.call` answers, under the source's token.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import pulumi

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.resources.data_source_results import result_of
from pulumi_ftjobs.resources.explicit_provider import Provider
from pulumi_ftjobs.resources.runtime import sdk
from pulumi_ftjobs.resources.runtime.accounts import is_known, sources_of_provider
from pulumi_ftjobs.resources.runtime.program_run import program_run

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client

R = TypeVar("R")
Options = pulumi.InvokeOptions | pulumi.InvokeOutputOptions

_NOT_KNOWN: Final = object()


@dataclass(frozen=True)
class Source(Generic[R]):
    """One data source."""

    name: str
    """As it is called: `get_model`."""
    token: str
    """What `mocks.call` is asked: `ftjobs:index:getModel`."""
    result: type[R]
    ask: Callable[[Client, Mapping[str, Any]], Mapping[str, Any]]
    """Asks the service; runs in a thread."""

    def now(self, arguments: Mapping[str, Any], opts: Options | None) -> R:
        """The answer, now, in a preview too. Raises pulumi.RunError in one line.

        Pumps the program's loop while it waits, as every Pulumi SDK does, so that resources go on registering.
        """
        answer = sdk.run_to_end(self._answer(arguments, opts))
        if answer is _NOT_KNOWN:
            raise pulumi.RunError(
                f"{self.name}: the settings of its provider are not known in this preview; use {self.name}_output"
            )
        return answer  # type: ignore[no-any-return]

    def later(self, arguments: Mapping[str, pulumi.Input[Any]], opts: Options | None) -> pulumi.Output[R]:
        """The answer once the arguments, and what it depends on, are known; unknown until then."""

        async def answer(known: Mapping[str, Any]) -> Any:
            found = await self._answer(known["arguments"], opts)
            return sdk.UNKNOWN_OUTPUT if found is _NOT_KNOWN else found

        return pulumi.Output.all(arguments=dict(arguments), exists=_existence(opts)).apply(answer)

    async def _answer(self, arguments: Mapping[str, Any], opts: Options | None) -> Any:
        if sdk.is_mocked():
            return result_of(
                self.result, await pulumi.runtime.invoke_async(self.token, dict(arguments)) or {}
            )
        try:
            provider = _provider(opts)
            if not await is_known(provider):
                return _NOT_KNOWN
            client = program_run().accounts.client((await sources_of_provider(provider)).account())
            facts = await asyncio.get_running_loop().run_in_executor(None, self.ask, client, arguments)
        except FtjobsError as error:
            raise pulumi.RunError(f"{self.name}: {error}") from None
        return result_of(self.result, facts)


def _provider(opts: Options | None) -> pulumi.ProviderResource | None:
    """The `ft.Provider` that the options name, or that their parent hands down."""
    provider = opts.provider if opts else None
    if provider is None and opts is not None and opts.parent is not None:
        return sdk.provider_of(opts.parent)
    if provider is not None and not isinstance(provider, Provider):
        raise FtjobsError("opts.provider: must be a pulumi_ftjobs.Provider")
    return provider


def _existence(opts: Options | None) -> pulumi.Output[Any]:
    """Known as soon as everything that `opts.depends_on` names exists; carries the dependency on it."""

    def listed(given: Any) -> pulumi.Output[Any]:
        resources = given if isinstance(given, list | tuple) else [given]
        return pulumi.Output.all(*[id_ for resource in resources for id_ in _ids(resource)])

    depends_on = getattr(opts, "depends_on", None)
    return pulumi.Output.from_input(depends_on).apply(lambda given: None if given is None else listed(given))


def _ids(resource: pulumi.Resource) -> list[pulumi.Output[str]]:
    """The ids of a resource, or of the children that a component has so far."""
    if isinstance(resource, pulumi.CustomResource):
        return [resource.id]
    children = sdk.children(resource)
    return [resource.urn, *(id_ for child in children for id_ in _ids(child))]
