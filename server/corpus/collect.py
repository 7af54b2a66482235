"""`hisolver corpus collect github|git|packages|folder`: public code into corpus.sqlite. See docs/corpus.md."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from agents.errors import ConfigurationError, InputError, RetrievalError, StorageError
from server.command import FAILED

if TYPE_CHECKING:
    from retrieval.sources.base import Source
    from server.settings import Settings


Folder = Annotated[
    Path | None, typer.Option("--corpus", metavar="FOLDER", help="Where the corpus is; by default corpus/ in HiSolver's data folder.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object and nothing else.")]
Again = Annotated[bool, typer.Option("--again", help="Fetch what did not change too.")]
Workers = Annotated[int, typer.Option(min=1, max=16, help="Repositories fetched at a time.")]
Licence = Annotated[str, typer.Option(help="SPDX identifier of the licence, where you know it; by default that of the licence file.")]


def register(app: typer.Typer) -> None:
    """Adds the group `collect`."""
    group = typer.Typer(help="Collect public code into the corpus; a run that was stopped goes on.", no_args_is_help=True)
    group.command("github")(collect_github)
    group.command("git")(collect_git)
    group.command("packages")(collect_packages)
    group.command("folder")(collect_folder)
    app.add_typer(group, name="collect")


def collect_github(
    repository: Annotated[
        list[str] | None,
        typer.Option(metavar="OWNER/NAME", help="Only this repository; may be given several times. Leaves out the searches."),
    ] = None,
    keyword: Annotated[list[str] | None, typer.Option(help="A word to search for; by default manim, manimgl, manimlib.")] = None,
    topic: Annotated[list[str] | None, typer.Option(help="A topic to search for; by default manim, manim-animations, manimgl.")] = None,
    refresh: Annotated[bool, typer.Option(help="Ask also for what the corpus has already, whether a search finds it or not.")] = False,
    created_after: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Leave out repositories made before.")
    ] = None,
    base_url: Annotated[
        str, typer.Option(help="Base URL of the REST API; of GitHub Enterprise https://HOST/api/v3.")
    ] = "https://api.github.com",
    limit: Annotated[int | None, typer.Option(min=1, help="Fetch at most so many repositories; the next run goes on.")] = None,
    max_wait: Annotated[float, typer.Option(min=0, help="Longest wait in seconds for a rate limit; a longer one ends the run.")] = 3900.0,
    workers: Workers = 4,
    again: Again = False,
    corpus: Folder = None,
    json: AsJson = False,
) -> None:
    """Collect repositories of GitHub that mention Manim: one archive each, only of what changed. HISOLVER_GITHUB_TOKEN gives more requests."""
    from retrieval.sources import github
    from retrieval.sources.github_search import FOUNDED
    from retrieval.sources.waiting import Waiter
    from retrieval.store import FILE_NAME, read_repositories

    chosen = bool(repository or keyword or topic)

    def source(settings: Settings, folder: Path) -> Source:
        known = (
            [row.name for row in read_repositories(folder) if row.source == "github"] if refresh and (folder / FILE_NAME).is_file() else []
        )
        wanted = github.Wanted(
            keywords=keyword or (() if chosen else github.KEYWORDS),
            topics=topic or (() if chosen else github.TOPICS),
            repositories=repository or (),
            known=known,
            first=created_after.date() if created_after is not None else FOUNDED,
        )
        token = settings.github_token.get_secret_value()
        if any(sign.isspace() or not sign.isprintable() or ord(sign) > 126 for sign in token):
            raise ConfigurationError("HISOLVER_GITHUB_TOKEN has a character in it that no token has")
        return github.GithubSource(
            wanted,
            user_agent=user_agent(),
            base_url=base_url,
            token=token,
            workers=workers,
            max_wait=max_wait,
            waiter=Waiter(_say),
        )

    _collect(source, corpus, again=again, limit=limit, as_json=json)


def collect_git(
    repositories: Annotated[
        list[str], typer.Argument(metavar="URL...", help="https://..., ssh://..., or the folder of a repository, bare or not.")
    ],
    licence: Licence = "",
    workers: Workers = 2,
    again: Again = False,
    corpus: Folder = None,
    json: AsJson = False,
) -> None:
    """Collect git repositories, remote or local: the latest commit, read without a checkout."""
    from retrieval.sources.git import GitSource

    _collect(
        lambda settings, folder: GitSource(repositories, user_agent=user_agent(), environment=os.environ, licence=licence, workers=workers),
        corpus,
        again=again,
        as_json=json,
    )


def collect_packages(
    distributions: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME[==VERSION]]...", help="Names, wheels or source distributions; by default Manim and what is installed for it."
        ),
    ] = None,
    download: Annotated[bool, typer.Option("--download", help="Take them from pip's index; nothing of them is installed or run.")] = False,
    workers: Workers = 2,
    again: Again = False,
    corpus: Folder = None,
    json: AsJson = False,
) -> None:
    """Collect Python distributions: Manim itself and its plugins."""
    from retrieval.sources.packages import PackagesSource

    _collect(
        lambda settings, folder: PackagesSource(
            distributions or [], environment=os.environ, user_agent=user_agent(), fetch_them=download, workers=workers
        ),
        corpus,
        again=again,
        as_json=json,
    )


def collect_folder(
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER...", help="Folders with Python files or notebooks.")],
    licence: Licence = "",
    again: Again = False,
    corpus: Folder = None,
    json: AsJson = False,
) -> None:
    """Collect files from folders of this machine."""
    from retrieval.sources.folder import FolderSource

    _collect(lambda settings, folder: FolderSource(folders, licence=licence), corpus, again=again, as_json=json)


def corpus_folder(folder: Path | None, settings: Settings) -> Path:
    """The folder of the corpus, absolute. It need not be there."""
    return (folder.expanduser() if folder is not None else settings.data_dir / "corpus").absolute()


def user_agent() -> str:
    """What the servers that we ask are told."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"hisolver/{version('hisolver')} (scene corpus)"
    except PackageNotFoundError:
        return "hisolver (scene corpus)"


