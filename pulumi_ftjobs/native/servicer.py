"""The engine's calls: each is decoded, passed to its resource or function, and answered or refused in one line."""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final, TypeVar, cast

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.property_names import camel
from pulumi_ftjobs.lifecycle.values import contains_unknown, one_line
from pulumi_ftjobs.native.cancellation import Cancellation
from pulumi_ftjobs.native.configuration import Configuration, texts
from pulumi_ftjobs.native.detailed_diff import diff_response
from pulumi_ftjobs.native.file_resource import FileResource
from pulumi_ftjobs.native.functions import FUNCTIONS
from pulumi_ftjobs.native.job_resource import JobResource
from pulumi_ftjobs.native.message_names import in_wire_names
from pulumi_ftjobs.native.model_resource import ModelResource
from pulumi_ftjobs.native.native_resource import Call, NativeResource
from pulumi_ftjobs.native.permission_resource import PermissionResource
from pulumi_ftjobs.native.plugin_log import EngineLog, Severity
from pulumi_ftjobs.native.property_values import Properties, decode, encode, is_dynamic_state
from pulumi_ftjobs.native.resource_urns import NATIVE, type_of
from pulumi_ftjobs.native.schema import package_version, schema

M = TypeVar("M", bound=Callable[..., Any])

_OLD_NAMES: Final = (
    "recorded by the Python provider: run `pulumi up --refresh --run-program`. Otherwise outputs keep their Python "
    "names until the next refresh, and what uses one of them by its new name gets no value"
)

RESOURCES: Final[Mapping[str, NativeResource]] = {
    f"{NATIVE}FineTuningJob": JobResource(),
    f"{NATIVE}FineTuningFile": FileResource(),
    f"{NATIVE}FineTunedModel": ModelResource(),
    f"{NATIVE}CheckpointPermission": PermissionResource(),
}


