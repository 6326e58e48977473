"""Makes a CLI from Pulumi's Go modules, where package registries are all that can be reached.

Engine and language host come from different releases: from 3.80 on the Python language host is a module of
its own that was never tagged, so the last `sdk` that holds it is used; it works with newer engines. The two
scripts that the host starts are those of the engine's own release. The `replace` line is the one in Pulumi's
go.mod, which Go does not apply to a module that is built as a dependency.
"""

import shutil
from pathlib import Path

from pulumi_cli import progress, toolchain

VERSION = "3.259.0"
HOST_VERSION = "3.79.0"
KEY = f"{VERSION}-go1"  # the last number counts the changes of this recipe

SDK = "github.com/pulumi/pulumi/sdk/v3"
ENGINE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
HOST = f"{SDK}/python/cmd/pulumi-language-python"
CLIPBOARD = "github.com/atotto/clipboard=github.com/tgummerer/clipboard@v0.0.0-20241001131231-d02d263e614e"
SCRIPTS = ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python")


def build(target: Path) -> None:
    """Fill `target` with the four executables, working in the folder that holds it.

    Raises:
        NotPossible: there is no Go toolchain to be had, or a step of the build failed.
    """
    go = toolchain.get(target.parent)
    progress.say("  building takes about 5 minutes on two cores; the result is kept")
    _host(go, target.parent / "host", target)
    _engine(go, target.parent / "engine", target)


def _host(go: toolchain.Go, module: Path, target: Path) -> None:
    module.mkdir()
    fetch, build = "1/4 fetching the Python language host", "2/4 building the Python language host"
    go.run(fetch, module, "mod", "init", module.name)
    go.run(fetch, module, "get", f"{HOST}@v{HOST_VERSION}")
    result = str(target / "pulumi-language-python")
    go.run(build, module, "build", "-trimpath", "-ldflags", "-w -s", "-o", result, HOST)


def _engine(go: toolchain.Go, module: Path, target: Path) -> None:
    module.mkdir()
    fetch, build = "3/4 fetching the engine", "4/4 building the engine"
    go.run(fetch, module, "mod", "init", module.name)
    go.run(fetch, module, "mod", "edit", "-replace", CLIPBOARD)
    go.run(fetch, module, "get", "-tool", f"{ENGINE}@v{VERSION}")
    go.run(fetch, module, "get", f"{SDK}@v{VERSION}")
    options = ["-trimpath", "-tags", "osusergo,grpcnotrace"]
    stamp = f"-w -s -X {SDK}/go/common/version.Version=v{VERSION}"
    go.run(build, module, "build", *options, "-ldflags", stamp, "-o", str(target / "pulumi"), ENGINE)
    sdk = Path(go.run(build, module, "list", "-m", "-f", "{{.Dir}}", SDK).strip())
    for script in SCRIPTS:
        copy = target / Path(script).name
        shutil.copyfile(sdk / script, copy)
        copy.chmod(0o755)
