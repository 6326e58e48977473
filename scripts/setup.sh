#!/bin/sh
# Makes .venv with everything installed: `make setup` calls it when pyproject.toml is newer than the last time.
set -eu
cd "$(dirname "$0")/.."

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; }

find_python() {
    for python in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.10 python}; do
        if fits "$python"; then
            "$python" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    echo "setup: no Python >= 3.10 found (tried: ${PYTHON:-python3, python3.13 ... python3.10, python})." >&2
    echo "Install one, or name it: make setup PYTHON=/path/to/python3" >&2
    return 1
}

# Debian's python3 lacks ensurepip until python3-venv is installed, so there is more than one way.
make_venv() {
    python=$1
    echo "setup: making .venv with $python and all extras of the package (about 150 MB the first time)"
    rm -rf .venv
    "$python" -m venv .venv >/dev/null 2>&1 && return
    rm -rf .venv
    echo "setup: 'python -m venv' does not work here; trying uv, then virtualenv"
    if command -v uv >/dev/null 2>&1 && uv venv --quiet --seed --python "$python" .venv; then return; fi
    rm -rf .venv
    if "$python" -m virtualenv --quiet .venv 2>/dev/null; then return; fi
    rm -rf .venv
    tools=$(mktemp -d)
    if "$python" -m pip install --quiet --disable-pip-version-check --target "$tools" virtualenv 2>/dev/null &&
        PYTHONPATH=$tools "$python" -m virtualenv --quiet .venv; then
        rm -rf "$tools"
        return
    fi
    rm -rf "$tools" .venv
    echo "setup: $python can make no virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2
    return 1
}

# uv is several times faster than pip, and optional: pip knows settings (proxies, certificates) that uv does not.
install() {
    [ -x .venv/bin/uv ] || .venv/bin/python -m pip install --quiet --disable-pip-version-check uv || true
    uv=$(PATH=.venv/bin:$PATH command -v uv || true)
    if [ -n "$uv" ]; then
        "$uv" pip install --quiet --compile-bytecode --python .venv/bin/python --editable '.[all]' && return
        echo "setup: uv could not do it (above); trying pip"
    fi
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[all]'
}

# An environment whose Python is gone (upgraded system) or that was left half made is made again.
usable() {
    fits .venv/bin/python || return 1
    [ -x .venv/bin/uv ] || .venv/bin/python -m pip --version >/dev/null 2>&1 || command -v uv >/dev/null 2>&1
}

# Python starts in a third of the time from compiled files, and every `pulumi` command starts it twice.
unset PYTHONDONTWRITEBYTECODE

if usable; then
    echo "setup: bringing .venv up to date"
else
    python=$(find_python)
    make_venv "$python"
fi
install
touch .venv/installed
