"""Which project on which server belongs to a corpus: `label.project.json`, written before the project is made, so that a kill makes no second one."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from retrieval.errors import LabelError
from retrieval.labels.client import LabelServer
from retrieval.labels.lines import write_json
from retrieval.labels.page import FIELDS, config
from retrieval.labels.tasks import VERSION

NAME = "label.project.json"
ANEW = "hisolver corpus label push --anew"


@dataclass(frozen=True, slots=True)
class Project:
    """`marker` stands in the project's description on the server; `number` is None between the decision to make it and the server's answer."""

    url: str
    marker: str
    number: int | None


def known_project(corpus: Path) -> Project | None:
    """What the corpus remembers. Raises `LabelError`."""
    path = corpus / NAME
    try:
        row = json.loads(path.read_bytes())
        return Project(str(row["url"]), str(row["marker"]), None if row["number"] is None else int(row["number"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LabelError(
            f"{path} cannot be read ({type(error).__name__}); remove it, and name the project with --project", "input"
        ) from error


def open_project(corpus: Path, server: LabelServer, url: str) -> int:
    """The number of the corpus's project, which must be there. Raises `LabelError`."""
    known = known_project(corpus)
    if known is None or known.number is None:
        raise LabelError(f"{corpus} has no labelling project; make one with `hisolver corpus label push`", "input")
    _check(corpus, server, known, url)
    return known.number


def make_project(
    corpus: Path, server: LabelServer, url: str, *, title: str, labellers: int, number: int | None = None, anew: bool = False
) -> int:
    """The corpus's project, made where there is none. `number` takes one that is there; `anew` forgets the one that was. Raises `LabelError`."""
    known = None if anew else known_project(corpus)
    if number is not None:
        known = Project(url, known.marker if known else _marker(), number)
        _check(corpus, server, known, url)
        _remember(corpus, known)
        return number
    if known is not None and known.number is not None:
        _check(corpus, server, known, url)
        return known.number
    if known is None or known.url != url:
        known = Project(url, _marker(), None)
        _remember(corpus, known)
    made = server.find_project(known.marker)
    if made is None:
        made = server.create_project(_settings(title, known.marker, labellers))
    _remember(corpus, replace(known, number=made))
    return made


def _check(corpus: Path, server: LabelServer, known: Project, url: str) -> None:
    """The project must be there, with our fields. A server that moved to another address, or port, is known by the marker in its project."""
    if known.url != url:
        if server.find_project(known.marker) != known.number:
            raise LabelError(
                f"this corpus is labelled at {known.url}, and {url} does not have its project; set HISOLVER_LABELS_URL back, "
                f"name the project there with --project, or make a new one with `{ANEW}`",
                "input",
            )
        _remember(corpus, replace(known, url=url))
    assert known.number is not None  # noqa: S101 - the callers look
    try:
        found = server.project_config(known.number)
    except LabelError as error:
        if error.fault != "gone":
            raise
        raise LabelError(
            f"project {known.number} is gone from {url} (deleted there?); what was pulled before is kept; make a new project with `{ANEW}`",
            "gone",
        ) from error
    missing = [name for name in sorted(FIELDS) if f'name="{name}"' not in found]
    if missing:
        raise LabelError(
            f"project {known.number} at {url} has no field {', '.join(missing)}; its labelling page was changed, or it is another project",
            "refused",
        )


def _settings(title: str, marker: str, labellers: int) -> dict[str, Any]:
    return {
        "title": title[:50],  # the most that Label Studio takes
        "description": f"Scenes of HiSolver's corpus, to be described, tagged and rated. ({marker})",
        "label_config": config(),
        "expert_instruction": "Say in one or two sentences what a viewer sees, as somebody would ask for it. Choose the tags that fit. Rate how good an example it is, from 1 to 5.",
        "maximum_annotations": labellers,
        "show_collab_predictions": True,
        "model_version": VERSION,
    }


def _marker() -> str:
    return f"hisolver-corpus-{secrets.token_hex(8)}"


def _remember(corpus: Path, project: Project) -> None:
    write_json(corpus / NAME, asdict(project))
