"""Makes a CLI from Pulumi's own release archive.

Address and layout are those of Pulumi's install script (https://get.pulumi.com), which itself would write
to ~/.pulumi and to shell profiles; this only fills the folder it is given.
"""

import platform
import shutil
import tarfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO

from pulumi_cli import progress
from pulumi_cli.errors import NotPossible

VERSION = "3.259.0"
KEY = f"{VERSION}-release1"
URL = "https://get.pulumi.com/releases/sdk"

CONNECT_SECONDS = 8.0  # where no road leads there, the next way should start soon
CHUNK = 1 << 20

_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


def archive_name() -> str:
    """Return the name of the archive for this machine.

    Raises:
        NotPossible: Pulumi publishes none for it.
    """
    system, machine = platform.system().lower(), platform.machine().lower()
    if system not in {"linux", "darwin"} or machine not in _MACHINES:
        raise NotPossible(f"there is no release for {system} on {machine}")
    return f"pulumi-v{VERSION}-{system}-{_MACHINES[machine]}.tar.gz"


def download(target: Path, base_url: str = URL) -> None:
    """Fill `target` with the executables of the release.

    Raises:
        NotPossible: the archive cannot be had or is damaged.
    """
    url = f"{base_url.rstrip('/')}/{archive_name()}"
    archive = target.parent / "release.tar.gz"
    try:
        with urllib.request.urlopen(url, timeout=CONNECT_SECONDS) as answer, archive.open("wb") as file:
            _copy(answer, file, int(answer.headers.get("Content-Length") or 0))
        _unpack(archive, target)
    except urllib.error.URLError as error:
        raise NotPossible(f"{url}: {error.reason}") from None
    except (OSError, EOFError, ValueError, tarfile.TarError) as error:
        raise NotPossible(f"{url}: {error}") from None


def _copy(answer: IO[bytes], file: IO[bytes], expected: int) -> None:
    beat = progress.Beat(f"downloading Pulumi {VERSION}, about 120 MB, once")
    done = 0
    while chunk := answer.read(CHUNK):
        file.write(chunk)
        done += len(chunk)
        beat.tick(f", {done / 1e6:.0f} MB")
    if done < expected:
        raise ValueError(f"the connection ended after {done} of {expected} bytes")


def _unpack(archive: Path, target: Path) -> None:
    """Take the plain files by their bare names: what an archive says of folders and links is not believed."""
    with tarfile.open(archive) as tar:
        for member in tar:
            source = tar.extractfile(member) if member.isfile() else None
            if source is None:
                continue
            file = target / Path(member.name).name
            with source, file.open("wb") as out:
                shutil.copyfileobj(source, out)
            file.chmod(0o755)
