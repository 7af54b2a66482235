"""The page over the corpus: right numbers, whatever steps have run, and nothing of strangers' that does anything."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from retrieval.errors import RetrievalError
from retrieval.records import Origin
from retrieval.report.facts import SAMPLE, gather
from retrieval.report.page import page
from retrieval.report.plots import draw_all
from retrieval.validate.run import Order, validate
from tests.retrieval.validate.conftest import Obedient, record, write

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u202e$\\frac{$"


def collected(corpus: Path, files: Mapping[str, str]) -> None:
    corpus.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(corpus / "corpus.sqlite") as store:
        store.execute(
            "CREATE TABLE repositories (id INTEGER PRIMARY KEY, source, name, licence, revision, fetched_at, etag, pushed_at, state, reason)"
        )
        store.execute("CREATE TABLE files (repository, path, sha256)")
        store.execute(
            "INSERT INTO repositories (source, name, state) VALUES ('packages', 'made==1', 'collected'), ('github', 'a/b', 'gone')"
        )
        store.executemany("INSERT INTO files VALUES (1, ?, ?)", files.items())
    store.close()


async def full(corpus: Path, renderer: Obedient) -> None:
    collected(corpus, {"a.py": "1", "b.py": "2", "c.py": "2"})
    origin = Origin("packages", "made==1", "1", "a.py")
    first = record("First", origin=origin)
    write(
        corpus,
        [
            first,
            record("Second", cluster=first.id, origin=origin),
            record("Bad", "fails", origin=origin),
            record("Old", flavour="manimlib", origin=Origin("github", "a/b", "1", "x.py")),
        ],
    )
    await validate(corpus, renderer, Order())
    (corpus / "collect.summary.json").write_text('{"step": "collect", "repositories": {"collected": 1}}')


class Tags(HTMLParser):
    """Elements of a page and its links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words += data


async def test_the_numbers_are_those_of_the_files(tmp_path: Path, renderer: Obedient) -> None:
    await full(tmp_path, renderer)
    facts = gather(tmp_path)
    assert facts.funnel == [
        ("files", 3),
        ("different files", 2),
        ("scenes", 4),
        ("without near-duplicates", 3),
        ("tried", 2),
        ("rendered", 1),
        ("rendered, distinct", 1),
    ]
    assert facts.flavours == {
        ("community", "rendered"): 1,
        ("community", "failed"): 1,
        ("community", "not tried"): 1,
        ("manimlib", "not tried"): 1,
    }
    assert facts.per_repository[("made==1", "rendered")] == 1 and facts.per_repository[("a/b", "not tried")] == 1
    assert facts.errors == {"api": 1} and facts.reasons == {"a near-duplicate of one that renders": 1, "written for manimlib": 1}
    assert facts.collected == {("packages", "collected"): 1, ("github", "gone"): 1}


async def test_the_page_needs_nothing_but_itself(tmp_path: Path, renderer: Obedient) -> None:
    await full(tmp_path, renderer)
    facts = gather(tmp_path)
    text = page(facts, draw_all(facts))
    tags = Tags(text)
    links = [value for name, value in tags.attributes if name in ("src", "href", "action", "data", "srcset")]
    assert links and all(value.startswith("data:image/") for value in links)
    assert not {"script", "link", "iframe", "object", "form"} & tags.names
    assert "distinct scenes that render" in tags.words and "no such thing" in tags.words and "hisolver corpus index" in tags.words


async def test_the_same_facts_give_the_same_page(tmp_path: Path, renderer: Obedient) -> None:
    await full(tmp_path, renderer)
    made = {page(facts, draw_all(facts)) for facts in (gather(tmp_path), gather(tmp_path))}
    assert len(made) == 1


