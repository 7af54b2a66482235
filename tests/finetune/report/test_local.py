from __future__ import annotations

import asyncio
import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from finetune.errors import BaseModelError, RegistryError
from finetune.report.local import LocalModels, attach
from finetune.report.ports import Sampling
from tests.finetune.report import tiny_pair

GREEDY = Sampling(tiny_pair.LIMIT)


def loaded(tiny: Path) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(tiny)


async def test_the_base_answers_as_if_there_were_no_adapter(tiny: Path, models: Callable[..., Any]) -> None:
    import torch

    both, words = models(), tiny_pair.tokenizer()
    prompts = [each.prompt for each in tiny_pair.data().items[:8]]
    answers = await both.answers("base", prompts, GREEDY)
    bare = loaded(tiny).eval()
    for prompt, answer in zip(prompts, answers, strict=True):
        ids = words.apply_chat_template(
            [dict(message) for message in prompt], add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        with torch.inference_mode():
            alone = bare.generate(**ids, max_new_tokens=tiny_pair.LIMIT, do_sample=False)[0, ids["input_ids"].shape[1] :]
        assert words.decode(alone, skip_special_tokens=True) == answer.text
    tuned = await both.answers("tuned", prompts, GREEDY)
    assert [answer.text for answer in tuned] != [answer.text for answer in answers]


async def test_an_answer_does_not_depend_on_those_beside_it(models: Callable[..., Any]) -> None:
    both = models()
    long = ({"role": "user", "content": " ".join(tiny_pair.FILLERS)},)
    prompts = [each.prompt for each in (*tiny_pair.unrelated()[:6], *tiny_pair.data().items[:6])]
    for model in ("base", "tuned"):
        together = await both.answers(model, [*prompts, long], GREEDY)
        alone = [(await both.answers(model, [prompt], GREEDY))[0] for prompt in prompts]
        assert together[:-1] == alone


async def test_who_ends_and_who_runs_away_is_told_apart(models: Callable[..., Any]) -> None:
    both = models()
    prompt = tiny_pair.data().items[0].prompt
    (base,) = await both.answers("base", [prompt], GREEDY)
    (tuned,) = await both.answers("tuned", [prompt], GREEDY)
    assert (base.ended, base.ran_away, base.tokens) == (False, True, tiny_pair.LIMIT)
    assert (tuned.ended, tuned.ran_away, tuned.tokens) == (True, False, 1)


async def test_drawn_answers_are_the_same_for_the_same_seed_and_leave_the_generator_alone(models: Callable[..., Any]) -> None:
    import torch

    both = models()
    prompts = [each.prompt for each in tiny_pair.data().items[:8]]
    hot = Sampling(tiny_pair.LIMIT, temperature=2.0, seed=3)
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    first = await both.answers("base", prompts, hot)
    assert torch.equal(torch.rand(1), expected)
    assert await both.answers("base", prompts, hot) == first
    assert await both.answers("base", prompts, Sampling(tiny_pair.LIMIT, temperature=2.0, seed=4)) != first


async def test_likelihood_is_that_of_the_completion_alone(tiny: Path, models: Callable[..., Any]) -> None:
    import torch

    both, words, bare = models(), tiny_pair.tokenizer(), loaded(tiny).eval()
    item, other = tiny_pair.data().items[:2]
    found = await both.likelihood("base", item, [other])
    assert found.tokens == both.length(item) == 2  # the partner and the end

    def by_hand(prompt: Any) -> float:
        ids = words.apply_chat_template([dict(message) for message in prompt], add_generation_prompt=True, tokenize=True, return_dict=False)
        answer = [words.convert_tokens_to_ids(item.completion), words.eos_token_id]
        with torch.inference_mode():
            scores = bare(torch.tensor([[*ids, *answer]])).logits[0].log_softmax(-1)
        return -sum(float(scores[len(ids) - 1 + at, token]) for at, token in enumerate(answer))

    assert found.nll == pytest.approx(by_hand(item.prompt), rel=1e-4)
    assert found.other_nll == pytest.approx(by_hand(other.prompt), rel=1e-4)
    alone = await both.likelihood("base", item, [])
    assert alone.other_nll is None and alone.nll == pytest.approx(found.nll, rel=1e-4)
    assert math.isfinite(found.nll)


async def test_what_is_longer_than_the_context_is_known_beforehand(models: Callable[..., Any]) -> None:
    both = models()
    words = " ".join(tiny_pair.FILLERS * 6)
    assert both.fits(tiny_pair.data().items[0].prompt, tiny_pair.LIMIT)
    assert not both.fits(({"role": "user", "content": words},), tiny_pair.LIMIT)


async def test_a_batch_that_is_too_large_for_the_memory_is_halved(models: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    both = models()
    prompts = [each.prompt for each in tiny_pair.data().items[:8]]
    expected = await both.answers("tuned", prompts, GREEDY)
    generate = both._model.generate

    def small(**options: Any) -> Any:
        if options["input_ids"].shape[0] > 3:
            raise torch.OutOfMemoryError("too much")
        return generate(**options)

    monkeypatch.setattr(both._model, "generate", small)
    assert await both.answers("tuned", prompts, GREEDY) == expected
    assert both.batch == 2


async def test_who_is_cancelled_does_not_wait_for_the_answers(models: Callable[..., Any]) -> None:
    both = models()
    prompt = tiny_pair.data().items[0].prompt
    task = asyncio.create_task(both.answers("base", [prompt] * 8, Sampling(100)))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_tokenizer_without_a_template_is_refused(tiny: Path, adapter: Callable[[str], Path]) -> None:
    words = tiny_pair.tokenizer()
    words.chat_template = None
    with pytest.raises(BaseModelError, match="no chat template"):
        LocalModels(attach(loaded(tiny), adapter("none")), words, ends=[1])
    with pytest.raises(BaseModelError, match="no end token"):
        LocalModels(attach(loaded(tiny), adapter("none")), tiny_pair.tokenizer(), ends=[])


def test_a_pickled_adapter_is_never_read(tiny: Path, adapter: Callable[[str], Path], tmp_path: Path) -> None:
    folder = tmp_path / "pickled"
    folder.mkdir()
    shutil.copy(adapter("none") / "adapter_config.json", folder)
    (folder / "adapter_model.bin").write_bytes(b"cos\nsystem\n(S'touch /tmp/owned'\ntR.")
    with pytest.raises(RegistryError, match="pickled"):
        attach(loaded(tiny), folder)


@pytest.mark.parametrize("missing", ["nowhere", "cut", "config"])
def test_a_damaged_adapter_is_refused(tiny: Path, adapter: Callable[[str], Path], tmp_path: Path, missing: str) -> None:
    folder = tmp_path / "adapter"
    if missing != "nowhere":
        shutil.copytree(adapter("none"), folder)
    if missing == "cut":
        whole = (folder / "adapter_model.safetensors").read_bytes()
        (folder / "adapter_model.safetensors").write_bytes(whole[: len(whole) // 2])
    if missing == "config":
        (folder / "adapter_config.json").write_text("{")
    with pytest.raises(RegistryError):
        attach(loaded(tiny), folder)


def test_an_adapter_for_another_base_is_refused(adapter: Callable[[str], Path], tmp_path: Path) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    other = LlamaForCausalLM(
        LlamaConfig(vocab_size=200, hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=4, num_key_value_heads=2)
    )
    with pytest.raises(RegistryError, match="another base"):
        attach(other, adapter("none"))


def test_a_config_that_asks_for_code_of_its_own_is_refused(tiny: Path, adapter: Callable[[str], Path], tmp_path: Path) -> None:
    folder = tmp_path / "adapter"
    shutil.copytree(adapter("none"), folder)
    config = json.loads((folder / "adapter_config.json").read_text())
    config["auto_mapping"] = {"base_model_class": "Evil", "parent_library": "evil"}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    with pytest.raises(RegistryError, match="no LoRA adapter"):
        attach(loaded(tiny), folder)
