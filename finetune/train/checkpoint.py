"""A checkpoint: all that a run needs to go on as if nothing had happened. Tensors as safetensors, the rest as JSON, never a pickle.

    step-000050/  adapter_config.json  adapter_model.safetensors    the adapter so far, as PEFT reads it
                  optimizer.safetensors  optimizer.json  scheduler.json
                  rng-0.safetensors  rng-0.json                     of each process
                  trainer_state.json  loop.json                     step, batch, accumulation, tokens

A folder has that name once all of it is on the disk.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from finetune.errors import TrainingError
from retrieval.whole import sync

KEPT = 2
"""Checkpoints that stay; older ones go when a new one is whole."""
NAME = re.compile(r"step-(\d{6,})")


def name_of(step: int) -> str:
    return f"step-{step:06}"


def checkpoints(folder: Path) -> list[tuple[int, Path]]:
    """The whole checkpoints in `folder`, by step, oldest first."""
    if not folder.is_dir():
        return []
    found = ((NAME.fullmatch(path.name), path) for path in folder.iterdir() if path.is_dir())
    return sorted((int(match[1]), path) for match, path in found if match)


def last_checkpoint(folder: Path) -> Path | None:
    return found[-1][1] if (found := checkpoints(folder)) else None


def put_in_place(work: Path, target: Path) -> None:
    """Brings the files of `work` to the disk and gives it its name. Raises `OSError`."""
    for file in work.iterdir():
        sync(file)
    sync(work)
    work.rename(target)
    sync(target.parent)


def forget_old(folder: Path, keep: int = KEPT) -> None:
    """Removes all but the newest `keep` checkpoints, and work that was never finished."""
    for _, path in checkpoints(folder)[:-keep]:
        shutil.rmtree(path, ignore_errors=True)
    for path in folder.glob(".step-*"):
        shutil.rmtree(path, ignore_errors=True)


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")


def read_json(path: Path, mend: str = "") -> Any:
    """Raises `TrainingError` for what is not there or damaged; `mend` is what to do then, by default what helps with a checkpoint."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"{path} cannot be read ({error}); {mend or f'remove {path.parent} to go on from the checkpoint before it'}."
        ) from error


def write_tensors(path: Path, tensors: Mapping[str, Any]) -> None:
    """Raises `OSError` as a full disk does, which safetensors' own writer hides."""
    from safetensors.torch import save

    whole = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with path.open("wb") as file:
        file.write(save(whole, metadata={"format": "pt"}))


