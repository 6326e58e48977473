#!/bin/sh
# Installs what some tests need beside Python packages: an independent implementation of the API (from npm, a pinned
# version, into the user's cache) and a browser. Says what it could not install; the tests say so again, and in CI they
# fail instead of being skipped.
set -eu

# from_npm PACKAGE VERSION FOLDER FILE TEST: a package in the user's cache, where FILE shows that it is there
from_npm() {
  folder="${XDG_CACHE_HOME:-$HOME/.cache}/pulumi-ftjobs/$3-$2"
  [ -f "$folder/node_modules/$4" ] && return
  if command -v npm >/dev/null 2>&1; then
    echo "tools: installing $1 $2 into $folder"
    mkdir -p "$folder"
    npm install --silent --no-fund --no-audit --prefix "$folder" "$1@$2" ||
      echo "tools: npm could not install $1; $5 will say so" >&2
  else
    echo "tools: no npm here, so no $1: install Node.js 20 or newer and run this again" >&2
  fi
}

from_npm @copilotkit/aimock 1.43.0 aimock .bin/llmock tests/compat/test_aimock.py
from_npm @portkey-ai/gateway 1.15.2 portkey @portkey-ai/gateway/build/start-server.js tests/engine/test_gateway.py

if ! command -v chromium >/dev/null 2>&1 && ! command -v chromium-browser >/dev/null 2>&1 &&
  ! command -v google-chrome >/dev/null 2>&1; then
  if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "tools: installing chromium"
    { apt-get update -q && apt-get install -y -q chromium; } >/dev/null ||
      echo "tools: apt-get could not install chromium; tests/server/test_page.py will say so" >&2
  else
    echo "tools: no Chromium here; tests/server/test_page.py needs one (apt-get install chromium)" >&2
  fi
fi

# Pulumi's Azure provider, against which the program of docs/promotion.md is type-checked: of its 150 MB only the module
# that the program uses, since mypy would read all others too.
AZURE_NATIVE=3.29.0
types="${XDG_CACHE_HOME:-$HOME/.cache}/pulumi-ftjobs/azure-native-$AZURE_NATIVE"
if [ ! -d "$types/pulumi_azure_native" ]; then
  echo "tools: fetching the types of pulumi-azure-native $AZURE_NATIVE"
  whole=$(mktemp -d)
  if .venv/bin/python -m uv pip install --quiet --no-deps --target "$whole" "pulumi-azure-native==$AZURE_NATIVE" ||
    .venv/bin/python -m pip install --quiet --no-deps --no-compile --target "$whole" "pulumi-azure-native==$AZURE_NATIVE"; then
    mkdir -p "$types.new/pulumi_azure_native"
    mv "$whole/pulumi_azure_native/cognitiveservices" "$whole/pulumi_azure_native/_utilities.py" "$types.new/pulumi_azure_native/"
    touch "$types.new/pulumi_azure_native/__init__.py"
    mv "$types.new" "$types"
  else
    echo "tools: could not fetch pulumi-azure-native; tests/docs/test_blocks.py will say so" >&2
  fi
  rm -rf "$whole"
fi

if ! command -v initdb >/dev/null 2>&1 && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
  if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "tools: installing postgresql"
    mkdir -p /etc/postgresql-common  # the tests make their own databases: none is made and started here
    [ -e /etc/postgresql-common/createcluster.conf ] ||
      echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
    { apt-get update -q && apt-get install -y -q postgresql; } >/dev/null ||
      echo "tools: apt-get could not install postgresql; tests/engine/test_postgres.py will say so" >&2
  else
    echo "tools: no PostgreSQL here; tests/engine/test_postgres.py needs one (apt-get install postgresql)" >&2
  fi
fi
