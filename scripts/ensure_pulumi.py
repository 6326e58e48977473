"""Makes sure that a real Pulumi CLI is there: found on PATH, kept from before, downloaded or built.

Prints the folder to put on PATH as the last line of standard output; everything else goes to standard error.
"""

import argparse
import functools
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pulumi_cli import cache, fit, gomodules, language_hosts, release
from pulumi_cli.errors import NotPossible
from pulumi_cli.progress import say


@dataclass(frozen=True)
class Way:
    """One way to make a CLI: what a person calls it, the key it is kept under, and what fills a folder."""

    name: str
    key: str
    maker: Callable[[Path], None]
    needs_hosts: bool = False
    """Whether the hosts of YAML and Node.js have to be added to what `maker` makes."""


def find_or_make(kept_in: Path, ways: list[Way]) -> Path:
    """Return a folder with a fitting CLI: on PATH, else in the cache, else made by the first way that works.

    Raises:
        NotPossible: nothing led to one; the text lists what was tried.
    """
    tried: list[str] = []
    try:
        folder, version = fit.on_path(os.environ.get("PATH", ""))
    except NotPossible as reason:
        tried.append(f"pulumi on PATH: {reason}")
    else:
        say(f"Pulumi {version} is on PATH")
        return folder
    made = _kept(kept_in, ways)
    if not made:
        tried.append(f"a copy kept from before: none that works in {kept_in}")
        made = _make(kept_in, ways, tried)
    way, folder = made
    _add_hosts(kept_in, way, folder)
    return folder


def _kept(kept_in: Path, ways: list[Way]) -> tuple[Way, Path] | None:
    for way in ways:
        copy = cache.copy_of(kept_in, way.key)
        if copy:
            say(f"Pulumi {way.key.partition('-')[0]} is in the cache")
            return way, copy
    return None


def _add_hosts(kept_in: Path, way: Way, folder: Path) -> None:
    """Add the language hosts that `folder` lacks: also to a copy that an earlier version of this script made."""
    if not way.needs_hosts or not language_hosts.missing(folder):
        return
    try:
        with cache.locked(kept_in):
            lacking = language_hosts.missing(folder)  # unless another process added them in the meantime
            if lacking:
                cache.add(kept_in, folder, lambda made: language_hosts.build(made, lacking))
    except (NotPossible, OSError) as error:
        say(f"  programs in YAML and TypeScript cannot be run with this CLI: {error}")


def _make(kept_in: Path, ways: list[Way], tried: list[str]) -> tuple[Way, Path]:
    try:
        with cache.locked(kept_in):
            kept = _kept(kept_in, ways)  # made by another process while this one waited for the lock
            if kept:
                return kept
            say("\n".join(f"not there: {line}" for line in tried))
            for way in ways:
                say(f"trying {way.name}")
                try:
                    return way, cache.make(kept_in, way.key, way.maker)
                except NotPossible as reason:
                    say(f"  not possible: {reason}")
                    tried.append(f"{way.name}: {reason}")
    except OSError as error:
        tried.append(f"writing to {kept_in}: {error}")
    raise NotPossible("\n".join(f"  {number}. {line}" for number, line in enumerate(tried, 1)))


def main() -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-download", action="store_true", help="do not try Pulumi's official release")
    parser.add_argument(
        "--no-build", action="store_true", help="do not build from Go modules (about 5 minutes)"
    )
    parser.add_argument(
        "--releases-url", default=release.URL, help="a mirror of Pulumi's releases (%(default)s)"
    )
    options = parser.parse_args()

    ways = []
    if not options.no_download:
        fill = functools.partial(release.download, base_url=options.releases_url)
        ways.append(Way(f"Pulumi's official release {release.VERSION}", release.KEY, fill))
    if not options.no_build:
        name = f"the build of {gomodules.VERSION} from Go modules"
        ways.append(Way(name, gomodules.KEY, gomodules.build, needs_hosts=True))
    # Ctrl-C unwinds and removes what is half made, also in a shell's background job; a plain kill does the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        folder = find_or_make(cache.folder(), ways)
    except NotPossible as tried:
        say(f"\nNo Pulumi CLI could be found or made. Tried, in this order:\n{tried}")
        say(
            f"What you can do: install Pulumi {fit.WANTED} by hand (https://www.pulumi.com/docs/install/), "
            "put it on PATH, and run this again."
        )
        return 1
    except KeyboardInterrupt:
        say("\nstopped; nothing half made is left behind")
        return 130
    print(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
