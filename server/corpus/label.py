"""`hisolver corpus label ...`: people describe, tag and rate scenes in Label Studio; where there are no people, a model describes them, and is marked."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from server.command import leave, run_job


class DraftBy(StrEnum):
    """Who writes what tasks are filled with; `auto` is the model where there is one."""

    AUTO = "auto"
    MODEL = "model"
    FOUND = "found"


class LabelledBy(StrEnum):
    """Whose labels the pipeline goes on with."""

    PEOPLE = "people"
    MACHINE = "machine"


class MediaBy(StrEnum):
    """How pictures and videos come to the page; `auto` is local for the server that `start` runs."""

    AUTO = "auto"
    LOCAL = "local"
    INLINE = "inline"


Corpus = Annotated[Path | None, typer.Option("--corpus", metavar="FOLDER", help="The corpus; by default in HiSolver's data folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object and nothing else.")]
Duplicates = Annotated[bool, typer.Option("--duplicates", help="All of near-duplicate scenes, not one of each group.")]
Limit = Annotated[int | None, typer.Option(min=1, help="How many scenes at most, this time.")]
By = Annotated[LabelledBy, typer.Option("--by", help="people: in Label Studio; machine: the model, and marked as such.")]


def register(app: typer.Typer) -> None:
    """Adds the group `label` to the commands of the corpus."""
    label = typer.Typer(help="Descriptions, tags and ratings of scenes, by people or, marked as such, by a model.", no_args_is_help=True)
    app.add_typer(label, name="label")
    for command in (start, push, pull, agreement, export, machine, ask, gather):
        label.command(command.__name__)(command)


def start(
    corpus: Corpus = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port that it listens on.")] = 8080,
    host: Annotated[str, typer.Option(help="Address that it listens on.")] = "127.0.0.1",
    email: Annotated[str, typer.Option(help="Its first user.")] = "labels@example.com",
) -> None:
    """Run a Label Studio for this corpus until stopped; push and pull then find it by themselves."""
    from server.corpus.label_studio import start_job

    run_job(start_job(corpus, port=port, host=host, email=email), log_level="INFO")


def push(
    corpus: Corpus = None,
    limit: Limit = None,
    draft: Annotated[DraftBy, typer.Option(help="Who writes the drafts.")] = DraftBy.AUTO,
    media: Annotated[MediaBy, typer.Option(help="local: files that the server sees; inline: inside the tasks.")] = MediaBy.AUTO,
    videos: Annotated[bool, typer.Option(help="Render the videos that are missing.")] = True,
    duplicates: Duplicates = False,
    labellers: Annotated[int, typer.Option(min=1, max=20, help="How many people label each scene; for a new project.")] = 2,
    title: Annotated[str, typer.Option(help="Title of a new project.")] = "HiSolver scenes",
    project: Annotated[int | None, typer.Option(min=1, help="Use this project of the server instead of making one.")] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Make a new project, for instance after the old one was deleted.")] = False,
    json: AsJson = False,
) -> None:
    """Add the scenes that are not there yet to the labelling project, which is made at the first time."""
    from server.corpus.labelling import Push, push_job

    wanted = Push(limit, draft.value, media.value, videos, duplicates, labellers, title, project, anew)
    run_job(push_job(corpus, wanted, as_json=json))


def pull(corpus: Corpus = None, json: AsJson = False) -> None:
    """Fetch what people have labelled into annotations.jsonl and labels.jsonl."""
    from server.corpus.labelling import pull_job

    run_job(pull_job(corpus, as_json=json))


def agreement(corpus: Corpus = None, json: AsJson = False) -> None:
    """Tell how far labellers agree on what was pulled."""
    from server.corpus.labelling import agreement_report

    leave(agreement_report(corpus, as_json=json))


def export(
    corpus: Corpus = None,
    machine: Annotated[bool, typer.Option("--machine", help="The model's descriptions, into machine_pairs.jsonl.")] = False,
    rating: Annotated[int, typer.Option(min=0, max=5, help="Leave out what is rated lower, or not at all.")] = 0,
    json: AsJson = False,
) -> None:
    """Write prompt/code pairs with who and when: people's into pairs.jsonl."""
    from server.corpus.labelling import export_pairs

    leave(export_pairs(corpus, machine=machine, least_rating=rating, as_json=json))


def machine(
    corpus: Corpus = None,
    limit: Limit = None,
    duplicates: Duplicates = False,
    again: Annotated[bool, typer.Option("--again", help="Also the scenes that another model described.")] = False,
    json: AsJson = False,
) -> None:
    """Let the configured model describe scenes, into machine_labels.jsonl."""
    from server.corpus.labelling import machine_job

    run_job(machine_job(corpus, limit=limit, duplicates=duplicates, again=again, as_json=json))


def ask(
    corpus: Corpus = None,
    by: By = LabelledBy.PEOPLE,
    first: Annotated[int | None, typer.Option(min=1, help="How many scenes in all: the same ones every time. By default all.")] = None,
    labellers: Annotated[int, typer.Option(min=1, max=20, help="How many people label each scene; for a new project.")] = 2,
    json: AsJson = False,
) -> None:
    """Ask for labels, as a step of the pipeline: fill the labelling project, or let the model describe the scenes."""
    from server.corpus.label_steps import ask_job

    run_job(ask_job(corpus, by, first=first, labellers=labellers, as_json=json))


def gather(
    corpus: Corpus = None,
    by: By = LabelledBy.PEOPLE,
    at_least: Annotated[
        int,
        typer.Option("--at-least", min=1, help="While fewer scenes are described, end with exit code 1; the same command goes on later."),
    ] = 1,
    rating: Annotated[int, typer.Option(min=0, max=5, help="Leave out what people rated lower, or not at all.")] = 0,
    json: AsJson = False,
) -> None:
    """Gather what was said, as a step of the pipeline: pull from Label Studio, then write the pairs once there are enough."""
    from server.corpus.label_steps import gather_job

    run_job(gather_job(corpus, by, at_least=at_least, least_rating=rating, as_json=json))
