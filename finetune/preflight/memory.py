"""How much memory a run will take at its worst moment.

The activations are not guessed from a formula: one and two layers of the very model, with its adapter, are run on torch's meta device, where
nothing is allocated, and what autograd keeps for the way back is added up, each storage once. The difference of the two is a layer.
The worst moment is when the loss's way back begins, with everything kept and TRL's tiles of logits on top, or inside a layer that is computed
anew when activations are checkpointed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from finetune.config import TrainConfig
from finetune.errors import ConfigError

BYTES = {"fp32": 4, "bf16": 2}
NF4 = 0.516
"""Bytes a weight in 4 bits with double quantisation: 4.127 bits (Dettmers et al. 2023, QLoRA, section 3)."""
TILE_COLUMNS = 32768
TILE_TOKENS = 4096
"""TRL scores tokens against the vocabulary in tiles of this size (trl.kernels.chunked_logprob)."""
TILES_CPU = 7.0
"""Tiles in fp32 that TRL's way back holds at once where there is no Triton (`_backward_tile`: logits, transformed, log p, p, gradient, two temporaries)."""
TILES_GPU = 1.0


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes at the worst moment. `process` is what Python and the libraries hold already (0 on a GPU); `kv` is 0, training keeps no cache."""

    process: int
    weights: int
    adapter: int
    gradients: int
    optimizer: int
    activations: int
    logits: int
    kv: int = 0

    @property
    def total(self) -> int:
        return sum(asdict(self).values())

    def as_dict(self) -> dict[str, int]:
        return {**asdict(self), "total": self.total}


@dataclass(frozen=True, slots=True)
class Shape:
    """What a model is made of, counted on the meta device. `kept` bytes a layer and beside the layers, for a batch; `widest` in elements a token."""

    parameters: int
    linear: int
    """Parameters that QLoRA holds in 4 bits."""
    adapter: int
    layers: int
    hidden: int
    vocabulary: int
    widest: int
    kept_layer: int
    kept_beside: int


def estimate(config: TrainConfig, shape: Shape, *, rows: int, tokens: int, precision: str, kind: str, process: int) -> Memory:
    """The peak of a run whose widest batch is `rows` rows of `tokens` tokens; `kind` is `cpu` or `cuda`, `process` bytes are held already."""
    size = BYTES[precision]
    batch = rows * tokens
    weights = shape.parameters * size
    trained = shape.adapter * (2 if config.lora.quantised else 4)
    if config.lora.quantised:
        weights = (shape.parameters - shape.linear) * size + int(shape.linear * NF4)
    # the way back through a layer holds gradients of its widest part beside what was kept
    passing = 3 * batch * shape.widest * size
    if config.training.gradient_checkpointing:
        # the inputs of all layers, and one layer that is computed again
        kept = shape.kept_beside + shape.layers * batch * shape.hidden * size
        again = shape.kept_layer + passing
    else:
        kept, again = shape.kept_beside + shape.layers * shape.kept_layer, passing
    scored = min(TILE_TOKENS, batch)
    # on a CPU what is reserved but never written takes no memory, and the columns beyond the vocabulary never are
    cpu = int(scored * min(TILE_COLUMNS, shape.vocabulary) * 4 * TILES_CPU)
    head = cpu if kind == "cpu" else int(scored * TILE_COLUMNS * size * TILES_GPU)
    head += batch * shape.hidden * 4
    # of the two worst moments only one is at a time
    logits, again = (head, 0) if head >= again else (0, again)
    return Memory(process, weights, trained, trained, 2 * trained, kept + again, logits)


def measure_shape(config: TrainConfig, model_config: Any, *, rows: int, tokens: int, precision: str, packed: bool) -> Shape:
    """Counts a model of that configuration with the adapter, and what autograd keeps of a batch. Allocates next to nothing. Raises `ConfigError`."""
    import torch

    dtype = torch.float32 if precision == "fp32" else torch.bfloat16
    layers = int(model_config.num_hidden_layers)
    one = _trace(config, model_config, 1, rows, tokens, dtype, packed)
    two = _trace(config, model_config, 2, rows, tokens, dtype, packed)
    extra = layers - 1
    per = {key: two[key] - one[key] for key in ("parameters", "linear", "adapter", "kept")}
    return Shape(
        parameters=one["parameters"] + extra * per["parameters"],
        linear=one["linear"] + extra * per["linear"],
        adapter=one["adapter"] + extra * per["adapter"],
        layers=layers,
        hidden=int(model_config.hidden_size),
        vocabulary=int(model_config.vocab_size),
        widest=int(getattr(model_config, "intermediate_size", 4 * model_config.hidden_size)),
        kept_layer=per["kept"],
        kept_beside=max(0, one["kept"] - per["kept"]),
    )


def _trace(config: TrainConfig, model_config: Any, layers: int, rows: int, tokens: int, dtype: Any, packed: bool) -> dict[str, int]:
    import copy

    import torch
    from peft import get_peft_model
    from transformers import AttentionInterface, AutoModelForCausalLM

    from finetune.train.trainer import lora

    AttentionInterface.register("hisolver_meta", _attention(packed))
    small = copy.deepcopy(model_config)
    small.num_hidden_layers = layers
    if getattr(small, "layer_types", None):
        small.layer_types = list(small.layer_types)[:layers]
    small.use_cache = False
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(small, dtype=dtype, attn_implementation="hisolver_meta")
        parameters = sum(parameter.numel() for parameter in model.parameters())
        head = model.get_output_embeddings()
        linear = sum(m.weight.numel() for m in model.modules() if isinstance(m, torch.nn.Linear) and m is not head)
        try:
            adapted = get_peft_model(model, lora(config), autocast_adapter_dtype=False)
        except ValueError as error:
            raise ConfigError(f"lora.targets does not fit the base: {' '.join(str(error).split())[:300]}") from error
        adapter = sum(parameter.numel() for parameter in adapted.parameters() if parameter.requires_grad)
        adapted.enable_input_require_grads()
        adapted.train()
        ids = torch.zeros((rows, tokens), dtype=torch.long)
        # a mask of four dimensions is taken as it is, which spares transformers a look at positions that are not there
        mask = torch.ones((rows, 1, tokens, tokens), dtype=torch.bool)
        positions = torch.arange(tokens).expand(rows, tokens)
        backbone = adapted.get_base_model().base_model
        with _kept(adapted) as kept:
            backbone(input_ids=ids, attention_mask=mask, position_ids=positions, use_cache=False)
    return {"parameters": parameters, "linear": linear, "adapter": adapter, "kept": sum(kept.values())}


@contextmanager
def _kept(model: Any) -> Iterator[dict[int, int]]:
    """Bytes of every storage that autograd keeps within, but those of the model itself, by storage."""
    import torch

    own = {tensor.untyped_storage()._cdata for tensor in (*model.parameters(), *model.buffers())}
    kept: dict[int, int] = {}
    alive = []

    def keep(tensor: Any) -> Any:
        storage = tensor.untyped_storage()
        if storage._cdata not in own:
            kept[storage._cdata] = storage.nbytes()
            alive.append(storage)  # so that its address is not given to another
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        yield kept


def _attention(masked: bool) -> Any:
    """Keeps what a fused attention keeps, not the scores; the values do not matter on meta.

    That is query, key, value, output and a number a row. With a mask (packed rows, padding), transformers repeats keys and values for every head, and
    torch turns the mask's truth values into numbers anew in every layer.
    """
    import torch

    class Fused(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, query: Any, key: Any, value: Any, mask: Any) -> Any:
            output = torch.empty_like(query)
            kept = [query, key, value, output, torch.empty(query.shape[:-1], dtype=torch.float32, device=query.device)]
            ctx.save_for_backward(*kept, *([torch.empty(mask.shape, dtype=query.dtype, device=query.device)] if masked else []))
            return output

        @staticmethod
        def backward(ctx: Any, *gradients: Any) -> Any:
            return (*(torch.empty_like(tensor) for tensor in ctx.saved_tensors[:3]), None)

    def attention(module: Any, query: Any, key: Any, value: Any, attention_mask: Any, **rest: Any) -> tuple[Any, None]:
        groups = query.shape[1] // key.shape[1]
        if masked and groups > 1:
            key, value = (tensor.repeat_interleave(groups, dim=1) for tensor in (key, value))
        return Fused.apply(query, key, value, attention_mask).transpose(1, 2).contiguous(), None  # type: ignore[no-untyped-call]

    return attention


def readable(count: float) -> str:
    """Bytes in GB (10^9), MB or kB."""
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{math.ceil(count / 1000)} kB"