@contextmanager
def told_as_ours() -> Iterator[None]:
    """Errors of `retrieval` as those that the command line knows the exit codes of."""
    from retrieval import errors

    try:
        yield
    except errors.CredentialsError as error:
        raise ConfigurationError(error.message) from error
    except errors.RequestError as error:
        raise InputError(error.message) from error
    except errors.CorpusError as error:
        raise StorageError(error.message) from error
    except errors.RetrievalError as error:
        raise RetrievalError(error.message) from error


def _collect(
    source: Callable[[Settings, Path], Source], corpus: Path | None, *, again: bool, as_json: bool, limit: int | None = None
) -> NoReturn:
    from retrieval.collect import collect
    from retrieval.opt_out import opt_out
    from server.settings import load_settings
    from server.terminal import print_json

    settings = load_settings()
    folder = corpus_folder(corpus, settings)
    from server.corpus.progress import Bar

    with told_as_ours(), Bar("looking") as bar:
        summary = collect(source(settings, folder), folder, opt_out=opt_out(folder), progress=bar, again=again, limit=limit)
    if as_json:
        print_json(summary)
    else:
        _show(summary, folder)
    outcomes = summary["repositories"]
    raise typer.Exit(FAILED if outcomes.keys() & {"failed", "gone"} and not outcomes.keys() & {"collected", "empty", "unchanged"} else 0)


def _show(summary: dict[str, Any], folder: Path) -> None:
    outcomes = ", ".join(f"{count} {name}" for name, count in summary["repositories"].items()) or "none"
    typer.echo(f"repositories: {outcomes}")
    typer.echo(f"files: {summary['files']} in {summary['seconds']} s; the corpus has {summary['corpus']['files']}, in {folder}")
    for title, counts in (("reasons", summary["reasons"]), ("files left out", summary["skipped_files"])):
        if counts:
            typer.echo(f"{title}: " + ", ".join(f"{name} {count}" for name, count in counts.items()))


def _say(text: str) -> None:
    sys.stderr.write(f"hisolver: {' '.join(text.split())}\n")
