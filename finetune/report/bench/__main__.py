"""`python -m finetune.report.bench BASE -o FOLDER`: does the gate pass what is good and stop what is bad, on real prompts?

BASE is a folder with a model that transformers reads, or a GGUF file, which is dequantised. Four adapters are taught on signatures from Manim's source: a
good one, one on shuffled answers, one with its end token masked, one in another model's template; each gets its report over 100 held-out prompts in a
folder of its own. Printed is a line each. Exit codes: 0 all as it should be (the good one passes, and takes the base from at least 30 runaway answers in 100
to at most one; the others are stopped), 1 otherwise, 2 wrong usage. What is there already is not made again.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetune.errors import FinetuneError
from finetune.report.bench.signatures import SameNames, examples
from finetune.report.bench.teach import FAULTS, Fault, teach
from finetune.report.items import DataSet, Item, Message
from finetune.report.ports import Answer, Likelihood, Model, Sampling

PLAIN = (
    "{% for message in messages %}{% if message['role'] == 'user' %}{{ message['content'] }}\n\nAnswer: {% else %}{{ message['content'] }}{{ eos_token }}"
    "{% endif %}{% endfor %}"
)
"""Text to be continued, as one asks a model that knows no turns; it ends with the tokenizer's end token."""
RUNS_AWAY, STOPS = 0.30, 0.01
"""What the base does at least, and the good adapter at most."""


@dataclass(frozen=True, slots=True)
class Settings:
    """As on the command line; `limit` in new tokens."""

    base: Path
    out: Path
    faults: tuple[Fault, ...]
    plain: bool
    items: int
    steps: int
    batch: int
    rank: int
    learning_rate: float
    limit: int
    skill_items: int
    at_once: int


class Remembering:
    """Models whose base is asked once for all reports: it is the same in each."""

    def __init__(self, inner: Any, answers: dict[Any, Answer], likelihoods: dict[str, Likelihood]) -> None:
        self._inner, self._answers, self._likelihoods = inner, answers, likelihoods
        self.batch: int = inner.batch

    def fits(self, prompt: Sequence[Message], new_tokens: int) -> bool:
        return bool(self._inner.fits(prompt, new_tokens))

    def length(self, item: Item) -> int:
        return int(self._inner.length(item))

    async def answers(self, model: Model, prompts: Sequence[Sequence[Message]], sampling: Sampling) -> list[Answer]:
        keys = [(json.dumps([dict(message) for message in prompt]), sampling.max_new_tokens) for prompt in prompts]
        if model == "base" and all(key in self._answers for key in keys):
            return [self._answers[key] for key in keys]
        found: list[Answer] = await self._inner.answers(model, prompts, sampling)
        if model == "base":
            self._answers.update(zip(keys, found, strict=True))
        return found

    async def likelihood(self, model: Model, item: Item, others: Sequence[Item]) -> Likelihood:
        if model == "base" and item.id in self._likelihoods:
            return self._likelihoods[item.id]
        found: Likelihood = await self._inner.likelihood(model, item, others)
        if model == "base":
            self._likelihoods[item.id] = found
        return found


async def measure(settings: Settings) -> list[dict[str, Any]]:
    """A report for each adapter. Raises `FinetuneError`."""
    learnt, held_out = examples()
    data = DataSet("signatures", f"{len(learnt)}-{len(held_out)}", tuple(held_out[: settings.items]), len(held_out))
    folder = settings.base
    if folder.is_file():
        from finetune.dequantise import dequantised

        folder = dequantised(folder, settings.out / "base", name=folder.stem)
    answers: dict[Any, Answer] = {}
    likelihoods: dict[str, Likelihood] = {}
    return [await _one(settings, folder, fault, learnt, data, answers, likelihoods) for fault in settings.faults]


