"""The tests' own model is a whole one: it loads, renders, and is the same each time."""

from __future__ import annotations

from pathlib import Path

from tests.finetune.tiny import END_OF_TURN, make_dataset, make_tiny


def test_it_loads_and_ends_its_turns_with_one_token(tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    first, second = make_tiny(tmp_path / "first"), make_tiny(tmp_path / "second")
    assert (first / "model.safetensors").read_bytes() == (second / "model.safetensors").read_bytes()
    tokenizer = AutoTokenizer.from_pretrained(first)
    text = tokenizer.apply_chat_template([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}], tokenize=False)
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert ids.count(tokenizer.convert_tokens_to_ids(END_OF_TURN)) == 2 and tokenizer.decode(ids) == text
    model = AutoModelForCausalLM.from_pretrained(first)
    assert model.num_parameters() < 200_000 and model.generation_config.eos_token_id == tokenizer.eos_token_id


def test_no_example_of_a_data_set_is_there_twice(tmp_path: Path) -> None:
    folder = make_dataset(tmp_path)
    lines = [line for name in ("train", "validation", "test") for line in (folder / f"{name}.jsonl").read_text().splitlines()]
    assert len(lines) == len(set(lines)) == 64
