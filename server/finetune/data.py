"""`hisolver finetune data make|show`: data sets from the corpus, from verified work and from files of one's own. See docs/finetune.md."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents import errors
from server.corpus.folder import Corpus, corpus_folder
from server.finetune.told import told

if TYPE_CHECKING:
    from finetune.data.stored import Facts

AsJson = Annotated[bool, typer.Option("--json", help="Print dataset.json as one JSON object and nothing else.")]


def register(app: typer.Typer) -> None:
    """Adds the group `data` to `hisolver finetune`."""
    group = typer.Typer(help="Data sets: examples, split, held against the held-out sets, with a card.", no_args_is_help=True)
    group.command("make")(make)
    group.command("show")(show)
    app.add_typer(group, name="data")


def make(
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FOLDER", help="Where the data set goes; one that is there is replaced.")],
    corpus: Corpus = None,
    file: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PATH",
            help="A file of your own: JSON, JSON lines, CSV or Parquet with Alpaca, chat or prompt and completion rows. Without --corpus it is all there is.",
        ),
    ] = None,
    held_out: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PATH", help="A further file or folder that no example may share anything with, beside the installed eval sets."
        ),
    ] = None,
    transcripts: Annotated[
        bool,
        typer.Option(
            "--transcripts/--no-transcripts", help="Use what this server solved, hinted and mended: learners' own words, so personal data."
        ),
    ] = False,
    seed: Annotated[int, typer.Option(help="Decides which group goes to which split.")] = 0,
    validation: Annotated[float, typer.Option(min=0, max=1, help="Share of the groups for validation.")] = 0.1,
    test: Annotated[float, typer.Option(min=0, max=1, help="Share of the groups for the test.")] = 0.1,
    split_by: Annotated[str, typer.Option(metavar="repository|scene", help="What of the corpus stays together.")] = "repository",
    people_only: Annotated[bool, typer.Option("--people-only", help="Leave out pairs that a model labelled.")] = False,
    least_rating: Annotated[int, typer.Option(min=0, max=5, help="Leave out people's pairs that are rated worse, or not at all.")] = 0,
    synthetic: Annotated[int, typer.Option(min=0, help="Repair pairs made by undoing a change of names, at most.")] = 300,
    longest: Annotated[int | None, typer.Option(min=1, metavar="N", help="Leave out answers of more characters.")] = None,
    any_licence: Annotated[
        bool, typer.Option("--any-licence", help="Take code under any licence and under none; the card says so.")
    ] = False,
    short_prompts: Annotated[bool, typer.Option("--short-prompts", help="Leave the worked examples out of the service's prompts.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse data that overlaps with a held-out set instead of leaving it out.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Make a data set."""
    from finetune.data.make import Order
    from finetune.data.make import make as make_set
    from finetune.data.splits import Shares
    from server.settings import load_settings
    from server.terminal import print_json

    if split_by not in ("repository", "scene"):
        raise errors.InputError(f"a split is by repository or scene, not by {split_by!r}")
    settings = load_settings()
    folder = corpus_folder(corpus) if corpus is not None or not (file or transcripts) else None
    with told():
        from server.finetune.transcripts import ChatWork

        order = Order(
            out=out.absolute(),
            corpus=folder,
            files=tuple(file or ()),
            held_out=(eval_sets(), *(held_out or ())),
            work=ChatWork(settings) if transcripts else None,
            library=_library() if folder is not None and synthetic else frozenset(),
            seed=seed,
            shares=Shares(validation, test),
            by="scene" if split_by == "scene" else "repository",
            machine=not people_only,
            least_rating=least_rating,
            synthetic=synthetic,
            longest=longest,
            any_licence=any_licence,
            short=short_prompts,
            strict=strict,
        )
        facts = make_set(order, _tell)
    if json:
        print_json(facts)
    else:
        _print(facts, out)


def show(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A data set.")],
    json: AsJson = False,
) -> None:
    """Say what a data set holds, once its files fit its version."""
    from finetune.data.stored import read_facts
    from server.terminal import print_json

    with told():
        facts = read_facts(folder)
    if json:
        print_json(facts)
    else:
        _print(facts, folder)


def eval_sets() -> Path:
    """The folder of the installed eval sets, which are read as files. Raises `ConfigurationError` where they are not there: a data set that was held against
    nothing would pass for clean."""
    spec = importlib.util.find_spec("evals")
    folder = Path(spec.origin).parent / "datasets" if spec is not None and spec.origin else None
    if folder is None or not folder.is_dir():
        raise errors.ConfigurationError(
            "the eval sets are not installed, so that nothing can be held against them; install HiSolver with its `evals`"
        )
    return folder


def _library() -> frozenset[str]:
    """The names of the installed Manim; none where there is none."""
    from retrieval.errors import RetrievalError
    from retrieval.preprocess.library import installed_library
    from retrieval.sources import manim_docs

    try:
        return installed_library(manim_docs.package_folder(), manim_docs.installed_version()).names
    except RetrievalError:
        return frozenset()


def _tell(doing: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"{doing}\n")


def _print(facts: Facts, folder: Path) -> None:
    from server.terminal import plain

    lines = [
        f"{facts['name']} {facts['version']}: " + ", ".join(f"{count} {name}" for name, count in facts["splits"].items()),
        "tasks: " + ", ".join(f"{name} {count}" for name, count in facts["tasks"].items()),
        *(
            f"held out, {name}: {one['found']} of {one['items']} items found and left out"
            for name, one in facts["overlap"].items()
            if one["found"]
        ),
        *(f"left out, {reason}: {count}" for reason, count in facts["dropped"].items() if count),
        f"it is in {folder}; CARD.md says more",
    ]
    sys.stdout.write(plain("\n".join(lines)) + "\n")
