#!/bin/sh
# Installs what some tests need beside Python packages: an independent implementation of the API (from npm, a pinned
# version, into the user's cache) and a browser. Says what it could not install; the tests say so again, and in CI they
# fail instead of being skipped.
set -eu

AIMOCK=1.43.0
cache="${XDG_CACHE_HOME:-$HOME/.cache}/pulumi-ftjobs/aimock-$AIMOCK"

if [ ! -x "$cache/node_modules/.bin/llmock" ]; then
  if command -v npm >/dev/null 2>&1; then
    echo "tools: installing aimock $AIMOCK into $cache"
    mkdir -p "$cache"
    npm install --silent --no-fund --no-audit --prefix "$cache" "@copilotkit/aimock@$AIMOCK" ||
      echo "tools: npm could not install aimock; tests/compat/test_aimock.py will say so" >&2
  else
    echo "tools: no npm here, so no aimock: install Node.js 20 or newer and run this again" >&2
  fi
fi

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