def _answered(method: M) -> M:
    """Refuse a call in one line when it fails."""

    @wraps(method)
    def answer(self: Plugin, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(self, request, context)
        except FtjobsError as error:
            context.abort(grpc.StatusCode.UNKNOWN, in_wire_names(str(error)))
        except Exception as error:  # noqa: BLE001 - the engine would print the traceback as the message
            self.log.say(getattr(request, "urn", ""), traceback.format_exc(), "debug")
            reason = one_line(f"{type(error).__name__}: {error}")
            context.abort(grpc.StatusCode.UNKNOWN, f"unexpected error, please report it: {reason}")

    return cast("M", answer)


class Plugin(provider_pb2_grpc.ResourceProviderServicer):
    """One plugin process: one provider resource of one command."""

    def __init__(self, engine: str | None, environment: Mapping[str, str] | None = None) -> None:
        """Wait to be configured. `engine`: the address of the engine's log."""
        self._environment = dict(os.environ if environment is None else environment)
        self.log = EngineLog(engine)
        self._cancellation = Cancellation()
        self._configuration = self._configured({}, "")

    def _say(self, urn: str, text: str, severity: Severity) -> None:
        self.log.say(urn, text, severity)  # the engine may attach another log later

    def _configured(self, given: Mapping[str, str], name: str) -> Configuration:
        return Configuration(given, name, self._environment, self._say, self._cancellation.pause)

    def close(self) -> None:
        """Close the connections of the account."""
        self._configuration.close()

    # -- the package -----------------------------------------------------------------------------

    def Handshake(self, request: Any, _context: Any) -> provider_pb2.ProviderHandshakeResponse:
        if request.engine_address:
            self.log = EngineLog(request.engine_address)
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True)

    def Attach(self, request: Any, _context: Any) -> Empty:
        self.log = EngineLog(request.address)
        return Empty()

    def GetPluginInfo(self, _request: Any, _context: Any) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=package_version())

    def GetSchema(self, _request: Any, _context: Any) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(schema=json.dumps(schema()))

    # -- configuration ---------------------------------------------------------------------------

    @_answered
    def CheckConfig(self, request: Any, _context: Any) -> provider_pb2.CheckResponse:
        given, problems = decode(request.news), []
        if not contains_unknown(given.values):
            settings = texts({camel(name): value for name, value in given.values.items()})
            configuration = self._configured(settings, _provider_name(request.urn))
            problems = configuration.problems()
            for warning in configuration.warnings():
                self._say(request.urn, warning, "warning")
        return provider_pb2.CheckResponse(
            inputs=request.news, failures=[_failure(problem) for problem in problems]
        )

    @_answered
    def DiffConfig(self, request: Any, _context: Any) -> provider_pb2.DiffResponse:
        # For an unchanged provider the engine goes on with the process that has the settings of the last update.
        before, now = decode(request.old_inputs).values, decode(request.news).values
        some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=none if before == now else some)

    @_answered
    def Configure(self, request: Any, _context: Any) -> provider_pb2.ConfigureResponse:
        given = texts({camel(name): value for name, value in decode(request.args).values.items()})
        name = request.name or _provider_name(request.urn)
        self._configuration.close()
        self._configuration = self._configured(given, name or "default")
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=True)

    # -- resources -------------------------------------------------------------------------------

    @_answered
    def Check(self, request: Any, _context: Any) -> provider_pb2.CheckResponse:
        news, olds = decode(request.news), decode(request.olds)
        inputs, problems = _resource(request.urn).check(
            self._call(request, news), dict(news.values), dict(olds.values)
        )
        return provider_pb2.CheckResponse(
            inputs=encode(inputs, news.secret), failures=[_failure(str(problem)) for problem in problems]
        )

    @_answered
    def Diff(self, request: Any, _context: Any) -> provider_pb2.DiffResponse:
        olds, news = decode(request.olds), decode(request.news)
        call = self._call(request, news)
        if is_dynamic_state(request.olds):
            call.session.say(request.urn, _OLD_NAMES, "warning", for_all=True)
        changes = _resource(request.urn).changes(call, request.id, dict(olds.values), dict(news.values))
        return diff_response(changes, decode(request.old_inputs).values, news.values)

    @_answered
    def Create(self, request: Any, _context: Any) -> provider_pb2.CreateResponse:
        resource, inputs = _resource(request.urn), decode(request.properties)
        if request.preview:
            outputs = resource.created_preview(inputs.values)
            return provider_pb2.CreateResponse(id="", properties=_outputs(outputs, inputs))
        identity, outputs = resource.create(self._call(request, inputs), dict(inputs.values))
        return provider_pb2.CreateResponse(id=identity, properties=_outputs(outputs, inputs))

    @_answered
    def Read(self, request: Any, _context: Any) -> provider_pb2.ReadResponse:
        state, inputs = decode(request.properties), decode(request.inputs)
        call, resource = self._call(request, inputs), _resource(request.urn)
        found = (
            resource.read(call, request.id, dict(state.values), dict(inputs.values))
            if state.values
            else resource.find(call, request.id)
        )
        if found is None:
            return provider_pb2.ReadResponse()
        secret = inputs.secret | state.secret
        return provider_pb2.ReadResponse(
            id=found.id,
            properties=_outputs(found.outputs, Properties({}, secret)),
            inputs=encode(found.inputs, secret),
        )

    @_answered
    def Update(self, request: Any, _context: Any) -> provider_pb2.UpdateResponse:
        resource, olds, news = _resource(request.urn), decode(request.olds), decode(request.news)
        if request.preview:
            outputs = resource.updated_preview(dict(olds.values), dict(news.values))
        else:
            call = self._call(request, news)
            outputs = resource.update(call, request.id, dict(olds.values), dict(news.values))
        return provider_pb2.UpdateResponse(properties=_outputs(outputs, news))

    @_answered
    def Delete(self, request: Any, _context: Any) -> Empty:
        state = decode(request.properties)
        _resource(request.urn).delete(self._call(request, state), request.id, dict(state.values))
        return Empty()

    # -- functions and the end -------------------------------------------------------------------

    @_answered
    def Invoke(self, request: Any, _context: Any) -> provider_pb2.InvokeResponse:
        function = FUNCTIONS.get(request.tok)
        if function is None:
            raise FtjobsError(f"unknown function {one_line(request.tok, 80)}")
        call = Call("", self._configuration, self.log, self._cancellation)
        result = function(call, decode(request.args).values, preview=request.preview)
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(encode(result))  # a Python keyword
        return response

    def Cancel(self, _request: Any, _context: Any) -> Empty:
        self._cancellation.cancel()
        return Empty()

    def _call(self, request: Any, properties: Properties) -> Call:
        timeout = getattr(request, "timeout", 0.0) or None
        return Call(
            request.urn, self._configuration, self.log, self._cancellation, properties.secret, timeout
        )


def _resource(urn: str) -> NativeResource:
    kind = type_of(urn)
    if kind not in RESOURCES:
        raise FtjobsError(f"unknown resource type {one_line(kind, 80)}")
    return RESOURCES[kind]


def _outputs(values: Mapping[str, Any], inputs: Properties) -> Any:
    """The outputs for the wire: the engine keeps the id, and an output is as secret as the input of its name."""
    secret = set(inputs.secret)
    if "method" in secret:  # the service shows the method's hyperparameters once more
        secret.add("hyperparameters")
    hidden = {"id", "__program"}
    return encode({name: value for name, value in values.items() if name not in hidden}, secret)


def _failure(problem: str) -> provider_pb2.CheckFailure:
    """A problem that names its property itself: with a property set, the engine prints its value, secret or not."""
    return provider_pb2.CheckFailure(property="", reason=in_wire_names(problem))


def _provider_name(urn: str) -> str:
    return urn.rpartition("::")[2]
