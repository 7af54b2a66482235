"""`dvc.yaml`, `params.yaml` and what runs them: the commands are there, and each step reads what an earlier one wrote."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from evals.bench.corpus import commands
from finetune.picture import names, picture, written
from server.cli import app

ROOT = Path(__file__).parents[1]
PIPELINE: dict[str, Any] = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
PARAMS: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
STAGES: dict[str, dict[str, Any]] = PIPELINE["stages"]


COMMANDS = commands(PIPELINE, PARAMS)
OURS = ("corpus/", "model/")
"""Where stages write; nothing of it is committed."""


def deps(name: str) -> list[str]:
    """With the parameters in them."""
    return commands({"stages": {name: {"cmd": " ".join(names(STAGES[name]["deps"]))}}}, PARAMS)[name]


def covers(path: str, others: Iterable[str]) -> bool:
    """Whether it is one of them, or lies in one, or one lies in it."""
    return any(path == other or path.startswith(f"{other}/") or other.startswith(f"{path}/") for other in others)


def upstream(name: str) -> set[str]:
    """The stage and all that it needs."""
    needed = {earlier for earlier in STAGES if any(covers(path, written(STAGES[earlier])) for path in deps(name)) and earlier != name}
    return {name}.union(*(upstream(earlier) for earlier in needed))


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_runs_a_command_that_takes_its_options(name: str) -> None:
    program, *arguments = COMMANDS[name]
    assert program == "hisolver"
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands"):
        command = command.commands[arguments.pop(0)]
    command.make_context(name, arguments)  # raises for an option or a value that is not taken


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_reads_what_is_there_or_what_an_earlier_one_wrote(name: str) -> None:
    order = list(STAGES)
    before = [path for earlier in order[: order.index(name)] for path in written(STAGES[earlier])]
    for path in deps(name):
        assert (
            any(path == other or path.startswith(f"{other}/") for other in before) if path.startswith(OURS) else (ROOT / path).exists()
        ), path


@pytest.mark.parametrize("name", STAGES)
def test_what_a_command_names_is_a_dependency_or_its_own(name: str) -> None:
    for word in COMMANDS[name]:
        if word.startswith(OURS):
            assert covers(word, written(STAGES[name])) or covers(word, deps(name)), word


def test_no_two_stages_write_the_same_and_git_sees_none_of_it() -> None:
    outs = [path for stage in STAGES.values() for path in written(stage)]
    assert len(outs) == len(set(outs)) and all(path.startswith(OURS) for path in outs)
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert all(f"/{folder}" in ignored for folder in OURS)


def test_the_corpus_is_made_without_the_rest_and_a_served_adapter_needs_all_but_the_page_and_the_index() -> None:
    corpus = {"collect-packages", "preprocess", "validate", "index", "report"}
    assert upstream("report") == corpus
    assert re.search(r"^corpus:.*\n(?:\t.*\n)*\t@scripts/dvc\.sh repro report$", (ROOT / "Makefile").read_text(), re.M)
    assert upstream("deploy") == STAGES.keys() - {"index", "report"}


def test_what_people_said_and_what_was_trained_is_not_removed_before_a_stage_runs() -> None:
    kept = {
        path
        for stage in STAGES.values()
        for entry in (*stage.get("outs", []), *stage.get("metrics", []))
        if isinstance(entry, dict)
        for path, options in entry.items()
        if options["persist"]
    }
    assert {"corpus/pairs.jsonl", "corpus/machine_pairs.jsonl", "model/report/samples.jsonl"} <= kept
    assert set(written(STAGES["train"])) <= kept


def test_the_stages_that_depend_on_people_and_on_the_registry_are_asked_every_time() -> None:
    assert [name for name, stage in STAGES.items() if stage.get("always_changed")] == ["label-pull", "publish"]


def test_the_committed_drawing_is_that_of_the_stages() -> None:
    text = (ROOT / "docs" / "pipeline.md").read_text(encoding="utf-8")
    assert text == picture(PIPELINE), "run `make pipeline`"
    for name in STAGES:
        assert f"<b>{name}</b>" in text
    assert 'label_pull(["' in text and 'publish{{"' in text


def test_every_package_of_the_recipe_is_pinned_and_manim_is_the_one_we_render_with() -> None:
    packages = PARAMS["packages"].split()
    assert len(packages) == len(set(packages)) >= 13  # Manim and a dozen
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][\w.]*", package) for package in packages)
    (manim,) = [package for package in packages if package.startswith("manim==")]
    assert f'"{manim}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_remote_lies_outside_the_work_tree_and_names_no_machine() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / ".dvc" / "config")
    url = config["'remote \"local\"'"]["url"]
    assert config["core"]["remote"] == "local" and not Path(url).is_absolute()
    assert ROOT not in (ROOT / ".dvc" / url).resolve().parents


def test_dvc_says_what_to_do_where_hisolver_is_not_set_up(tmp_path: Path) -> None:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "dvc.sh").write_text((ROOT / "scripts" / "dvc.sh").read_text())
    done = subprocess.run(["sh", str(scripts / "dvc.sh"), "repro"], capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
    assert done.returncode == 3 and "scripts/setup.sh corpus" in done.stderr


def test_stages_find_our_command_and_dvc_its_own_python(tmp_path: Path) -> None:
    scripts, ours, its = (tmp_path / name for name in ("scripts", ".venv/bin", ".venv-dvc/bin"))
    for folder in (scripts, ours, its):
        folder.mkdir(parents=True)
    (scripts / "dvc.sh").write_text((ROOT / "scripts" / "dvc.sh").read_text())
    (ours / "hisolver").write_text('#!/bin/sh\necho ours "$@"\n')
    (its / "dvc").write_text('#!/bin/sh\nhisolver called by dvc "$@"\n')
    for path in (ours / "hisolver", its / "dvc"):
        path.chmod(0o755)
    wanted = re.search(r"^WANTED='(.+)'$", (ROOT / "scripts" / "dvc.sh").read_text(), re.M)
    assert wanted
    (its.parent / ".installed").write_text(wanted[1])
    done = subprocess.run(["sh", str(scripts / "dvc.sh"), "repro", "a b"], capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
    assert (done.returncode, done.stdout) == (0, "ours called by dvc repro a b\n")
