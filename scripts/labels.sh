#!/bin/sh
# Makes .venv-labels, the environment of Label Studio and its SDK: their pins clash with ours (opencv-python, pandas, openai 1, pyarrow 24).
# Usage: scripts/labels.sh [sdk]   With `sdk` only the SDK is installed, for a Label Studio that runs elsewhere.
# Quick when there is nothing to do. Exit codes: 0 done, 1 a step failed.
set -eu
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}
what=${1:-server}
case "$what" in
    server) package="label-studio==1.23.2" ;;
    sdk) package="label-studio-sdk==2.1.2" ;;
    *) echo "usage: scripts/labels.sh [sdk]" >&2; exit 1 ;;
esac
stamp=.venv-labels/.installed-$package
lock=requirements-labels.lock
[ -f "$stamp" ] && [ "$stamp" -nt "$lock" ] && exit 0
[ -x .venv-labels/bin/python ] || "$PYTHON" -m venv .venv-labels
echo "Installing $package into .venv-labels (about 3 minutes)" >&2
.venv-labels/bin/python -m pip install -q --disable-pip-version-check -c "$lock" "$package"
touch "$stamp"
