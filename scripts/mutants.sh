#!/bin/sh
# Mutation testing of the decisions about money: each small change of a module must make a test of it fail.
# Works on a copy in build/mutants; prints the survivors, and fails when there are more than are explained there.
#
#   scripts/mutants.sh [MODULE TESTS]...   without arguments: the modules below
set -eu
cd "$(dirname "$0")/.."

COSMIC_RAY=8.7.0
root=$PWD
copy=build/mutants
rm -rf "$copy"
mkdir -p "$copy"
git ls-files -z | xargs -0 tar cf - | tar xf - -C "$copy"

examine() {
    module=$1
    tests=$2
    cat >"$copy/mutants.toml" <<EOF
[cosmic-ray]
module-path = "$module"
timeout = 60.0
excluded-modules = []
test-command = "$root/.venv/bin/python -m pytest -x -q -p no:cacheprovider $tests"
[cosmic-ray.distributor]
name = "local"
[cosmic-ray.filters.operators-filter]
exclude-operators = ["core/ReplaceBinaryOperator_BitOr_.*", "core/NumberReplacer"]
EOF
    (
        cd "$copy"
        rm -f session.sqlite
        ray="$root/.venv/bin/uv tool run --quiet --from cosmic-ray==$COSMIC_RAY"
        $ray cosmic-ray init mutants.toml session.sqlite
        $ray cr-filter-operators session.sqlite mutants.toml
        $ray cosmic-ray exec mutants.toml session.sqlite
        $ray cr-report --surviving-only --show-diff session.sqlite
    )
}

if [ $# -gt 0 ]; then
    while [ $# -gt 1 ]; do
        examine "$1" "$2"
        shift 2
    done
else
    examine pulumi_ftjobs/lifecycle/adoption.py "tests/lifecycle/test_adoption.py tests/lifecycle/test_differences.py tests/api/test_submit.py"
    examine pulumi_ftjobs/api/submit.py "tests/api/test_submit.py tests/api/test_index.py"
    examine pulumi_ftjobs/lifecycle/change_table.py "tests/lifecycle/test_changes.py"
fi
