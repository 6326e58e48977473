"""Builds the language hosts of YAML and Node.js, which a CLI from Go modules lacks, to lie beside it.

The YAML host is a module with separate releases, built with the engine packages that it names itself. The Node
host became a module without tags (as the Python one, see `gomodules`) after 3.68: the last `sdk` that holds it is used.
"""

from dataclasses import dataclass
from pathlib import Path

from pulumi_cli import progress, toolchain
from pulumi_cli.gomodules import SDK


@dataclass(frozen=True)
class LanguageHost:
    """One executable and the Go package that it is built from."""

    language: str
    program: str
    package: str
    version: str


HOSTS = (
    LanguageHost(
        "YAML", "pulumi-language-yaml", "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml", "1.25.0"
    ),
    LanguageHost("Node.js", "pulumi-language-nodejs", f"{SDK}/nodejs/cmd/pulumi-language-nodejs", "3.68.0"),
)


def missing(folder: Path) -> list[LanguageHost]:
    """Return the hosts that a folder with a CLI lacks."""
    return [host for host in HOSTS if not (folder / host.program).is_file()]


def build(target: Path, hosts: list[LanguageHost]) -> None:
    """Fill `target` with `hosts`, working in the folder that holds it.

    Raises:
        NotPossible: there is no Go toolchain to be had, or a step of the build failed.
    """
    go = toolchain.get(target.parent)
    progress.say("  the language hosts take about 2 minutes on two cores; the result is kept")
    for host in hosts:
        module = target.parent / host.program
        module.mkdir()
        fetch, build = f"fetching the {host.language} host", f"building the {host.language} host"
        go.run(fetch, module, "mod", "init", module.name)
        go.run(fetch, module, "get", f"{host.package}@v{host.version}")
        result = str(target / host.program)
        go.run(build, module, "build", "-trimpath", "-ldflags", "-w -s", "-o", result, host.package)