async def test_what_strangers_wrote_is_text_and_nothing_else(tmp_path: Path, renderer: Obedient) -> None:
    one = record("Shown", origin=Origin("github", EVIL, "1", "x.py"))
    write(tmp_path, [one])
    await validate(tmp_path, renderer, Order())
    for name, change in {
        "scenes.jsonl": {"licence": EVIL, "source": EVIL, "scene": EVIL, "flavour": EVIL, "migrated": [EVIL]},
        "validated.jsonl": {"shown": [{"kind": EVIL}], "layout": [{"kind": EVIL}]},
    }.items():
        path = tmp_path / name
        path.write_text(json.dumps(json.loads(path.read_text()) | change) + "\n")
    failed = {"id": "0" * 16, "ok": False, "error": {"kind": EVIL, "message": EVIL}}
    with (tmp_path / "validated.jsonl").open("a") as file:
        file.write(json.dumps(failed) + "\n")
    with (tmp_path / "scenes.jsonl").open("a") as file:
        file.write(json.dumps({"id": "0" * 16, "scene": EVIL}) + "\n")
    (tmp_path / "index.summary.json").write_text(json.dumps({EVIL: EVIL, "inner": {EVIL: [EVIL]}}))
    facts = gather(tmp_path)
    text = page(facts, draw_all(facts))
    tags = Tags(text)
    assert "script" not in tags.names and not any(name.startswith("on") for name, _ in tags.attributes)
    assert "alert(1)" in tags.words and "\u202e" not in text
    for svg in re.findall(r"data:image/svg\+xml;base64,([^\"]+)", text):
        tree = ET.fromstring(base64.b64decode(svg))
        assert not [element.tag for element in tree.iter() if str(element.tag).endswith(("script", "image", "foreignObject", "}a"))]


async def test_pictures_that_are_none_or_lie_elsewhere_are_left_out(tmp_path: Path, renderer: Obedient) -> None:
    records = [record(f"Scene{number}") for number in range(4)]
    write(tmp_path, records)
    await validate(tmp_path, renderer, Order())
    lines = [json.loads(line) for line in (tmp_path / "validated.jsonl").read_text().splitlines()]
    thumbnails = [tmp_path / line["thumbnail"] for line in lines]
    thumbnails[0].unlink()
    thumbnails[1].unlink()
    thumbnails[1].write_bytes(b"<svg onload='alert(1)'/>")
    thumbnails[2].unlink()
    thumbnails[2].symlink_to("/etc/hostname")
    lines[3]["thumbnail"] = "/etc/hostname"
    (tmp_path / "validated.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert gather(tmp_path).sample == []


async def test_the_sample_is_taken_from_all_repositories(tmp_path: Path, renderer: Obedient) -> None:
    large = [record(f"Large{number}", origin=Origin("github", "large", "1", "x.py")) for number in range(40)]
    small = [record("Small", origin=Origin("github", "small", "1", "x.py"))]
    write(tmp_path, large + small)
    await validate(tmp_path, renderer, Order())
    sample = gather(tmp_path).sample
    assert len(sample) == SAMPLE and [picture.scene for picture in sample].count("Small") == 1


@pytest.mark.parametrize("kept", [("corpus.sqlite",), ("scenes.jsonl",), ("collect.summary.json",), ("scenes.jsonl", "validated.jsonl")])
async def test_any_steps_that_have_run_make_a_page(tmp_path: Path, renderer: Obedient, kept: tuple[str, ...]) -> None:
    await full(tmp_path, renderer)
    for path in tmp_path.iterdir():
        if path.is_file() and path.name not in kept:
            path.unlink()
    facts = gather(tmp_path)
    assert "Not yet run" in page(facts, draw_all(facts))


@pytest.mark.parametrize("name", ["validated.jsonl", "scenes.jsonl", "collect.summary.json", "corpus.sqlite"])
@pytest.mark.parametrize("content", [b"\0\xff{", b'"x"\n', b'{"id": '])
async def test_a_damaged_file_is_named(tmp_path: Path, renderer: Obedient, name: str, content: bytes) -> None:
    await full(tmp_path, renderer)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RetrievalError, match=re.escape(name)):
        gather(tmp_path)


def test_an_empty_folder_says_where_to_begin(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(RetrievalError, match="hisolver corpus collect"):
            gather(folder)


def command(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> Any:
    from server.cli import run

    return run(["corpus", "report", *arguments]), capsys.readouterr()


def test_the_command_says_what_is_missing_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = command(["--corpus", str(tmp_path / "none"), "-o", str(tmp_path / "report.html")], capsys)
    assert code == 3 and "hisolver corpus collect" in said.err and not list(tmp_path.iterdir())


async def test_the_command_writes_the_page(tmp_path: Path, renderer: Obedient, capsys: pytest.CaptureFixture[str]) -> None:
    await full(tmp_path / "corpus", renderer)
    out = tmp_path / "new" / "report.html"
    code, said = command(["--corpus", str(tmp_path / "corpus"), "-o", str(out)], capsys)
    assert code == 0 and said.out.strip() == str(out) and out.read_text().startswith("<!DOCTYPE html>")
