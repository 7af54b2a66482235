"""Draws the pipeline from its stages: `python -m finetune.picture docs/pipeline.md` (or `make pipeline`). A test keeps the file in step."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

PIPELINE = Path(__file__).parents[1] / "dvc.yaml"
PARTS = {
    "corpus": "the corpus: docs/corpus.md",
    "labels": "labels: docs/corpus.md",
    "adapter": "the adapter: docs/finetune.md",
}
"""What `meta.part` of a stage can be, in the order of the work."""


def picture(pipeline: Mapping[str, Any]) -> str:
    """The stages of `dvc.yaml` as Mermaid in Markdown, with what each runs, reads and writes. An arrow is named after the files that it stands for."""
    stages: Mapping[str, Mapping[str, Any]] = pipeline["stages"]
    return (
        "# The pipeline\n\nGenerated from `dvc.yaml` by `make pipeline`. `make corpus` runs it up to `report`, `make adapter` all of it; see docs/corpus.md and\n"
        "docs/finetune.md. Rounded: the run pauses here for people. Six-sided: the gate, where the chain ends for what is not better.\n\n"
        f"```mermaid\n{_drawing(stages)}\n```\n\n{_table(stages)}\n"
    )


def _drawing(stages: Mapping[str, Mapping[str, Any]]) -> str:
    lines = ["flowchart TD"]
    for part, title in PARTS.items():
        lines.append(f'    subgraph {part}["{title}"]')
        lines += [f"        {_id(name)}{_box(name, stage)}" for name, stage in stages.items() if stage["meta"]["part"] == part]
        lines.append("    end")
    for (source, target), files in _arrows(stages).items():
        lines.append(f'    {_id(source)} -- "{"<br>".join(files)}" --> {_id(target)}')
    return "\n".join(lines)


def _box(name: str, stage: Mapping[str, Any]) -> str:
    meta = stage["meta"]
    notes = [f"<i>{meta[key]}</i>" for key in ("pause", "gate") if key in meta]
    if "runs_on" in meta:
        notes.append(f"<i>by setting: on {meta['runs_on']}</i>")
    text = "<br>".join([f"<b>{name}</b>", *notes])
    if "pause" in meta:
        return f'(["{text}"])'
    return f'{{{{"{text}"}}}}' if "gate" in meta else f'["{text}"]'


def _arrows(stages: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str], list[str]]:
    """(who writes, who reads) and the files between them, without their folder. A part of a folder counts as the folder's."""
    writer = {path: name for name, stage in stages.items() for path in written(stage)}
    found: dict[tuple[str, str], list[str]] = {}
    for name, stage in stages.items():
        for path in names(stage.get("deps", [])):
            source = writer.get(path) or next((writer[str(folder)] for folder in Path(path).parents if str(folder) in writer), None)
            if source is not None:
                found.setdefault((source, name), []).append(path.partition("/")[2])
    return found


def _table(stages: Mapping[str, Mapping[str, Any]]) -> str:
    lines = ["| stage | what it does | runs | reads | writes |", "|---|---|---|---|---|"]
    for name, stage in stages.items():
        reads, writes = (", ".join(f"`{path}`" for path in paths) for paths in (names(stage.get("deps", [])), written(stage)))
        lines.append(
            f"| {name} | {stage['desc']} | `{' '.join(str(stage['cmd']).split())}` | {reads} | {writes or 'nothing that DVC keeps'} |"
        )
    return "\n".join(lines)


def written(stage: Mapping[str, Any]) -> list[str]:
    """The paths that a stage writes."""
    return [*names(stage.get("outs", [])), *names(stage.get("metrics", []))]


def names(entries: Iterable[Any]) -> Iterator[str]:
    """The paths of a list in which some have options."""
    for entry in entries:
        yield entry if isinstance(entry, str) else next(iter(entry))


def _id(name: str) -> str:
    return name.replace("-", "_")


def main() -> None:
    text = picture(yaml.safe_load(PIPELINE.read_text(encoding="utf-8")))
    target = Path(sys.argv[1]) if len(sys.argv) == 2 else None
    if target is None:
        sys.stdout.write(text)
    else:
        target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
