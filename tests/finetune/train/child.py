"""A training in a process of its own, to be killed, to run out of memory, or to find the disk full: `python child.py CONFIG.json DATA RUN [options]`."""

from __future__ import annotations

import argparse
import os
import resource
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("config", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--more-memory", type=int, help="Bytes of address space that may be taken beyond what the libraries take.")
    parser.add_argument("--file-size", type=int, help="Bytes that no file may be longer than.")
    parser.add_argument("--after", type=int, default=0, help="The step at which the limit of --file-size begins.")
    options = parser.parse_args()

    import torch

    torch.set_num_threads(1)
    from finetune.config import TrainConfig
    from finetune.errors import FinetuneError
    from finetune.train import run

    config = TrainConfig.model_validate_json(options.config.read_text())

    def tell(line: str) -> None:
        print(line, flush=True)
        if options.file_size and line.startswith(f"step {options.after}:"):
            resource.setrlimit(resource.RLIMIT_FSIZE, (options.file_size, resource.RLIM_INFINITY))

    if options.more_memory:
        # the libraries' own first use is not what is to fail
        warm = config.model_copy(update={"training": config.training.model_copy(update={"steps": 1, "batch": 1, "accumulation": 1})})
        run.train(warm, options.data, options.run.with_name("warm"), cache=options.run.parent / "cache")
        taken = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (taken + options.more_memory, resource.RLIM_INFINITY))
    try:
        outcome = run.train(config, options.data, options.run, cache=options.run.parent / "cache", resume=options.resume, tell=tell)
    except FinetuneError as error:
        print(f"{type(error).__name__}: {error.message}", flush=True)
        sys.exit(1)
    print(f"finished {outcome.finished} step {outcome.step}", flush=True)


if __name__ == "__main__":
    main()
