#!/bin/sh
# Builds what a release publishes into dist/: wheel, sdist, and the list of what an installed wheel brings along (SBOM).
# Wheel and sdist are the same bytes for the same sources.
set -eu
cd "$(dirname "$0")/.."

CYCLONEDX=7
uv=.venv/bin/uv
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

rm -rf dist
"$uv" build --quiet --out-dir dist .
"$uv" venv --quiet --python .venv/bin/python "$work/installed"
"$uv" pip install --quiet --python "$work/installed/bin/python" dist/*.whl
"$uv" tool run --quiet --from "cyclonedx-bom==$CYCLONEDX.*" cyclonedx-py environment \
    --output-reproducible --spec-version 1.6 --pyproject pyproject.toml \
    --output-file dist/sbom.cdx.json "$work/installed/bin/python"
ls dist
