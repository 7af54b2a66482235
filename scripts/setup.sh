#!/bin/sh
# Sets up what is missing and is quick when nothing is: system packages, the virtual environment, the weights, the scene index.
# Usage: scripts/setup.sh [EXTRA ...]   EXTRA is an extra of pyproject.toml (scale, evals, studio, dev).
# Exit codes: 0 done, 1 a step failed, 3 something must be installed by hand (the exact command is printed).
set -eu
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}

PACKAGES="gcc pkg-config python3-dev python3-venv libcairo2-dev libpango1.0-dev texlive-latex-extra texlive-fonts-recommended dvisvgm bubblewrap fonts-dejavu-core"

say() { printf '%s\n' "$*" >&2; }

require_python() {
    if ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        say "HiSolver needs Python 3.11 or newer; '$PYTHON' is not. Set PYTHON=/path/to/python3.11, or: apt-get install python3 python3-venv"
        exit 3
    fi
}

# Missing means missing in effect: a command or library that is there counts, whoever installed it.
missing_packages() {
    command -v gcc >/dev/null || echo gcc
    command -v pkg-config >/dev/null || echo pkg-config
    { command -v pkg-config >/dev/null && pkg-config --exists cairo; } || echo libcairo2-dev
    { command -v pkg-config >/dev/null && pkg-config --exists pangocairo; } || echo libpango1.0-dev
    "$PYTHON" -c 'import os, sysconfig, sys; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' || echo python3-dev
    "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
    command -v dvisvgm >/dev/null || echo dvisvgm
    command -v bwrap >/dev/null || echo bubblewrap
    { command -v kpsewhich && kpsewhich standalone.cls && kpsewhich preview.sty; } >/dev/null 2>&1 || echo texlive-latex-extra texlive-fonts-recommended
    { command -v fc-list >/dev/null && [ -n "$(fc-list 2>/dev/null | head -n 1)" ]; } || echo fonts-dejavu-core
}

system_packages() {
    missing=$(missing_packages | tr '\n' ' ')
    [ -z "$missing" ] && return 0
    if ! command -v apt-get >/dev/null; then
        say "Missing: $missing(Debian's names). Install them with your system's package manager, then run this again."
        exit 3
    fi
    if [ "$(id -u)" = 0 ]; then as_root=""; elif sudo -n true 2>/dev/null; then as_root="sudo"; else
        say "System packages are missing: $missing"
        say "Run this, then try again:"
        say "  sudo apt-get update && sudo apt-get install -y --no-install-recommends $PACKAGES"
        exit 3
    fi
    say "Installing system packages (about 2 minutes): $missing"
    # shellcheck disable=SC2086
    $as_root apt-get -o DPkg::Lock::Timeout=300 update -qq
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends $PACKAGES >/dev/null
}

# PyTorch's own index holds a build without CUDA, which saves gigabytes; without it the ordinary index serves a working install too.
torch_index() {
    "$PYTHON" - <<'PYTHON_CODE' 2>/dev/null || true
import urllib.request
url = "https://download.pytorch.org/whl/cpu"
urllib.request.urlopen(url + "/torch/", timeout=3).close()
print("--extra-index-url", url)
PYTHON_CODE
}

environment() {
    extras=$(printf '%s' "$*" | tr ' ' ',')
    stamp=.venv/.installed-${extras:-core}
    if [ -x .venv/bin/python ] && [ -f "$stamp" ] && [ "$stamp" -nt pyproject.toml ] && [ "$stamp" -nt requirements.lock ]; then return 0; fi
    [ -x .venv/bin/python ] || "$PYTHON" -m venv .venv
    say "Installing Python packages into .venv${extras:+ (with $extras)} (about 3 minutes)"
    # shellcheck disable=SC2046
    .venv/bin/python -m pip install -q --disable-pip-version-check $(torch_index) -c requirements.lock -e ".${extras:+[$extras]}"
    touch "$stamp"
}

data() {
    .venv/bin/hisolver weights fetch >/dev/null
    .venv/bin/hisolver corpus index >/dev/null
    .venv/bin/hisolver weights warm
}

require_python
system_packages
environment "$@"
data
