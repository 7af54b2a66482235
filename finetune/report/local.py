"""Base and tuned model in this process: one base, the adapter switched off and on, so that both are held once and answer alike."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from finetune.errors import BaseModelError, RegistryError, ReportError
from finetune.report.items import Item, Message
from finetune.report.ports import Answer, Likelihood, Model, Sampling

WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"
BATCH = 16
"""Prompts at the same time; halved as often as the memory asks for."""
MOST_SCORES = 100_000_000
"""Scores of tokens in memory at the same time, 400 MB: an answer is tried after as many prompts together as that allows."""
T = TypeVar("T")


def attach(base: Any, folder: Path) -> Any:
    """The base (a transformers model) with the adapter of a folder on it, as a `peft.PeftModel`, for inference.

    Raises `RegistryError` for an adapter that is missing, pickled, damaged, or for another base.
    """
    import peft
    from safetensors import SafetensorError

    if not (folder / WEIGHTS).is_file():
        pickled = next(folder.glob("adapter_model.*"), None) if folder.is_dir() else None
        more = f"; {pickled.name} may be pickled, and is not read" if pickled else ""
        raise RegistryError(f"{folder} holds no adapter: {WEIGHTS} is missing{more}")
    try:
        config = json.loads((folder / CONFIG).read_bytes())
        if not isinstance(config, dict) or config.get("peft_type") != "LORA" or config.get("auto_mapping"):
            raise RegistryError(f"{folder / CONFIG} describes no LoRA adapter")
        model = peft.PeftModel.from_pretrained(base, str(folder), is_trainable=False, use_safetensors=True)
    except (OSError, ValueError, TypeError, KeyError, SafetensorError) as error:
        raise RegistryError(f"the adapter in {folder} cannot be read: {error}") from error
    except RuntimeError as error:
        # shapes that do not fit
        raise RegistryError(f"the adapter in {folder} is for another base: {str(error).splitlines()[0]}") from error
    return model.eval()


class LocalModels:
    """Fits `Generates` and `Scores`. The chat template is the tokenizer's, whatever the adapter's folder holds; it pads on the left."""

    def __init__(self, model: Any, tokenizer: Any, *, ends: Sequence[int], batch: int = BATCH) -> None:
        """`model` as from `attach`, on its device; `ends` are the ids of the tokens that end an answer where the base serves.

        Raises `BaseModelError` where there is no chat template or no end token.
        """
        if not getattr(tokenizer, "chat_template", None):
            raise BaseModelError("the base's tokenizer has no chat template, so it is not known how to ask it")
        self._model, self._tokenizer, self.batch = model, tokenizer, batch
        self._ends = tuple(ends)
        if not self._ends:
            raise BaseModelError(
                "the base names no end token, so no answer could end by itself; set eos_token_id in its generation_config.json"
            )
        self._pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else self._ends[0]
        self._context = int(getattr(model.config, "max_position_embeddings", 0) or 0)
        self._others: dict[str, list[int]] = {}

    def fits(self, prompt: Sequence[Message], new_tokens: int) -> bool:
        return not self._context or len(self._ids(self._shown(prompt))) + new_tokens <= self._context

    def length(self, item: Item) -> int:
        return len(self._completion(item))

    async def answers(self, model: Model, prompts: Sequence[Sequence[Message]], sampling: Sampling) -> list[Answer]:
        return await _stoppable(lambda stop: self._answers(model, [self._ids(self._shown(prompt)) for prompt in prompts], sampling, stop))

    async def likelihood(self, model: Model, item: Item, others: Sequence[Item]) -> Likelihood:
        return await _stoppable(lambda _: self._likelihood(model, item, others))

    def _answers(self, model: Model, prompts: list[list[int]], sampling: Sampling, stop: threading.Event) -> list[Answer]:
        import torch

        try:
            return self._generated(model, prompts, sampling, stop)
        except torch.OutOfMemoryError as error:
            if len(prompts) == 1:
                raise ReportError(
                    f"there is not enough memory for one answer of {sampling.max_new_tokens} tokens; ask for fewer"
                ) from error
        torch.cuda.empty_cache()
        half = len(prompts) // 2
        self.batch = max(1, min(self.batch, half))
        return self._answers(model, prompts[:half], sampling, stop) + self._answers(model, prompts[half:], sampling, stop)

    def _generated(self, model: Model, prompts: list[list[int]], sampling: Sampling, stop: threading.Event) -> list[Answer]:
        import torch
        from transformers import GenerationConfig, StoppingCriteriaList

        longest = max(len(prompt) for prompt in prompts)
        device = self._model.device
        ids = torch.tensor([[self._pad] * (longest - len(prompt)) + prompt for prompt in prompts], device=device)
        mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts], device=device)
        drawn = (
            {"do_sample": True, "temperature": sampling.temperature, "top_p": sampling.top_p, "top_k": 0}
            if sampling.temperature > 0
            else {}
        )
        # named one by one: what a model's own generation settings say must not reach only one side of the comparison
        settings = GenerationConfig(
            max_new_tokens=sampling.max_new_tokens,
            eos_token_id=list(self._ends),
            pad_token_id=self._pad,
            repetition_penalty=1.0,
            no_repeat_ngram_size=0,
            num_beams=1,
            use_cache=True,
            **(drawn or {"do_sample": False}),
        )

        def stopped(seen: Any, scores: Any, **_: Any) -> Any:
            return torch.full((seen.shape[0],), stop.is_set(), dtype=torch.bool, device=seen.device)

        with torch.inference_mode(), self._as(model), torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            torch.manual_seed(sampling.seed)
            out = self._model.generate(
                input_ids=ids, attention_mask=mask, generation_config=settings, stopping_criteria=StoppingCriteriaList([stopped])
            )
        return [self._answer(row[longest:].tolist(), sampling.max_new_tokens) for row in out]

    def _answer(self, written: list[int], limit: int) -> Answer:
        end = next((at for at, token in enumerate(written) if token in self._ends), None)
        kept = written[:end]
        text = self._tokenizer.decode(kept, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return Answer(text=text, tokens=len(kept), ended=end is not None, ran_away=end is None and len(written) >= limit)

    def _likelihood(self, model: Model, item: Item, others: Sequence[Item]) -> Likelihood:
        own = self._ids(self._shown(item.prompt))
        completion = self._completion(item)[: self._context - len(own) if self._context else None]
        if not completion:
            return Likelihood(nll=0.0, tokens=0)
        foreign = [self._ids(self._shown(other.prompt)) for other in others]
        # the same tokens after all prompts, or the shorter sum would win
        prompts = [own, *(prompt for prompt in foreign if not self._context or len(prompt) + len(completion) <= self._context)]
        vocabulary = int(self._model.config.get_text_config().vocab_size)
        size = max(1, MOST_SCORES // (vocabulary * len(completion)))
        found = [nll for at in range(0, len(prompts), size) for nll in self._nll(model, prompts[at : at + size], completion)]
        return Likelihood(nll=found[0], tokens=len(completion), other_nll=min(found[1:], default=None))

    def _nll(self, model: Model, prompts: list[list[int]], completion: list[int]) -> list[float]:
        """Of the completion after each prompt, summed over its tokens."""
        import torch

        longest = max(len(prompt) for prompt in prompts)
        device = self._model.device
        ids = torch.tensor([[self._pad] * (longest - len(prompt)) + prompt + completion for prompt in prompts], device=device)
        mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * (len(prompt) + len(completion)) for prompt in prompts], device=device)
        with torch.inference_mode(), self._as(model):
            # scores of the completion only: a whole vocabulary for each token of the prompt would be the largest thing in memory
            logits = self._model(
                input_ids=ids,
                attention_mask=mask,
                position_ids=(mask.cumsum(-1) - 1).clamp(min=0),
                logits_to_keep=len(completion) + 1,
                use_cache=False,
            ).logits[:, :-1]
            wanted = torch.tensor(completion, device=device).expand(len(prompts), -1)
            nats = torch.nn.functional.cross_entropy(logits.float().transpose(1, 2), wanted, reduction="none").sum(-1)
        return [float(value) for value in nats]

    @contextlib.contextmanager
    def _as(self, model: Model) -> Iterator[None]:
        with contextlib.nullcontext() if model == "tuned" else self._model.disable_adapter():
            yield

    def _shown(self, prompt: Sequence[Message]) -> str:
        from jinja2.exceptions import TemplateError

        try:
            return str(
                self._tokenizer.apply_chat_template([dict(message) for message in prompt], tokenize=False, add_generation_prompt=True)
            )
        except TemplateError as error:
            raise BaseModelError(f"the base's chat template does not take these messages: {error}") from error

    def _completion(self, item: Item) -> list[int]:
        """The tokens to be learnt: what the template adds to the prompt, up to and with the first end token.

        Tokenised apart from the prompt, as they are when the model writes them.
        """
        kept = self._others.get(item.id)
        if kept is not None:
            return kept
        shown = self._shown(item.prompt)
        whole = str(
            self._tokenizer.apply_chat_template(
                [*(dict(message) for message in item.prompt), {"role": "assistant", "content": item.completion}], tokenize=False
            )
        )
        if not whole.startswith(shown):
            raise BaseModelError(
                "the base's chat template writes a prompt otherwise once it has an answer, so that the answer cannot be told apart"
            )
        ids = self._ids(whole[len(shown) :])
        end = next((at + 1 for at, token in enumerate(ids) if token in self._ends), len(ids))
        self._others[item.id] = ids[:end]
        return ids[:end]

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])


async def _stoppable(work: Callable[[threading.Event], T]) -> T:
    """In a thread; where the caller is cancelled the work is told to stop, and ends at its next token."""
    stop = threading.Event()
    try:
        return await asyncio.to_thread(work, stop)
    except asyncio.CancelledError:
        stop.set()
        raise
