"""Builds the documentation as a site in build/site (extra `docs`).

The pages link to each other as they do in the repository, so the site is built from a copy of all of them, and every
warning is an error. Links to code lead to a page that shows it.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / ".site"
SHOWN = {".py": "python", ".yml": "yaml", ".yaml": "yaml", ".jsonl": "json", "": "text"}
PICTURES = {".svg", ".png"}
_LANDING = "---\ntitle: Fine-tuning jobs as infrastructure\ntemplate: home.html\n---\n\n"
"""What the README has on the site before its text: the landing page's template (docs/theme)."""
_LINK = re.compile(r"(\]\()([^)#\s:]+)((?:#[^)\s]*)?\))")


def main() -> int:
    """Copy the pages, build, and remove the copy; returns the exit code."""
    shutil.rmtree(SITE, ignore_errors=True)
    try:
        for page in pages():
            copy(page)
        for file in ("logo.svg", "site.css"):
            copy_file(ROOT / "docs" / "theme" / file)
        command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
        # The theme announces its successor at every build.
        quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1", "REPOSITORY_URL": repository_url()}
        code = subprocess.run(command, cwd=ROOT, env=quiet, check=False).returncode
    finally:
        shutil.rmtree(SITE, ignore_errors=True)
    if code == 0:
        print("the site is in build/site: open build/site/index.html")
    return code


def repository_url() -> str:
    """Where the code is hosted: REPOSITORY_URL, else git's `origin`; empty where neither is a web address."""
    command = ["git", "remote", "get-url", "origin"]
    origin = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    url = os.environ.get("REPOSITORY_URL") or origin
    url = re.sub(r"^git@([^:]+):", r"https://\1/", url).removesuffix(".git")
    return url if re.fullmatch(r"https://[^@\s]+", url) else ""


def pages() -> list[Path]:
    """Every page of the project."""
    return sources("README.md", "DESIGN.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/*.md", "examples/*.md")


def sources(*patterns: str) -> list[Path]:
    """The files that git keeps or would keep: no environment, no state that running an example left behind."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return sorted(path for name in set(listed.split("\0")) if name and (path := ROOT / name).exists())


def copy_file(path: Path) -> None:
    """Put a picture, or another file that is served as it is, into the copy."""
    there = SITE / path.relative_to(ROOT)
    there.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, there)


def copy(page: Path) -> None:
    """Put one page into the copy."""
    there = SITE / page.relative_to(ROOT)
    there.parent.mkdir(parents=True, exist_ok=True)
    there.write_text(page_text(page), "utf-8")


def page_text(page: Path) -> str:
    """The text of a page, its links to code led to pages that show it."""

    def led(found: re.Match[str]) -> str:
        target = page.parent / found[2]
        if target.suffix in PICTURES and target.exists():
            copy_file(target.resolve())
            return found[0]
        if target.suffix == ".md" or not target.exists():
            return found[0]
        return f"{found[1]}{found[2].rstrip('/')}{show(target.resolve())}{found[3]}"

    text = _LINK.sub(led, page.read_text("utf-8"))
    return f"{_LANDING}{text}" if page == ROOT / "README.md" else text


def show(path: Path) -> str:
    """Make a page that shows a file or lists a folder; returns what its name has more."""
    if path.is_dir():
        name = "/index.md"
        body = "\n".join(f"- {child.name}" for child in sorted(path.iterdir()) if child.name[0] not in "._")
    else:
        name = ".md"
        lines = path.read_text("utf-8").splitlines()
        body = "\n".join([f"```{SHOWN.get(path.suffix, 'text')}", *lines[:200], "```"])
    there = Path(f"{SITE / path.relative_to(ROOT)}{name}")
    there.parent.mkdir(parents=True, exist_ok=True)
    there.write_text(f"# {path.relative_to(ROOT)}\n\n{body}\n", "utf-8")
    return name


if __name__ == "__main__":
    sys.exit(main())