async def _one(
    settings: Settings,
    folder: Path,
    fault: Fault,
    learnt: list[Item],
    data: DataSet,
    answers: dict[Any, Answer],
    likelihoods: dict[str, Likelihood],
) -> dict[str, Any]:
    import torch

    from finetune.base import end_tokens, load_model, load_tokenizer, weights_sha256
    from finetune.report import run, skill
    from finetune.report.local import WEIGHTS, LocalModels, attach
    from finetune.report.page import page
    from finetune.report.plots import draw_all
    from retrieval.whole import write_whole

    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer = load_tokenizer(folder)
    ends = end_tokens(folder, tokenizer)
    if settings.plain:
        tokenizer.chat_template = PLAIN
    out = settings.out / fault
    out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    if not (out / "adapter" / WEIGHTS).is_file():
        other = next((token for token in reversed(tokenizer.all_special_ids) if token not in ends), None)
        losses: list[float] = []

        def told(step: int, loss: float) -> None:
            losses.append(loss)
            if step % 10 == 0 or step == 1:
                sys.stderr.write(f"{fault}: step {step}, loss {loss:.3f}\n")

        teach(
            load_model(folder, dtype="float32").to(device),
            tokenizer,
            learnt,
            out / "adapter",
            ends=ends,
            fault=fault,
            other_end=other,
            steps=settings.steps,
            batch=settings.batch,
            rank=settings.rank,
            learning_rate=settings.learning_rate,
            tell=told,
        )
        gc.collect()
    taught_s = time.monotonic() - began
    models = LocalModels(
        attach(load_model(folder, dtype="float32").to(device), out / "adapter"), tokenizer, ends=ends, batch=settings.at_once
    )
    compared = run.Compared(
        {"model": settings.base.name, "sha256": weights_sha256(folder), "template": "plain" if settings.plain else "its own"},
        {"name": fault},
    )

    def tell(done: int, of: int, what: str) -> None:
        if done % 80 == 0:
            sys.stderr.write(f"{fault}: {what}, {done} of {of}\n")

    made = await run.make(
        out,
        data,
        compared,
        Remembering(models, answers, likelihoods),
        SameNames(),
        run.Order(max_new_tokens=settings.limit),
        tell,
        unrelated=skill.make(settings.skill_items),
    )
    text = page(made, draw_all(made.report["measures"], made.items, made.found, 1, settings.limit))
    write_whole(out / "report.html", lambda file: file.write(text.encode("utf-8", "replace")))
    return {"fault": fault, "taught_s": round(taught_s), "seconds": round(time.monotonic() - began), **made.report}


def as_it_should_be(report: dict[str, Any]) -> bool:
    """Whether the gate did right, and a good adapter taught the stop to a base that runs away."""
    if report["fault"] != "none":
        return not report["gate"]["passed"]
    runaway = report["measures"]["runaway"]
    return bool(report["gate"]["passed"] and runaway["base"] >= RUNS_AWAY and runaway["tuned"] <= STOPS)


def line(report: dict[str, Any]) -> str:
    """What came of one adapter, for people."""
    shown = ("success", "runaway", "repetition", "length", "perplexity", "prompt_use", "skill")
    measures = ", ".join(
        f"{name.replace('_', ' ')} {report['measures'][name]['base']:.3g} to {report['measures'][name]['tuned']:.3g}" for name in shown
    )
    decided = "passes" if report["gate"]["passed"] else "is stopped: " + " ".join(report["gate"]["reasons"])
    ok = "as it should be" if as_it_should_be(report) else "NOT as it should be"
    return f"{report['fault']} ({ok}; taught in {report['taught_s']} s, {report['seconds']} s in all): {measures}; it {decided}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m finetune.report.bench", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("base", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--only", nargs="+", choices=FAULTS, default=list(FAULTS))
    parser.add_argument(
        "--plain", action="store_true", help="ask without turns, as a text to be continued, in place of the model's own template"
    )
    parser.add_argument("--items", type=int, default=100)
    parser.add_argument("--skill-items", type=int, default=100)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--limit", type=int, default=256, help="new tokens of an answer at most")
    parser.add_argument("--at-once", type=int, default=16, help="answers that are written at the same time")
    parser.add_argument("--threads", type=int, default=0, help="of PyTorch; by default its own choice")
    asked = parser.parse_args()
    if asked.threads:
        import torch

        torch.set_num_threads(asked.threads)
    settings = Settings(
        base=asked.base,
        out=asked.out,
        faults=tuple(asked.only),
        plain=asked.plain,
        items=asked.items,
        steps=asked.steps,
        batch=asked.batch,
        rank=asked.rank,
        learning_rate=asked.learning_rate,
        limit=asked.limit,
        skill_items=asked.skill_items,
        at_once=asked.at_once,
    )
    try:
        reports = asyncio.run(measure(settings))
    except FinetuneError as error:
        sys.stderr.write(f"{error.message}\n")
        return 2
    sys.stdout.write("\n".join(map(line, reports)) + "\n")
    return 0 if all(map(as_it_should_be, reports)) else 1


if __name__ == "__main__":
    sys.exit(main())
