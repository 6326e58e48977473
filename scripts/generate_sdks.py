"""Writes the SDKs that `pulumi package add` would generate from the plugin's schema, into build/sdks.

A CLI built from Go modules cannot generate them itself; the same generators are built once, from the engine's module,
and kept in the user's cache. Java's never was part of that module.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

from pulumi_cli import cache, gomodules, progress, toolchain
from pulumi_cli.errors import NotPossible

ROOT = Path(__file__).resolve().parents[1]
SOURCE = Path(__file__).parent / "sdk_generator"
TARGET = ROOT / "build" / "sdks"
GENERATORS = {"current": gomodules.VERSION, "dotnet": "3.219.0"}
"""Build tag of a generator -> the engine module that it is built from; C#'s left the module after that version."""


def main() -> int:
    """Run the script; returns the exit code."""
    from pulumi_ftjobs.native.schema import schema  # noqa: PLC0415 - the environment of `make setup` has it

    try:
        shutil.rmtree(TARGET, ignore_errors=True)
        TARGET.mkdir(parents=True)
        (TARGET / "schema.json").write_text(json.dumps(schema(), indent=1))
        for tag, version in GENERATORS.items():
            words = [str(_generator(cache.folder().parent, tag, version)), "schema.json", "."]
            progress.run("writing the SDKs", words, TARGET, {}, minutes=5)
    except NotPossible as reason:
        progress.say(f"No SDK could be generated: {reason}")
        return 1
    print(TARGET)
    return 0


def _generator(kept_in: Path, tag: str, version: str) -> Path:
    """Return a generator, built now if it is not kept from before."""
    kept = kept_in / f"sdk-generator-{tag}-{version}-2" / "sdk_generator"
    if kept.is_file():
        return kept
    progress.say(f"building the SDK generator ({tag}) takes about a minute on two cores; the result is kept")
    kept_in.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept_in) as folder:
        work = Path(folder)
        go, module = toolchain.get(work), work / kept.parent.name
        shutil.copytree(SOURCE, module)
        fetch, build = "fetching the SDK generator", "building the SDK generator"
        go.run(fetch, module, "mod", "init", "sdk_generator")
        go.run(fetch, module, "mod", "edit", "-replace", gomodules.CLIPBOARD)
        pkg = gomodules.ENGINE.partition("/cmd/")[0]
        go.run(fetch, module, "get", "-tags", tag, f"{pkg}@v{version}", f"{gomodules.SDK}@v{version}")
        options = ["-trimpath", "-tags", tag, "-ldflags", "-w -s"]
        go.run(build, module, "build", *options, "-o", "sdk_generator", ".")
        kept.parent.mkdir(exist_ok=True)
        (module / "sdk_generator").rename(kept)
    return kept


if __name__ == "__main__":
    sys.exit(main())
