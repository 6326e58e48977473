#!/bin/sh
# Tests the wheel in dist/ on the real engine, in environments with nothing but it: for each Python that is named (all
# from 3.10 on that are installed), once with the oldest and once with the newest versions it depends on.
set -eu
cd "$(dirname "$0")/.."

[ -e dist ] || scripts/build_dist.sh
pythons=${*:-$(for minor in 10 11 12 13 14 15; do command -v "python3.$minor" || true; done)}
PATH="$(.venv/bin/python scripts/ensure_pulumi.py):$PATH"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for python in $pythons; do
    "$python" --version >/dev/null 2>&1 || continue
    for resolution in lowest-direct highest; do
        rm -rf "$work/venv"
        .venv/bin/uv venv --quiet --seed --python "$python" "$work/venv"
        # What the wheel needs is named too, because `lowest-direct` lowers only what is named.
        .venv/bin/uv pip install --quiet --python "$work/venv/bin/python" --resolution "$resolution" \
            --only-binary :all: dist/*.whl pulumi httpx pydantic
        echo "$("$work/venv/bin/python" --version), $resolution versions:" \
            "$(.venv/bin/uv pip list --quiet --python "$work/venv/bin/python" | awk '$1 == "pulumi" { print $1, $2 }')"
        FTJOBS_WHEEL_PYTHON="$work/venv/bin/python" .venv/bin/python -m pytest -q tests/engine/test_wheel.py
    done
done
