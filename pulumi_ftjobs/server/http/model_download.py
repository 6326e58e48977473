"""/models/{name}/download: a trained model as a tar archive, streamed; `?merged=true` adds the base to the adapter."""

from __future__ import annotations

import asyncio
import tarfile
from collections.abc import Iterator
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from pulumi_ftjobs.server.http.route_helpers import caller_of, services_of
from pulumi_ftjobs.server.server_errors import ApiError

_CHUNK = 1 << 20
_MERGED = "merged"
"""The folder beside the adapter that holds the merged model once it was asked for."""


async def download(request: Request) -> Response:
    """GET /models/{name}/download."""
    services, name = services_of(request), request.path_params["name"]
    services.job_store.settle()
    folder = services.models.folder(caller_of(request), name)
    if request.query_params.get("merged") in ("true", "1") and (folder / "adapter_config.json").exists():
        if not _merged(folder):
            await _run(services.trainer.merge_command(folder, folder / _MERGED))
        folder /= _MERGED
    return StreamingResponse(_archive(folder), media_type="application/x-tar")


def _merged(folder: Path) -> bool:
    return (folder / _MERGED).exists()


async def _run(command: list[str]) -> None:
    """Run the merge; its target appears whole, or not at all."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    if process.returncode:
        last = said.decode(errors="replace").strip().splitlines()[-1:] or ["it printed nothing"]
        raise ApiError(500, f"The model could not be merged: {last[0][:300]}", kind="server_error")


def _archive(folder: Path) -> Iterator[bytes]:
    """The files of a folder as a tar archive, in pieces of bounded size."""
    for path in sorted(
        p for p in folder.rglob("*") if p.is_file() and _MERGED not in p.relative_to(folder).parts
    ):
        entry = tarfile.TarInfo(str(path.relative_to(folder)))
        entry.size, entry.mode = path.stat().st_size, 0o644
        yield entry.tobuf()
        with path.open("rb") as file:
            while piece := file.read(_CHUNK):
                yield piece
        yield b"\0" * (-entry.size % tarfile.BLOCKSIZE)
    yield b"\0" * (2 * tarfile.BLOCKSIZE)


ROUTES = [Route("/models/{name:path}/download", download, methods=["GET"])]