def read_tensors(path: Path) -> dict[str, Any]:
    """Raises `TrainingError` for what is not there or damaged."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return dict(load_file(path, device="cpu"))
    except (OSError, SafetensorError) as error:
        raise TrainingError(f"{path} cannot be read ({error}); remove {path.parent} to go on from the checkpoint before it.") from error


def whole_tensor(tensor: Any) -> Any:
    """A tensor that FSDP has cut into shards, put together again (all processes must ask); any other as it is."""
    return tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor


def save_adapter(folder: Path, model: Any, base: str, *, write: bool = True, dtype: Any = None) -> None:
    """Writes a PEFT model's adapter as PEFT reads it; `base` is the name it gives its base, `dtype` None keeps what is trained. Raises `OSError`.

    With FSDP all processes call it, and one has `write`.
    """
    from peft import get_peft_model_state_dict

    state = get_peft_model_state_dict(model, save_embedding_layers=False)
    tensors = {name: whole_tensor(tensor).to(dtype=dtype) for name, tensor in state.items()}
    if not write:
        return
    described = model.peft_config["default"].to_dict()
    described = {key: sorted(value) if isinstance(value, (set, frozenset)) else value for key, value in described.items()}
    described["target_modules"] = _short_names(described["target_modules"], model)
    described |= {"base_model_name_or_path": base, "inference_mode": True}
    (folder / "adapter_config.json").write_text(json.dumps(described, indent=2, sort_keys=True, default=str), encoding="utf-8")
    write_tensors(folder / "adapter_model.safetensors", tensors)


def _short_names(targets: Any, model: Any) -> Any:
    """`q_proj` for every `model.layers.N.self_attn.q_proj`, as others read it, unless that would name more than was trained."""
    if not isinstance(targets, list):
        return targets
    short = {name.rsplit(".", 1)[-1] for name in targets}
    named = {name for name, module in model.named_modules() if name.rsplit(".", 1)[-1] in short and not name.endswith("base_layer")}
    trained = {name for name, module in model.named_modules() if hasattr(module, "lora_A") and name in named}
    return sorted(short) if named == trained else targets


def load_adapter(folder: Path, model: Any) -> None:
    """Raises `TrainingError` for an adapter of another shape."""
    from peft import set_peft_model_state_dict

    tensors = read_tensors(folder / "adapter_model.safetensors")
    try:
        result = set_peft_model_state_dict(model, tensors, adapter_name="default")
    except (RuntimeError, ValueError, KeyError) as error:
        raise TrainingError(f"{folder} holds an adapter of another shape: {str(error)[:300]}") from error
    if result.unexpected_keys:
        raise TrainingError(f"{folder} holds an adapter of another shape: {', '.join(result.unexpected_keys[:3])}")


def save_optimizer(folder: Path, optimizer: Any, scheduler: Any, *, write: bool = True) -> None:
    """Raises `OSError`."""
    import torch

    state = optimizer.state_dict()
    tensors: dict[str, Any] = {}
    scalars: dict[str, dict[str, Any]] = {}
    for index, values in state["state"].items():
        for key, value in values.items():
            if torch.is_tensor(value):
                tensors[f"{index}.{key}"] = whole_tensor(value)
            else:
                scalars.setdefault(str(index), {})[key] = value
    if not write:
        return
    write_tensors(folder / "optimizer.safetensors", tensors)
    write_json(folder / "optimizer.json", {"param_groups": state["param_groups"], "scalars": scalars})
    write_json(folder / "scheduler.json", {key: value for key, value in scheduler.state_dict().items() if key != "lr_lambdas"})


def load_optimizer(folder: Path, optimizer: Any, scheduler: Any) -> None:
    """Raises `TrainingError`."""
    described = read_json(folder / "optimizer.json")
    states: dict[int, dict[str, Any]] = {int(index): dict(values) for index, values in described["scalars"].items()}
    for name, tensor in read_tensors(folder / "optimizer.safetensors").items():
        index, _, key = name.partition(".")
        states.setdefault(int(index), {})[key] = tensor
    groups = [{key: tuple(value) if key == "betas" else value for key, value in group.items()} for group in described["param_groups"]]
    _shard(states, optimizer)
    try:
        optimizer.load_state_dict({"state": states, "param_groups": groups})
    except ValueError as error:
        raise TrainingError(f"{folder} is of another model or configuration: {error}") from error
    scheduler.load_state_dict({**scheduler.state_dict(), **read_json(folder / "scheduler.json")})


def _shard(states: dict[int, dict[str, Any]], optimizer: Any) -> None:
    """Cuts whole tensors as FSDP cut their parameters."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    for index, values in states.items():
        parameter = parameters[index] if index < len(parameters) else None
        if parameter is not None and hasattr(parameter, "device_mesh"):
            from torch.distributed.tensor import distribute_tensor

            for key, value in values.items():
                if getattr(value, "shape", None) == parameter.shape:
                    values[key] = distribute_tensor(value.to(parameter.device), parameter.device_mesh, parameter.placements)


def random_state() -> tuple[dict[str, Any], dict[str, Any]]:
    """The state of every generator of random numbers in this process: tensors, and what JSON holds."""
    import numpy
    import torch

    tensors = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        tensors["cuda"] = torch.cuda.get_rng_state()
    kind, keys, position, has_gauss, cached = numpy.random.get_state()
    return tensors, {"python": random.getstate(), "numpy": [kind, [int(key) for key in keys], position, has_gauss, cached]}


def save_random(folder: Path, rank: int, state: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Raises `OSError`."""
    write_tensors(folder / f"rng-{rank}.safetensors", state[0])
    write_json(folder / f"rng-{rank}.json", state[1])


def load_random(folder: Path, rank: int) -> None:
    """Raises `TrainingError`: damaged, or of a run with fewer processes."""
    import numpy
    import torch

    if not (folder / f"rng-{rank}.json").is_file():
        raise TrainingError(f"{folder} is of a run with fewer processes; go on with as many as it had.")
    tensors, rest = read_tensors(folder / f"rng-{rank}.safetensors"), read_json(folder / f"rng-{rank}.json")
    version, numbers, gauss = rest["python"]
    random.setstate((version, tuple(numbers), gauss))
    kind, keys, position, has_gauss, cached = rest["numpy"]
    numpy.random.set_state((kind, numpy.array(keys, dtype=numpy.uint32), position, has_gauss, cached))
    torch.set_rng_state(tensors["cpu"])
    if torch.cuda.is_available() and "cuda" in tensors:
        torch.cuda.set_rng_state(tensors["cuda"])


def remove(folder: Path) -> None:
    """Removes a folder that may not be there."""
    shutil.rmtree(folder, ignore_errors=True)


def make_work(folder: Path) -> Path:
    """An empty folder to fill, anew where one was left over. Raises `OSError`."""
    remove(folder)
    os.makedirs(folder)  # noqa: PTH103 - parents and no race with rmtree
    return folder
