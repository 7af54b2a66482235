"""Direct calls to the embedded engine, below the OpenAI API: tokens in, tokens and their log-probabilities out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2

from server.engine.embedded import EmbeddedEngine

Step = Mapping[int, float]
"""Log-probabilities of the likeliest tokens, by token."""


async def complete(
    engine: EmbeddedEngine, tokens: Sequence[int], n: int, lora: Sequence[Mapping[str, Any]] | None, **more: Any
) -> tuple[list[int], list[Step], int]:
    """The greedy continuation, its steps, and how many tokens of the prompt were read anew."""
    body: dict[str, Any] = {
        "prompt": list(tokens),
        "n_predict": n,
        "temperature": 0,
        "n_probs": 8,
        "return_tokens": True,
        "ignore_eos": True,
    }
    if lora is not None:
        body["lora"] = list(lora)
    async with httpx2.AsyncClient(timeout=120, trust_env=False, headers={"Authorization": f"Bearer {engine.api_key}"}) as client:
        answer = await client.post(engine.base_url.removesuffix("/v1") + "/completion", json=body | more)
    found = answer.raise_for_status().json()
    steps: list[Step] = []
    for step, token in zip(found["completion_probabilities"], found["tokens"], strict=False):
        if step["id"] != token:
            break  # a token that is half a character is told together with the next
        steps.append({each["id"]: each["logprob"] for each in step["top_logprobs"]})
    return found["tokens"], steps, found["timings"]["prompt_n"]


def reference(base: Path, adapter: Path | None, tokens: Sequence[int], n: int, dtype: Any = None) -> tuple[list[int], list[list[float]]]:
    """The same by transformers and PEFT, with all log-probabilities of each step."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model: Any = AutoModelForCausalLM.from_pretrained(base, dtype=dtype or torch.float32)
    if adapter is not None:
        model = PeftModel.from_pretrained(model, str(adapter))
    model.eval()
    made, steps = list(tokens), []
    with torch.no_grad():
        for _ in range(n):
            found = model(torch.tensor([made])).logits[0, -1].log_softmax(-1)
            steps.append(found.tolist())
            made.append(int(found.argmax()))
    return made[len(tokens) :], steps
