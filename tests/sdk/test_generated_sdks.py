"""The SDKs that are generated from the plugin's schema: they compile, and the TypeScript example lives its life."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pulumi_cli import gomodules, toolchain

from pulumi_ftjobs.native.functions import FUNCTIONS
from pulumi_ftjobs.native.resource_urns import PACKAGE
from pulumi_ftjobs.native.servicer import RESOURCES
from tests.docs.pages import blocks
from tests.engine.cli import closing
from tests.engine.conftest import Corner
from tests.engine.yaml_stack import YamlStack

ROOT = Path(__file__).resolve().parents[2]
MODULE = "example.com/pulumi-ftjobs/sdk/go"
"""The module path that the Go generator assumes."""


def npm_install(folder: Path) -> None:
    """Install what a package.json names."""
    quiet = ["--no-fund", "--no-audit", "--ignore-scripts", "--prefer-offline"]
    subprocess.run(["npm", "install", *quiet], cwd=folder, check=True, capture_output=True)


@pytest.mark.timeout(1200)  # Pulumi's Go SDK is compiled with it, the first time
def test_the_go_sdk_compiles_with_the_go_blocks_of_the_pages(sdks: Path, tmp_path: Path) -> None:
    go = toolchain.get(tmp_path)
    folder = sdks / "go"
    go.run("Go SDK", folder, "mod", "init", MODULE)
    go.run("Go SDK", folder, "get", f"{gomodules.SDK}@v{gomodules.VERSION}")

    shown = blocks("go")
    assert shown
    for number, block in enumerate(shown):
        program = folder / f"page{number}" / "main.go"
        program.parent.mkdir()
        program.write_text(block.text)
    # With -trimpath as the engine was: compiled packages are used again.
    go.run("Go SDK", folder, "build", "-trimpath", "./...")


def test_the_python_sdk_has_every_resource_under_its_own_package_name(sdks: Path, tmp_path: Path) -> None:
    shutil.copytree(sdks / "python", tmp_path, dirs_exist_ok=True)
    about = tmp_path / "pulumi_ftjobs_native-0.1.0.dist-info" / "METADATA"
    about.parent.mkdir()  # what an installation leaves beside the package, and the package reads
    about.write_text("Metadata-Version: 2.1\nName: pulumi_ftjobs_native\nVersion: 0.1.0\n")
    program = "import pulumi_ftjobs_native as n; print(n.FineTuningJob, n.FineTunedModel, n.await_job)"

    shown = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "pulumi_ftjobs_native.fine_tuning_job.FineTuningJob" in shown.stdout, shown.stderr


def test_the_csharp_sdk_has_every_resource_and_function(sdks: Path) -> None:
    made = {path.stem for path in (sdks / "dotnet").rglob("*.cs")}

    assert {token.rpartition(":")[2] for token in RESOURCES} <= made
    names = [token.rpartition(":")[2] for token in FUNCTIONS]
    assert {name[0].upper() + name[1:] for name in names} <= made


@pytest.fixture(scope="module")
def example(sdks: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The TypeScript example with the SDK that `pulumi package add` puts into it."""
    folder = tmp_path_factory.mktemp("typescript") / "example"
    shutil.copytree(ROOT / "examples" / "typescript-quickstart", folder)
    sdk = folder / "sdks" / PACKAGE
    shutil.copytree(sdks / "nodejs", sdk)
    npm_install(sdk)
    subprocess.run(["npx", "tsc"], cwd=sdk, check=True)
    shutil.copy(sdk / "package.json", sdk / "bin")
    npm_install(folder)
    return folder


def test_the_typescript_blocks_of_the_pages_type_check(example: Path) -> None:
    shown = [block.text for block in blocks("typescript") if "new ftjobs." in block.text]
    assert len(shown) >= 4
    earlier = "declare const job: ftjobs.FineTuningJob;\ndeclare const rows: ftjobs.FineTuningFile;\n"
    program = 'import * as ftjobs from "pulumi-ftjobs";\n' + earlier
    (example / "pages.ts").write_text(program + "".join(f"{{\n{text}}}\n" for text in shown))
    (example / "pages.json").write_text('{"extends": "./tsconfig.json", "files": ["pages.ts"]}')

    checked = subprocess.run(
        ["npx", "tsc", "--noEmit", "-p", "pages.json"],
        cwd=example,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout


def test_the_typescript_example_type_checks_and_lives_its_life(
    example: Path, tmp_path: Path, server: Corner
) -> None:
    stack = YamlStack(
        tmp_path / "ts", url=server.url, scope=server.project, project="typescript-quickstart", stack="dev"
    )
    with closing(stack):
        shutil.copytree(example, stack.folder, dirs_exist_ok=True, symlinks=True)
        subprocess.run(["npx", "tsc", "--noEmit"], cwd=stack.folder, check=True)
        with (stack.folder / "Pulumi.yaml").open("a") as project:
            folder = Path(sys.executable).parent
            project.write(f"plugins:\n  providers:\n    - name: ftjobs\n      path: {folder}\n")

        server.clock(per_poll=3600)
        assert stack.preview().ok().totals == {"to create": 4}
        assert stack.up().ok().totals == {"created": 4}
        assert stack.up().ok().totals == {"unchanged": 4}
        assert stack.resources("FineTunedModel")["model"]["outputs"]["status"] == "succeeded"
        assert stack.destroy().ok().totals == {"deleted": 4}
        assert len(server.jobs()) == 1
