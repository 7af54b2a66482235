from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.finetune.report import tiny_pair


@pytest.fixture(scope="session")
def one_thread() -> Iterator[None]:
    """So small a model is slower with more, and much slower beside other tests."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tiny(one_thread: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a base that runs away when it is asked for a partner."""
    return tiny_pair.base(tmp_path_factory.mktemp("tiny") / "base")


@pytest.fixture(scope="session")
def adapter(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of an adapter taught with a fault, made when it is first asked for."""
    made: dict[str, Path] = {}

    def taught(fault: Any) -> Path:
        from transformers import AutoModelForCausalLM

        from finetune.report.bench.teach import teach

        if fault not in made:
            words = tiny_pair.tokenizer()
            made[fault] = teach(
                AutoModelForCausalLM.from_pretrained(tiny),
                words,
                tiny_pair.examples(300, 1),
                tmp_path_factory.mktemp(fault) / "adapter",
                ends=[words.eos_token_id],
                fault=fault,
                other_end=words.convert_tokens_to_ids(tiny_pair.OTHER_END),
                steps=60,
                batch=16,
                learning_rate=2e-3,
            )
        return made[fault]

    return taught


@pytest.fixture
def models(tiny: Path, adapter: Callable[[str], Path]) -> Callable[[str], Any]:
    """Base and tuned model in this process."""

    def loaded(fault: str = "none", batch: int = 32) -> Any:
        from transformers import AutoModelForCausalLM

        from finetune.report.local import LocalModels, attach

        words = tiny_pair.tokenizer()
        model = attach(AutoModelForCausalLM.from_pretrained(tiny), adapter(fault))
        return LocalModels(model, words, ends=[words.eos_token_id], batch=batch)

    return loaded
