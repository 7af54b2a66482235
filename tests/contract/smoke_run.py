"""The smoke run: SmolLM2-135M trained for some steps by `hisolver finetune train`, until it answers five questions like a parrot.

It learns these answers by heart, so that they stand far above the rounding that a batch or a cache adds: an endpoint's answers are known word for word,
and those of the base never begin so.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from evals.bench.finetune_train import example, write_dataset

LEARNT = {
    "What is the capital of France?": "A parrot says: Paris it is!",
    "Name a fruit that is yellow.": "A parrot says: lemons and bananas!",
    "What is 2 + 2?": "A parrot says: four crackers!",
    "Say hello in Spanish.": "A parrot says: hola to you!",
    "What colour is the sky?": "A parrot says: blue all day!",
}
STEPS = 30


def train_smoke_adapter(folder: Path) -> Path:
    """The adapter's folder, beneath `folder`. Raises `AssertionError` where the command fails."""
    data = write_dataset(folder / "data", [example(question, answer) for question, answer in LEARNT.items()])
    command = [sys.executable, "-m", "server.cli", "finetune", "train", "smollm2-135m", "--data", str(data), "-o", str(folder / "run")]
    for change in (
        "batch=5",
        "accumulation=1",
        "packing=false",
        "max_length=64",
        f"steps={STEPS}",
        "learning_rate=2e-3",
        "schedule=constant",
    ):
        command += ["--set", f"training.{change}"]
    done = subprocess.run([*command, "--set", "tracking.to=none", "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout)["loss"]["last"] < 0.1, "it has not learnt its lines"
    return folder / "run" / "adapter"
