#!/bin/sh
# Runs DVC, which lives in an environment of its own: it pins packages that HiSolver's own need in other versions. Made when it is not there.
# Usage: scripts/dvc.sh repro | push | pull | metrics show | ...
# Exit codes: DVC's own; 3 something must be installed first (the exact command is printed).
set -eu
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}
WANTED='dvc>=3.60,<4'

say() { printf '%s\n' "$*" >&2; }

[ -x .venv/bin/hisolver ] || {
    say "HiSolver is not set up here; run: scripts/setup.sh corpus"
    exit 3
}
stamp=.venv-dvc/.installed
if [ ! -x .venv-dvc/bin/dvc ] || [ "$(cat "$stamp" 2>/dev/null)" != "$WANTED" ]; then
    say "Installing DVC into .venv-dvc (about a minute)"
    [ -x .venv-dvc/bin/python ] || "$PYTHON" -m venv .venv-dvc
    .venv-dvc/bin/python -m pip install -q --disable-pip-version-check "$WANTED"
    printf '%s' "$WANTED" >"$stamp"
fi
# The stages find `hisolver` first; `dvc` itself is called by its path, so that its Python is not theirs.
PATH="$PWD/.venv/bin:$PATH"
DVC_NO_ANALYTICS=1
export PATH DVC_NO_ANALYTICS
exec .venv-dvc/bin/dvc "$@"
