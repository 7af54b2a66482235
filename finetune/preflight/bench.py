"""`python -m finetune.preflight.bench BASE DATA`: five short runs, each in a process of its own, against what the preflight had estimated.

BASE is a folder with a model (what `hisolver finetune train` keeps in the cache's `bases`), DATA a data set. Prints a JSON object a run with the
estimated and the measured peak (of the GPU, or of the process's memory). Exit codes: 0 all within 15 %, 1 otherwise.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

WITHIN = 0.15
CASES: dict[str, dict[str, Any]] = {
    "one row": {"training": {"batch": 1, "max_length": 512, "gradient_checkpointing": False}},
    "four rows": {"training": {"batch": 4, "max_length": 512, "gradient_checkpointing": False}},
    "checkpointed": {"training": {"batch": 4, "max_length": 1024, "gradient_checkpointing": True}},
    "not packed": {"training": {"batch": 8, "max_length": 512, "packing": False, "gradient_checkpointing": False}},
    "rank 64, attention only": {
        "lora": {"r": 64, "targets": ["q_proj", "k_proj", "v_proj", "o_proj"]},
        "training": {"batch": 2, "max_length": 1024, "gradient_checkpointing": False},
    },
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m finetune.preflight.bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("base", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--threads", type=int, default=0, help="Threads of a run; by default torch's choice.")
    parser.add_argument("--case", choices=sorted(CASES), help="This one only, in this process.")
    options = parser.parse_args(arguments)
    if options.case:
        return _one(options)
    worst = 0.0
    for case in CASES:
        command = [
            sys.executable,
            "-m",
            "finetune.preflight.bench",
            str(options.base),
            str(options.data),
            "--threads",
            str(options.threads),
        ]
        done = subprocess.run([*command, "--case", case], capture_output=True, text=True, check=False)  # noqa: S603 - our own module
        if done.returncode:
            sys.stderr.write(done.stderr[-2000:])
            return 1
        line = done.stdout.splitlines()[-1]
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
        worst = max(worst, abs(json.loads(line)["off"]))
    return int(worst > WITHIN)


def _one(options: argparse.Namespace) -> int:
    import torch

    from finetune.config import TrainConfig
    from finetune.train.run import train

    if options.threads:
        torch.set_num_threads(options.threads)
    case = CASES[options.case]
    values = {"base": {"model": str(options.base)}, "tracking": {"to": "none"}, **case}
    values["training"] = {"steps": 2, "accumulation": 2, "save_every": 1, **case["training"]}
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        outcome = train(TrainConfig.model_validate(values), options.data, run, cache=Path(folder) / "cache")
        memory = json.loads((run / "run.json").read_text(encoding="utf-8"))["preflight"]["memory"]
    measured = outcome.summary["peak_memory_bytes"]
    off = round(memory["total"] / measured - 1, 4)
    sys.stdout.write(
        json.dumps({"case": options.case, "estimated": memory["total"], "measured": measured, "off": off, "parts": memory}) + "\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
