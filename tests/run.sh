#!/bin/bash
# Install what the tests need and run them all; arguments go to pytest (`tests/run.sh -k layout`).
# Needs Python >= 3.11 with pip. On Debian the three system packages are installed when they are
# missing; on other systems install a Chromium, the Noto CJK fonts and R yourself first.
set -euo pipefail
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}

missing=()
command -v chromium >/dev/null || missing+=(chromium)
# fc-list comes with chromium's own dependencies; before that no font is known either.
fc-list 2>/dev/null | grep -q "Noto Sans CJK" || missing+=(fonts-noto-cjk)
# R without its compilers: 26 MB.
command -v Rscript >/dev/null || missing+=(r-base-core)
if [ ${#missing[@]} -gt 0 ]; then
    if ! command -v apt-get >/dev/null; then
        echo "The tests need ${missing[*]}: install them with your system's packages." >&2
        exit 2
    fi
    sudo=""
    if [ "$(id -u)" -ne 0 ]; then sudo="sudo"; fi
    $sudo apt-get update -q
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -q -y --no-install-recommends "${missing[@]}"
fi

# Without pip of its own, so that a Debian without python3-venv can make it.
[ -x .venv/bin/python ] || "$PYTHON" -m venv --without-pip .venv
"$PYTHON" -m pip --python .venv/bin/python install -q -c constraints.txt -e '.[test]'
exec .venv/bin/python -m pytest -n auto "$@"
