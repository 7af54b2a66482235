"""The page says what the report says, and nothing that a model wrote does anything in it."""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest

from finetune.report import run
from finetune.report.page import choose, page
from finetune.report.plots import draw_all
from finetune.report.ports import Answer, Model
from tests.finetune.report.talkers import Believer, ScoringTalker, Talker, held_out, said
from tests.finetune.report.test_run import COMPARED, SKILL

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u202e$\\frac{$\x1b[31m\x00"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def talk(model: Model, asked: str) -> Answer:
    if asked in SKILL:
        return said(SKILL[asked])
    number = int(asked.split()[-1])
    if model == "base":
        return said(f"{EVIL} " * 20, away=True) if number % 2 else said("right" if number % 10 == 0 else "no")
    return said("no" if number % 10 == 0 else f"right {EVIL}\nsecond line")


async def written(folder: Path, models: Talker) -> tuple[run.Made, str]:
    made = await run.make(folder, held_out(), COMPARED, models, Believer(), run.Order(), lambda *_: None)
    limit = made.report["sampling"]["max_new_tokens"]
    return made, page(made, draw_all(made.report["measures"], made.items, made.found, 1, limit))


async def test_nothing_that_a_model_wrote_does_anything(tmp_path: Path) -> None:
    _, text = await written(tmp_path, ScoringTalker(talk))
    tags = Tags()
    tags.feed(text)
    names = {tag for tag, _ in tags.found}
    assert names.isdisjoint({"script", "iframe", "object", "link", "form", "a"})
    assert not any(name.startswith("on") for _, attributes in tags.found for name in attributes)
    assert all((attributes["src"] or "").startswith("data:image/svg+xml;base64,") for tag, attributes in tags.found if tag == "img")
    assert "default-src 'none'" in text
    assert "&lt;script&gt;alert(1)" in text and "second line" in text
    assert not {"\u202e", "\x1b", "\x00"} & set(text)


async def test_every_plot_is_a_whole_picture_and_the_same_again(tmp_path: Path) -> None:
    made, text = await written(tmp_path, ScoringTalker(talk))
    pictures = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', text)
    assert len(pictures) == 5
    for picture in pictures:
        assert ET.fromstring(base64.b64decode(picture)).tag.endswith("svg")
    drawn = draw_all(made.report["measures"], made.items, made.found, 1, 64)
    assert drawn == draw_all(made.report["measures"], made.items, made.found, 1, 64)


async def test_the_gate_and_every_measure_stand_on_it(tmp_path: Path) -> None:
    made, text = await written(tmp_path, ScoringTalker(talk))
    assert made.report["gate"]["passed"] and "It may be published" in text
    for name in made.report["measures"]:
        assert f"<b>{name.replace('_', ' ')}</b>" in text
    assert "50.0 %" in text  # of the base's answers ran away


async def test_without_likelihoods_the_page_does_without_them(tmp_path: Path) -> None:
    _, text = await written(tmp_path, Talker(talk))
    assert "Held-out answers" not in text and "perplexity" not in text


async def test_a_closed_gate_gives_its_reasons(tmp_path: Path) -> None:
    def worse(model: Model, asked: str) -> Answer:
        return talk("tuned" if model == "base" else "base", asked)

    made, text = await written(tmp_path, Talker(worse))
    assert "It is not to be published" in text
    assert len(made.report["gate"]["reasons"]) == 2
    for reason in made.report["gate"]["reasons"]:
        assert reason.split("(")[0] in text


@pytest.mark.parametrize("count", [3, 40])
async def test_differences_are_shown_first_the_worse_among_them(tmp_path: Path, count: int) -> None:
    made = await run.make(tmp_path, held_out(count), COMPARED, Talker(talk), Believer(), run.Order(), lambda *_: None)
    chosen = choose(made.items, made.found)
    assert len(chosen) == min(count, 16) == len({item.id for item in chosen})
    if count == 40:
        worse = [item for item in chosen if int(item.id) % 10 == 0]
        assert len(worse) == 4 and chosen[1] in worse
