"""An exported LoRA gives in the embedded engine what it gives in transformers and PEFT; on a small model in 32 bits, where nothing is rounded away."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from finetune.export.gguf_lora import export_gguf_lora
from finetune.export.gguf_merged import export_gguf_merged
from server.engine.embedded import EmbeddedEngine
from tests.finetune.tiny_gguf import ALL, make_adapter
from tests.server.finetune.engine_calls import Step, complete, reference

PROMPT = [1, 90, 120, 33, 270, 301, 64, 7, 2, 199, 1, 410, 88, 65]
STEPS = 6
CLOSE = 0.005
"""Log-probabilities; llama.cpp keeps keys and values in 16 bits."""


def furthest(found: Sequence[Step], wanted: Sequence[Sequence[float]]) -> float:
    assert found
    return max(abs(value - step[token]) for got, step in zip(found, wanted, strict=False) for token, value in got.items())


@pytest.mark.real
async def test_each_kind_of_matrix_and_all_together_are_as_in_transformers(tiny_base: Path, tiny_gguf: Path, tmp_path: Path) -> None:
    cases: dict[str, dict[str, Any]] = {
        **{name: {"target_modules": [name]} for name in ALL},
        "all": {},
        "rank-stabilised": {"use_rslora": True, "rank": 8},
        "patterns": {"alpha_pattern": {"q_proj": 3, "down_proj": 20}, "rank_pattern": {"q_proj": 2}},
    }
    files = []
    for seed, (case, config) in enumerate(cases.items()):
        # with random weights attention is nearly even, so that queries and keys must change much before it shows
        size = 3.0 if case in ("q_proj", "k_proj") else 0.3
        folder = make_adapter(tiny_base, tmp_path / case, seed=seed, size=size, **config)
        files.append(tmp_path / f"{case}.gguf")
        export_gguf_lora(folder, tiny_gguf, files[-1])
    plain, _ = reference(tiny_base, None, PROMPT, STEPS)
    off = [{"id": place, "scale": 0.0} for place in range(len(files))]
    async with EmbeddedEngine(tiny_gguf, slots=2, threads=1, context=512, adapters=files) as engine:
        for place, case in enumerate(cases):
            tokens, wanted = reference(tiny_base, tmp_path / case, PROMPT, STEPS)
            base_far = furthest((await complete(engine, PROMPT, STEPS, off))[1], wanted)
            made, steps, _ = await complete(engine, PROMPT, STEPS, [{"id": place, "scale": 1.0}])
            assert made == tokens, case
            assert furthest(steps, wanted) < CLOSE, case
            assert base_far > 5 * CLOSE, f"{case}: the base gives the same, so nothing is shown"
        assert (await complete(engine, PROMPT, STEPS, off))[0] == plain


@pytest.mark.real
async def test_a_request_never_reads_what_another_adapter_made_of_its_prompt(
    tiny_base: Path, tiny_gguf: Path, tiny_adapter: Path, tmp_path: Path
) -> None:
    export_gguf_lora(tiny_adapter, tiny_gguf, tmp_path / "a.gguf")
    on, off = [{"id": 0, "scale": 1.0}], [{"id": 0, "scale": 0.0}]
    async with EmbeddedEngine(tiny_gguf, slots=1, threads=1, context=512, adapters=[tmp_path / "a.gguf"]) as engine:
        tuned, base = reference(tiny_base, tiny_adapter, PROMPT, 1)[1], reference(tiny_base, None, PROMPT, 1)[1]
        for lora, wanted in ((off, base), (on, tuned), (off, base), (on, tuned)):
            _, steps, read = await complete(engine, PROMPT, 1, lora, cache_prompt=True)
            assert read == len(PROMPT)
            assert furthest(steps, wanted) < CLOSE
        # the same one again is read from the slot
        _, steps, read = await complete(engine, PROMPT, 1, on, cache_prompt=True)
        assert read < len(PROMPT)
        assert furthest(steps, tuned) < CLOSE


@pytest.mark.real
async def test_a_merged_model_needs_no_adapter(tiny_base: Path, tiny_gguf: Path, tiny_adapter: Path, tmp_path: Path) -> None:
    tokens, wanted = reference(tiny_base, tiny_adapter, PROMPT, STEPS)
    for kind, close in (("F32", CLOSE), ("Q8_0", 0.5)):
        changed = export_gguf_merged(tiny_adapter, tiny_gguf, tmp_path / f"{kind}.gguf", kind)
        assert changed == 2 * len(ALL)
        async with EmbeddedEngine(tmp_path / f"{kind}.gguf", slots=1, threads=1, context=512) as engine:
            made, steps, _ = await complete(engine, PROMPT, STEPS, None)
        if kind == "F32":
            assert made == tokens
        assert furthest(steps[:1], wanted[:1]) < close
