"""The calls of the fine-tuning API, one method each, for one account.

Sync and thread-safe. Reads and cancels are repeated within the retry policy; a job is posted once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

from pulumi_ftjobs.api.credentials import Keys
from pulumi_ftjobs.api.errors import (
    AnswerLost,
    ApiError,
    NotFound,
    Refused,
    Unauthorized,
    Unreadable,
    clean,
)
from pulumi_ftjobs.api.retry import Backoff, repeat
from pulumi_ftjobs.api.schemas import (
    Checkpoint,
    Deployment,
    Event,
    File,
    Job,
    Model,
    Permission,
    W,
    page_of,
    read_as,
)
from pulumi_ftjobs.api.transport import Transport
from pulumi_ftjobs.lifecycle.settings import Account

PAGE: Final = 100
"""Objects per page of a list: what other clients use."""
MAX_PAGES: Final = 1_000
"""Pages of one list; a service that says that there is more is not asked again."""
FILES_PAGE: Final = 10_000
"""Files per page: the service's own default and maximum."""

PRICE_MEMBERS: Final = ("estimated_price", "price", "total_price", "estimated_cost", "total_cost")
"""Members of a price estimate that are an amount; its shape is not published."""
T = TypeVar("T")


class Client:
    """The API for one account."""

    def __init__(self, account: Account, backoff: Backoff | None = None, **transport: Any) -> None:
        self.account = account
        self.target = account.target
        self.backoff = backoff or Backoff()
        self._transport = Transport(account, **transport)
        self._keys = Keys(account)
        self._filter_refused = False
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def key_mark(self) -> str | None:
        """A mark of the key in force (see `Keys.mark`)."""
        return self._keys.mark()

    def now(self) -> float:
        """The service's clock, as far as its answers show it: seconds since 1970."""
        return self._transport.now()

    # -- jobs ------------------------------------------------------------------------------------

    def create_job(self, body: Mapping[str, Any]) -> Job:
        """POST a job, exactly once. Raises AnswerLost when it may exist all the same."""
        what = "creating the job"
        return read_as(Job, self._once(what, "POST", "/fine_tuning/jobs", body=body), what)

    def estimate_price(self, body: Mapping[str, Any]) -> float | None:
        """What the service says a job would cost in USD; None where its answer has no price."""
        what = "asking for the job's price"
        answer = self._once(what, "POST", "/fine_tuning/jobs/estimate_price", body=body)
        found = (answer.get(name) for name in PRICE_MEMBERS)
        return next(
            (float(one) for one in found if isinstance(one, int | float) and not isinstance(one, bool)), None
        )

    def job(self, job_id: str) -> Job:
        """GET one job."""
        what = f"reading job {job_id}"
        return _about(
            job_id, read_as(Job, self._read(what, f"/fine_tuning/jobs/{_part(job_id)}"), what), what
        )

    def jobs(self, metadata: Mapping[str, str] | None = None, limit: int = PAGE) -> Iterator[Job]:
        """All jobs, newest first, page by page; with `metadata`, those that carry these pairs.

        A service that ignores the filter, or refuses it, gives all jobs: the caller looks again. So does one that
        filters each page after it was cut, whose empty page says that there is more.
        """
        what, path = "listing jobs", "/fine_tuning/jobs"
        if metadata and not self._filter_refused:
            wanted = {f"metadata[{key}]": value for key, value in metadata.items()}
            try:
                is_complete = yield from self._pages(Job, what, path, wanted, limit)
            except Refused as error:
                if error.status not in {400, 422}:
                    raise
                self._filter_refused = True
            else:
                if is_complete:
                    return
        yield from self._pages(Job, what, path, {}, limit)

    def act(self, job_id: str, action: str) -> Job:
        """POST `cancel`, `pause` or `resume`. Repeated within the policy: doing it twice is doing it once."""
        what = f"asking job {job_id} to {action}"
        path = f"/fine_tuning/jobs/{_part(job_id)}/{action}"
        answer = repeat(lambda: self._once(what, "POST", path), self.backoff)
        return _about(job_id, read_as(Job, answer, what), what)

    def events(self, job_id: str, limit: int = PAGE) -> Iterator[Event]:
        """Events of a job, newest first."""
        path = f"/fine_tuning/jobs/{_part(job_id)}/events"
        return self._pages(Event, f"reading the events of job {job_id}", path, {}, limit)

    def checkpoints(self, job_id: str) -> Iterator[Checkpoint]:
        """Checkpoints of a job, newest first."""
        path = f"/fine_tuning/jobs/{_part(job_id)}/checkpoints"
        return self._pages(Checkpoint, f"reading the checkpoints of job {job_id}", path, {}, PAGE)

    def final_metrics(self, job_id: str) -> dict[str, Any] | None:
        """The data of the job's last metrics event, else its newest checkpoint's metrics, else None.

        A service that has no events or checkpoints at all (404) measured nothing.
        """
        with suppress(NotFound):
            for event in islice(self.events(job_id, limit=50), 50):
                if event.type == "metrics" and event.data:
                    return {name: value for name, value in event.data.items() if value is not None}
        with suppress(NotFound):
            for checkpoint in islice(self.checkpoints(job_id), 1):
                return dict(checkpoint.metrics) if checkpoint.metrics else None
        return None

    # -- models ----------------------------------------------------------------------------------

    def model(self, name: str) -> Model:
        """GET one model."""
        what = f"reading model {name}"
        return read_as(Model, self._read(what, f"/models/{_part(name)}"), what)

    def models(self) -> list[Model]:
        """All models that this key may use, base and fine-tuned; the service has no pages here."""
        what = "listing models"
        return page_of(Model, self._read(what, "/models"), what)[0]

    def model_exists(self, name: str) -> bool | None:
        """Whether the service has the model; None where that cannot be proven.

        A 404 proves that it is gone if the service itself gave it, with this API's error object, and if it is
        known to show models of this kind: OpenAI and Azure do, another one must list some.
        """
        try:
            self.model(name)
        except NotFound as error:
            if not error.answer.is_api_error:
                return None
            if self.target.profile.strict:
                return False
            return self._listed_model(name)
        except (Refused, AnswerLost):
            return None
        return True

    def _listed_model(self, name: str) -> bool | None:
        try:
            names = {model.id for model in self.models()}
        except ApiError:
            return None
        kind, colon, _ = name.partition(":")
        others = bool(colon) and any(other.startswith(kind + colon) for other in names)
        return True if name in names else False if others else None

    def download_model(self, name: str, target: Path, *, merged: bool = False) -> None:
        """Write a trained model's archive (tar) to a file, from a server that gives models away."""
        params: dict[str, str | int] = {"merged": "true"} if merged else {}
        path = f"/models/{_part(name)}/download"
        self._transport.save(f"downloading {name}", self._keys.current(), path, target, params)

    def complete(self, model: str, messages: list[dict[str, str]], max_tokens: int) -> str:
        """The answer of a model to a conversation, greedily decoded."""
        body = {"model": model, "messages": messages, "max_tokens": max_tokens, "temperature": 0}
        answer = self._once(f"asking {model}", "POST", "/chat/completions", body=body)
        choices = answer.get("choices") or [{}]
        return str((choices[0].get("message") or {}).get("content") or "")

    def delete_model(self, name: str) -> None:
        """DELETE a fine-tuned model."""
        self._delete(f"deleting model {name}", f"/models/{_part(name)}")

    # -- deployments, where a model has a name only once it is deployed ------------------------------

    def create_deployment(self, body: Mapping[str, Any]) -> Deployment:
        """POST a deployment, exactly once. Raises AnswerLost when it may exist all the same."""
        what = "deploying the model"
        return read_as(Deployment, self._once(what, "POST", "/v0/models", body=body), what)

    def deployment(self, name: str) -> Deployment:
        """GET one deployment."""
        what = f"reading the deployment of {name}"
        return read_as(Deployment, self._read(what, f"/v0/models/{_part(name)}"), what)

    def deployments(self) -> list[Deployment]:
        """All deployments."""
        what = "listing deployments"
        return page_of(Deployment, self._read(what, "/v0/models"), what)[0]

    def delete_deployment(self, name: str) -> None:
        """DELETE a deployment."""
        self._delete(f"deleting the deployment of {name}", f"/v0/models/{_part(name)}")

    # -- checkpoint permissions ------------------------------------------------------------------

    def permissions(self, checkpoint: str) -> Iterator[Permission]:
        """Permissions of a checkpoint, newest first. Needs an admin key."""
        path = f"/fine_tuning/checkpoints/{_part(checkpoint)}/permissions"
        return self._pages(Permission, f"reading the permissions of {checkpoint}", path, {}, PAGE)

    def create_permissions(self, checkpoint: str, project_ids: list[str]) -> list[Permission]:
        """POST permissions for projects; the service answers a list. Needs an admin key."""
        what = f"sharing checkpoint {checkpoint}"
        path = f"/fine_tuning/checkpoints/{_part(checkpoint)}/permissions"
        found, _more = page_of(
            Permission, self._once(what, "POST", path, body={"project_ids": project_ids}), what
        )
        return found

    def delete_permission(self, checkpoint: str, permission_id: str) -> None:
        """DELETE one permission. Needs an admin key."""
        path = f"/fine_tuning/checkpoints/{_part(checkpoint)}/permissions/{_part(permission_id)}"
        self._delete(f"deleting permission {permission_id}", path)

    # -- files -----------------------------------------------------------------------------------

    def upload(self, name: str, chunks: Iterator[bytes], size: int, fields: Mapping[str, str]) -> File:
        """POST a file, streamed, exactly once. Raises AnswerLost when it may exist all the same."""
        what = f"uploading {name}"
        transport = self._transport
        answer = transport.upload(
            what, self._keys.current(), "/files", fields=fields, name=name, chunks=chunks, size=size
        )
        return read_as(File, answer, what)

    def file(self, file_id: str) -> File:
        """GET one file."""
        what = f"reading file {file_id}"
        return read_as(File, self._read(what, f"/files/{_part(file_id)}"), what)

    def files(self) -> Iterator[File]:
        """All fine-tuning files, newest first."""
        return self._pages(File, "listing files", "/files", {"purpose": "fine-tune"}, FILES_PAGE)

    def file_content(self, file_id: str) -> bytes:
        """The bytes of a (result) file."""
        what = f"downloading file {file_id}"
        path = f"/files/{_part(file_id)}/content"
        return repeat(lambda: self._transport.download(what, self._keys.current(), path), self.backoff)

    def delete_file(self, file_id: str) -> None:
        """DELETE a file."""
        self._delete(f"deleting file {file_id}", f"/files/{_part(file_id)}")

    # -- how -------------------------------------------------------------------------------------

    def use_other_key(self) -> bool:
        """After a 401: take the next source's key. False when there is none.

        For reads and deletes only, where the engine may hand us the config of the last `up`; a job
        is never created on another account because a key was wrong.
        """
        return self._keys.drop()

    def with_other_keys(self, call: Callable[[], T]) -> T:
        """Run `call`; on a 401 once more with each further key there is. Raises the last error."""
        while True:
            try:
                return call()
            except Unauthorized:
                if not self.use_other_key():
                    raise

    def _pages(
        self, kind: type[W], what: str, path: str, params: Mapping[str, str], limit: int
    ) -> Generator[W, None, bool]:
        """The objects, page by page; returns whether the last page can be believed to be the last."""
        after: str | None = None
        seen: set[str] = set()
        for _ in range(MAX_PAGES):
            query: dict[str, str | int] = {**params, "limit": limit}
            if after:
                query["after"] = after
            items, more = page_of(kind, self._read(what, path, query), what)
            fresh = [item for item in items if item.id not in seen]
            yield from fresh
            seen.update(item.id for item in fresh)
            if not more or not fresh:
                return bool(items) or not more  # a page without anything new would repeat for ever
            after = items[-1].id
        hint = (
            "a list without an end proves nothing. Check what stands between ftjobs:baseUrl and the service"
        )
        raise Unreadable(
            f"{what}: {MAX_PAGES} pages of {limit} were read, and the service has more", hint=hint
        )

    def _read(self, what: str, path: str, params: Mapping[str, str | int] | None = None) -> dict[str, Any]:
        return repeat(lambda: self._once(what, "GET", path, params=params), self.backoff)

    def _delete(self, what: str, path: str) -> None:
        try:
            repeat(lambda: self._once(what, "DELETE", path), self.backoff)
        except NotFound as error:
            if not error.answer.is_api_error:
                raise  # a proxy's answer says nothing about the object

    def _once(
        self,
        what: str,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        return self._transport.request(what, self._keys.current(), method, path, params=params, body=body)


def _about(job_id: str, job: Job, what: str) -> Job:
    """The job, if it is the one that was asked for. Raises Unreadable."""
    if job.id != job_id:
        raise Unreadable(f"{what}: the answer is about job {clean(job.id)}")
    return job


def _part(text: str) -> str:
    """One path segment: colons stay readable, everything that could leave the segment is encoded."""
    if text in {"", ".", ".."}:
        raise AnswerLost(f"{text!r} is not an id", hint="give an id as the service shows it")
    return quote(text, safe=":")
