"""The jobs of `hisolver corpus label`: `retrieval.labels` with the settings, the model and the renderer of this house."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agents.errors import ConfigurationError, RetrievalError, StorageError, TutorError
from retrieval.errors import LabelError
from server.settings import Settings, load_settings
from server.terminal import Screen, plain, print_json

if TYPE_CHECKING:
    from retrieval.labels.client import SdkServer
    from server.corpus.describing import Preparer


@dataclass(frozen=True, slots=True)
class Push:
    """What `push` was told; see its options in `server.corpus.label`."""

    limit: int | None
    draft: str
    media: str
    videos: bool
    duplicates: bool
    labellers: int
    title: str
    project: int | None
    anew: bool
    first: int | None = None
    """Of the scenes by their ids, which are hashes: the same sample every time. None takes all."""


def corpus_folder(corpus: Path | None, settings: Settings) -> Path:
    return (corpus or settings.data_dir / "corpus").expanduser().absolute()


async def push_job(corpus: Path | None, wanted: Push, *, as_json: bool) -> int:
    """New scenes become tasks. Raises `TutorError`s."""
    from retrieval.labels.lines import label_lock
    from retrieval.labels.project import make_project
    from retrieval.labels.scenes import choose
    from retrieval.labels.sync import push
    from retrieval.labels.tasks import inline_media, local_media

    settings = load_settings()
    folder = corpus_folder(corpus, settings)
    with faults(), Screen(quiet=as_json) as screen:
        url, key, root = _server(settings, folder)
        chosen = await asyncio.to_thread(choose, folder, duplicates=wanted.duplicates)
        local = wanted.media == "local" or (wanted.media == "auto" and root is not None)
        with label_lock(folder) as lock, _sdk(settings, url, key, lock) as server:
            await asyncio.to_thread(server.whoami)
            number = await asyncio.to_thread(
                make_project, folder, server, url, title=wanted.title, labellers=wanted.labellers, number=wanted.project, anew=wanted.anew
            )
            if local:
                for name in ("thumbnails", "videos"):
                    (folder / name).mkdir(exist_ok=True)
                await asyncio.to_thread(server.serve_folders, number, [str(folder / "thumbnails"), str(folder / "videos")])
            async with _preparer(settings, folder, wanted) as preparer:
                counts = await push(
                    server,
                    number,
                    chosen.scenes[: wanted.first],
                    preparer,
                    local_media(folder, root) if local else inline_media(folder),
                    limit=wanted.limit,
                    told=lambda done, of: screen.wait(f"{done} of {of} tasks"),
                )
    report = {
        "project": number,
        "url": f"{url}/projects/{number}",
        **counts,
        "left out": dict(chosen.left_out),
        "remarks": dict(preparer.remarks),
    }
    show(report, as_json)
    return 0


async def pull_job(corpus: Path | None, *, as_json: bool) -> int:
    """Annotations become labels. Raises `TutorError`s."""
    settings = load_settings()
    with faults():
        summary = await pulled(settings, corpus_folder(corpus, settings))
    show(summary, as_json)
    return 0


async def pulled(settings: Settings, folder: Path) -> dict[str, Any]:
    """The same, and what it found. Raises `LabelError`, `ConfigurationError`."""
    from retrieval.labels.lines import label_lock
    from retrieval.labels.project import open_project
    from retrieval.labels.sync import pull

    url, key, _ = _server(settings, folder)
    with label_lock(folder) as lock, _sdk(settings, url, key, lock) as server:
        await asyncio.to_thread(server.whoami)
        number = await asyncio.to_thread(open_project, folder, server, url)
        return await asyncio.to_thread(pull, server, number, folder)


def agreement_report(corpus: Path | None, *, as_json: bool) -> int:
    """How far labellers agree, of what was pulled. Raises `TutorError`s."""
    from retrieval.labels.agreement import agreement
    from retrieval.labels.lines import read_annotation_row, read_rows
    from retrieval.labels.records import labels_of

    folder = corpus_folder(corpus, load_settings())
    with faults():
        annotations = read_rows(folder / "annotations.jsonl", read_annotation_row)
        if not annotations:
            raise LabelError(f"nothing was pulled into {folder} yet; run `hisolver corpus label pull`", "input")
        report = agreement(labels_of(annotations), {one.id: one.draft for one in annotations})
    show(report, as_json)
    return 0


def export_pairs(corpus: Path | None, *, machine: bool, least_rating: int, as_json: bool) -> int:
    """Writes the pairs. Raises `TutorError`s."""
    from retrieval.labels.export import pairs_of, write_pairs

    folder = corpus_folder(corpus, load_settings())
    with faults():
        rows, counts = pairs_of(folder, machine=machine, least_rating=least_rating)
        if not machine and not (folder / "labels.jsonl").is_file():
            raise LabelError(f"there is no {folder / 'labels.jsonl'}; run `hisolver corpus label pull`, or export --machine", "input")
        path = write_pairs(folder, rows, machine=machine)
    show({"file": str(path), **counts}, as_json)
    return 0


async def machine_job(
    corpus: Path | None, *, limit: int | None, duplicates: bool, again: bool, as_json: bool, first: int | None = None
) -> int:
    """The model describes scenes; `first` as in `Push`. Raises `TutorError`s."""
    from retrieval.labels.lines import label_lock
    from retrieval.labels.machine import NAME, describe_all, machine_labels
    from retrieval.labels.scenes import choose
    from server.corpus.describing import ModelDescriber, model_name
    from server.ports import Ports

    settings = load_settings()
    folder = corpus_folder(corpus, settings)
    ports = Ports(settings)
    try:
        with faults(), label_lock(folder), Screen(quiet=as_json) as screen:
            scenes = (await asyncio.to_thread(choose, folder, duplicates=duplicates)).scenes[:first]
            if limit is not None:
                there = machine_labels(folder)
                scenes = [scene for scene in scenes if again or scene.id not in there][:limit]
            screen.wait("opening the model")
            describer = ModelDescriber(await ports.model(), model_name(settings))
            _, counts = await describe_all(
                folder, scenes, describer, again=again, told=lambda done, of: screen.wait(f"{done} of {of} scenes described")
            )
    finally:
        await ports.aclose()
    show({"file": str(folder / NAME), "by": describer.name, **counts}, as_json)
    return 0


def _server(settings: Settings, corpus: Path) -> tuple[str, str, Path | None]:
    """Address and key of the Label Studio, and the folder that it serves files of, if that holds this corpus. Raises `ConfigurationError`."""
    from server.corpus.label_studio import read_login

    login = read_login(settings)
    key = settings.labels_key.get_secret_value()
    ours = login if login is not None and settings.labels_url in ("", login.url) else None
    if ours is None and not settings.labels_url:
        raise ConfigurationError(
            "there is no Label Studio: start one with `hisolver corpus label start`, or set HISOLVER_LABELS_URL and HISOLVER_LABELS_KEY"
        )
    if ours is None:
        if not key:
            raise ConfigurationError("HISOLVER_LABELS_KEY is not set: an access token of Label Studio's Account & Settings page")
        return settings.labels_url, key, None
    root = Path(ours.corpus)
    return ours.url, key or ours.key, root if corpus.is_relative_to(root) else None


def _sdk(settings: Settings, url: str, key: str, lock: int) -> SdkServer:
    from retrieval.labels.client import SdkServer
    from server.corpus.label_studio import labels_python

    return SdkServer(labels_python(settings), url, key, environment=_environment(url), hold=(lock,))


def _environment(url: str) -> dict[str, str]:
    """What the SDK may know: where proxies and certificates are, none of our settings, and no proxy on loopback."""
    host = urlsplit(url).hostname or ""
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    kept: Mapping[str, str] = {
        name: value for name, value in os.environ.items() if not name.upper().startswith(("HISOLVER_", "LABEL_STUDIO_", "PYTHON"))
    }
    return {name: value for name, value in kept.items() if not (loopback and name.upper().endswith("_PROXY"))}


@asynccontextmanager
async def _preparer(settings: Settings, corpus: Path, wanted: Push) -> AsyncIterator[Preparer]:
    """Drafts and videos for a push; the model and the sandbox are opened when they are needed, and closed with it."""
    from server.corpus.describing import ModelDescriber, Preparer, model_name
    from server.ports import LazyModel, Ports

    ports = Ports(settings)
    try:
        renderer = (await ports.context()).renderer if wanted.videos else None
        describer = ModelDescriber(LazyModel(ports.model), model_name(settings)) if wanted.draft != "found" else None
        yield Preparer(corpus, describer, renderer, optional=wanted.draft == "auto")
    finally:
        await ports.aclose()


@contextmanager
def faults() -> Iterator[None]:
    """Labelling's errors as the command line's: 2 where the caller must change something, 3 where something around must be mended."""
    try:
        yield
    except LabelError as error:
        raise _typed(error) from error


def _typed(error: LabelError) -> TutorError:
    if error.fault in ("input", "key"):
        return ConfigurationError(error.message)
    return StorageError(error.message) if error.fault == "disk" else RetrievalError(error.message)


def show(report: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(dict(report))
        return
    for line in _lines(report, ""):
        sys.stdout.write(plain(line) + "\n")


def _lines(report: Mapping[str, Any], indent: str) -> Iterator[str]:
    for name, value in report.items():
        if isinstance(value, Mapping):
            if value:
                yield f"{indent}{name}:"
                yield from _lines(value, indent + "  ")
        else:
            yield f"{indent}{name}: {'-' if value is None else value}"
