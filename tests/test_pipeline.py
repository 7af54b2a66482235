"""`dvc.yaml`, `params.yaml` and what runs them: the commands are there, and each step reads what an earlier one wrote."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from evals.bench.corpus import commands
from server.cli import app

ROOT = Path(__file__).parents[1]
PIPELINE: dict[str, Any] = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
PARAMS: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
STAGES: dict[str, dict[str, Any]] = PIPELINE["stages"]


def names(entries: list[Any]) -> Iterator[str]:
    for entry in entries:
        yield entry if isinstance(entry, str) else next(iter(entry))


def written(stage: dict[str, Any]) -> set[str]:
    return {*names(stage.get("outs", [])), *names(stage.get("metrics", []))}


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_runs_a_command_that_takes_its_options(name: str) -> None:
    program, *arguments = commands(PIPELINE, PARAMS)[name]
    assert program == "hisolver"
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands"):
        command = command.commands[arguments.pop(0)]
    command.make_context(name, arguments)  # raises for an option or a value that is not taken


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_reads_what_is_there_or_what_an_earlier_one_wrote(name: str) -> None:
    order = list(STAGES)
    before = set().union(*(written(STAGES[earlier]) for earlier in order[: order.index(name)])) if order.index(name) else set()
    for path in names(STAGES[name]["deps"]):
        assert path in before if path.startswith("corpus/") else (ROOT / path).exists(), path


def test_no_two_stages_write_the_same_and_all_of_it_is_in_the_corpus() -> None:
    outs = [path for stage in STAGES.values() for path in written(stage)]
    assert len(outs) == len(set(outs)) and all(path.startswith("corpus/") for path in outs)


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
