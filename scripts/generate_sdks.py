"""Writes the SDKs that `pulumi package add` would generate from the plugin's schema, into build/sdks.

A CLI built from Go modules cannot generate them itself; the same generators are built once, from the engine's module,
and kept in the user's cache.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

from pulumi_cli import cache, gomodules, progress, toolchain
from pulumi_cli.errors import NotPossible

ROOT = Path(__file__).resolve().parents[1]
SOURCE = Path(__file__).parent / "sdk_generator" / "main.go"
TARGET = ROOT / "build" / "sdks"
KEY = f"sdk-generator-{gomodules.VERSION}-2"


def main() -> int:
    """Run the script; returns the exit code."""
    from pulumi_ftjobs.native.schema import schema  # noqa: PLC0415 - the environment of `make setup` has it

    try:
        generator = _generator(cache.folder().parent)
        shutil.rmtree(TARGET, ignore_errors=True)
        TARGET.mkdir(parents=True)
        (TARGET / "schema.json").write_text(json.dumps(schema(), indent=1))
        progress.run(
            "writing the SDKs",
            [str(generator), str(TARGET / "schema.json"), str(TARGET)],
            TARGET,
            {},
            minutes=5,
        )
    except NotPossible as reason:
        progress.say(f"No SDK could be generated: {reason}")
        return 1
    print(TARGET)
    return 0


def _generator(kept_in: Path) -> Path:
    """Return the generator, built now if it is not kept from before."""
    kept = kept_in / KEY / "sdk_generator"
    if kept.is_file():
        return kept
    progress.say("building the SDK generator takes about a minute on two cores; the result is kept")
    kept_in.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept_in) as folder:
        work = Path(folder)
        go, module = toolchain.get(work), work / KEY
        module.mkdir()
        shutil.copy(SOURCE, module)
        fetch, build = "fetching the SDK generator", "building the SDK generator"
        go.run(fetch, module, "mod", "init", "sdk_generator")
        go.run(fetch, module, "mod", "edit", "-replace", gomodules.CLIPBOARD)
        pkg = gomodules.ENGINE.partition("/cmd/")[0]
        go.run(fetch, module, "get", f"{pkg}@v{gomodules.VERSION}", f"{gomodules.SDK}@v{gomodules.VERSION}")
        go.run(build, module, "build", "-trimpath", "-ldflags", "-w -s", "-o", "sdk_generator", ".")
        (kept_in / KEY).mkdir(exist_ok=True)
        (module / "sdk_generator").rename(kept)
    return kept


if __name__ == "__main__":
    sys.exit(main())
