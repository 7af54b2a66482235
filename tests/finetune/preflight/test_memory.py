"""The estimate counts what a model really has and what autograd really keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from finetune.base import load_config_of, load_model
from finetune.config import TrainConfig
from finetune.preflight.memory import Shape, estimate, measure_shape


def _config(**training: object) -> TrainConfig:
    values = {"steps": 1, "max_length": 64, "batch": 2, "gradient_checkpointing": False, **training}
    return TrainConfig.model_validate({"base": {"model": "x"}, "lora": {"r": 4}, "training": values})


def _shape(base: Path, *, rows: int = 2, tokens: int = 64, packed: bool = True, **training: object) -> Shape:
    return measure_shape(_config(**training), load_config_of(base), rows=rows, tokens=tokens, precision="fp32", packed=packed)


def test_parameters_are_those_of_the_model_and_its_adapter(tiny_base: Path) -> None:
    from peft import get_peft_model

    from finetune.train.trainer import lora

    model = load_model(tiny_base, dtype="float32")
    shape = _shape(tiny_base)
    assert shape.parameters == model.num_parameters()
    trained = sum(p.numel() for p in get_peft_model(model, lora(_config())).parameters() if p.requires_grad)
    assert shape.adapter == trained


@pytest.mark.parametrize("packed", [True, False])
def test_what_is_kept_is_what_autograd_keeps_on_a_cpu(tiny_base: Path, packed: bool) -> None:
    """The same count, but over the real model and real tensors, with torch's own attention."""
    import torch
    from peft import get_peft_model

    from finetune.preflight.memory import _kept
    from finetune.train.trainer import lora

    shape = _shape(tiny_base, packed=packed)
    model = get_peft_model(load_model(tiny_base, dtype="float32"), lora(_config()))
    model.enable_input_require_grads()
    model.train()
    ids = torch.zeros((2, 64), dtype=torch.long)
    positions = torch.cat([torch.arange(32), torch.arange(32)]).expand(2, 64) if packed else torch.arange(64).expand(2, 64)
    with _kept(model) as kept:
        model.get_base_model().base_model(input_ids=ids, position_ids=positions, use_cache=False)
    estimated = shape.kept_beside + shape.layers * shape.kept_layer
    assert estimated == pytest.approx(sum(kept.values()), rel=0.05)


def test_more_of_anything_needs_more_and_checkpointed_activations_less(tiny_base: Path) -> None:
    def total(rows: int = 8, tokens: int = 512, **training: object) -> int:
        config = _config(**training)
        shape = _shape(tiny_base, rows=rows, tokens=tokens, **training)
        return estimate(config, shape, rows=rows, tokens=tokens, precision="fp32", kind="cpu", process=0).total

    plain = total()
    assert total(rows=16) > plain and total(tokens=1024) > plain
    assert total(gradient_checkpointing=True) < plain


def test_four_bits_hold_the_linear_layers_only(tiny_base: Path) -> None:
    shape = _shape(tiny_base)
    config = TrainConfig.model_validate({"base": {"model": "x"}, "lora": {"r": 4, "quantised": True}, "training": {"steps": 1}})
    quantised = estimate(config, shape, rows=1, tokens=64, precision="bf16", kind="cuda", process=0)
    plain = estimate(_config(), shape, rows=1, tokens=64, precision="bf16", kind="cuda", process=0)
    assert plain.weights == shape.parameters * 2
    assert quantised.weights == pytest.approx(plain.weights - shape.linear * (2 - 0.516), abs=2)
