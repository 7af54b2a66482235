"""`hisolver finetune report`: base against tuned model on the same held-out items, with the gate's decision."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agents import errors
from finetune.errors import BaseModelError, ConfigError, DataError, RegistryError
from server.command import run_job
from server.finetune.told import quieten, told

if TYPE_CHECKING:
    from finetune.report.items import DataSet, Item
    from finetune.report.ports import Generates, Judge, Verdict
    from finetune.report.run import Order
    from server.settings import Settings

PAGE = "report.html"
INSTALL = "scripts/setup.sh finetune"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where both models are served, and under which names."""

    url: str
    base: str
    tuned: str
    key: str


@dataclass(frozen=True, slots=True)
class Run:
    """A run of `hisolver finetune train`: its adapter's folder, and what `run.json` says."""

    folder: Path
    adapter: Path
    described: Mapping[str, Any]


def register(app: typer.Typer) -> None:
    """Adds the command to `hisolver finetune`."""
    app.command("report")(finetune_report)


def finetune_report(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run, as `hisolver finetune train` makes it.")],
    data: Annotated[
        Path | None, typer.Option("--data", metavar="FOLDER", help="The data set whose test split is asked; by default the run's.")
    ] = None,
    items: Annotated[int | None, typer.Option(min=1, help="Held-out items that are asked at most; by default all.")] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FOLDER", help="Where it goes; by default `report` in the run.")
    ] = None,
    primary: Annotated[
        str, typer.Option(help="What must get better: success, or runaway for an adapter that is to teach the stop.")
    ] = "success",
    max_new_tokens: Annotated[
        int | None, typer.Option(min=1, max=32768, help="Tokens of an answer at most; by default twice what held-out answers need.")
    ] = None,
    samples: Annotated[int, typer.Option(min=1, max=100, help="Answers an item; more than one needs a temperature.")] = 1,
    temperature: Annotated[float, typer.Option(min=0, max=2, help="0 takes the likeliest token each time.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Of drawn answers, and of the unrelated items.")] = 0,
    batch: Annotated[int, typer.Option(min=1, max=512, help="Answers that are written at the same time.")] = 16,
    endpoint: Annotated[
        str | None,
        typer.Option(metavar="URL", help="An OpenAI-compatible endpoint (with /v1) that serves both models; by default this process."),
    ] = None,
    base_model: Annotated[str | None, typer.Option("--base-model", metavar="NAME", help="The base's name at the endpoint.")] = None,
    tuned_model: Annotated[
        str | None, typer.Option("--tuned-model", metavar="NAME", help="The tuned model's name at the endpoint.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(metavar="KEY", help="The endpoint's key, seen by whoever lists processes; by default HISOLVER_MODEL_KEY.")
    ] = None,
    other_data: Annotated[
        bool, typer.Option("--other-data", help="The data set is not the one that was learnt from, and that is as it should be.")
    ] = False,
    task: Annotated[
        list[str] | None,
        typer.Option(
            "--task",
            metavar="TASK",
            help="Only held-out items of this task, such as code; again for more. The gate passes whole reports only.",
        ),
    ] = None,
    likelihoods: Annotated[
        bool,
        typer.Option(
            help="Measure perplexity and use of the prompt, which takes a slow machine longer than the answers; the gate wants them."
        ),
    ] = True,
    so_far: Annotated[
        bool, typer.Option("--so-far", help="Ask nothing more, and report what both have answered; the gate does not pass that.")
    ] = False,
    judge_later: Annotated[
        bool,
        typer.Option(
            "--judge-later",
            help="Only ask, on a machine that cannot render; the same command without it, on one that can, judges and decides.",
        ),
    ] = False,
    anew: Annotated[
        bool, typer.Option("--anew-if-changed", help="Forget the answers of another report that are in the folder, instead of refusing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON object and nothing else.")] = False,
) -> None:
    """Ask base and tuned model the same held-out items, compare them, and say whether the adapter may be published; go on where it was stopped."""
    from finetune.report.gate import PRIMARIES
    from finetune.report.run import Order

    if primary not in PRIMARIES:
        raise errors.InputError(f"what must get better is {' or '.join(PRIMARIES)}, not {primary!r}")
    if samples > 1 and not temperature:
        raise errors.InputError("several samples of an item are all the same at temperature 0; name a --temperature")
    order = Order(
        samples=samples,
        temperature=temperature,
        seed=seed,
        max_new_tokens=max_new_tokens,
        primary=primary,
        likelihoods=likelihoods,
        so_far=so_far,
    )
    served = _endpoint(endpoint, base_model, tuned_model, key)
    with told(BaseModelError, ConfigError, DataError, RegistryError):
        run_job(
            report_job(
                run,
                data,
                order,
                out=out,
                items=items,
                tasks=tuple(task or ()),
                batch=batch,
                served=served,
                other_data=other_data,
                judge_later=judge_later,
                anew=anew,
                as_json=as_json,
            )
        )


async def report_job(
    folder: Path,
    data: Path | None,
    order: Order,
    *,
    out: Path | None,
    items: int | None,
    tasks: Sequence[str],
    batch: int,
    served: Endpoint | None,
    other_data: bool,
    judge_later: bool,
    anew: bool,
    as_json: bool,
) -> int:
    """0 once there is a report, whatever its gate says. Raises `finetune.errors` and `agents.errors`."""
    from finetune.report.items import load_items
    from server.settings import load_settings
    from server.terminal import plain, print_json

    _require_matplotlib()
    target = out if out is not None else folder / "report"
    run = read_run(folder)
    found = load_items(_data(run, data), items, tasks)
    learnt = run.described["dataset"].get("version")
    if found.version != learnt and not other_data:
        raise DataError(
            f"the data set {found.name} (version {found.version}) is not the one that the run learnt from (version {learnt}), so its held-out items "
            "may have been learnt; name that one with --data, or say with --other-data that none of these were"
        )
    report = await _made(run, found, order, target, batch, served, load_settings(), judge_later=judge_later, anew=anew)
    if as_json:
        print_json(report)
    else:
        sys.stdout.write(plain(words(report, target)))
    return 0


async def _made(
    run: Run,
    data: DataSet,
    order: Order,
    out: Path,
    batch: int,
    served: Endpoint | None,
    settings: Settings,
    *,
    judge_later: bool,
    anew: bool,
) -> dict[str, Any]:
    import hashlib

    from finetune.report.local import WEIGHTS
    from finetune.report.page import page
    from finetune.report.plots import draw_all
    from finetune.report.run import Compared, make
    from retrieval.whole import write_whole
    from server.corpus.progress import Bar

    weights = hashlib.sha256((run.adapter / WEIGHTS).read_bytes()).hexdigest()
    base = {key: run.described["base"].get(key) for key in ("model", "revision", "sha256")}
    compared = Compared({**base, "served_as": served.base if served else None}, {"name": run.folder.resolve().name, "sha256": weights})
    async with contextlib.AsyncExitStack() as stack:
        models = await stack.enter_async_context(_served(served) if served else _local(run, batch, settings))
        judge = _Later() if judge_later else await stack.enter_async_context(_judge(data, settings))
        bar = stack.enter_context(Bar("report"))

        def tell(done: int, of: int, what: str) -> None:
            bar.total(of)
            bar.done(done, what)

        made = await make(out, data, compared, models, judge, order, tell, anew_if_changed=anew)
    limit = made.report["sampling"]["max_new_tokens"]
    text = page(made, draw_all(made.report["measures"], made.items, made.found, order.samples, limit))
    write_whole(out / PAGE, lambda file: file.write(text.encode("utf-8", "replace")))
    return made.report


@contextlib.asynccontextmanager
async def _local(run: Run, batch: int, settings: Settings) -> AsyncIterator[Generates]:
    """Both models in this process. Raises `BaseModelError` and `RegistryError`."""
    import asyncio

    models = await asyncio.to_thread(_loaded, run, batch, settings.cache_dir)
    yield models


def _loaded(run: Run, batch: int, cache: Path) -> Generates:
    import torch

    quieten()
    from finetune.base import end_tokens, load_model, load_tokenizer, resolve_base
    from finetune.config import TrainConfig
    from finetune.report.local import LocalModels, attach
    from server.engine.fetch import ensure
    from server.engine.progress import progress_for

    wanted = TrainConfig.model_validate(run.described["config"]).base
    base = resolve_base(wanted, cache=cache, pinned=lambda name: ensure(name, cache, progress_for(sys.stderr)))
    if base.sha256 != run.described["base"].get("sha256"):
        raise RegistryError(
            f"the adapter is for another base: {base.model} in {base.folder} has other weights than those that it was trained on"
        )
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = load_model(base.folder, dtype="bfloat16" if device == "cuda" else "float32").to(device)
    tokenizer = load_tokenizer(base.folder)
    return LocalModels(attach(model, run.adapter), tokenizer, ends=end_tokens(base.folder, tokenizer), batch=batch)


@contextlib.asynccontextmanager
async def _served(served: Endpoint) -> AsyncIterator[Generates]:
    """Both models at an endpoint. Raises `ReportError` where it does not serve them."""
    from finetune.report.endpoint import EndpointModels

    models = EndpointModels(served.url, base=served.base, tuned=served.tuned, key=served.key)
    try:
        await models.check()
        yield models
    finally:
        await models.aclose()


@contextlib.asynccontextmanager
async def _judge(data: DataSet, settings: Settings) -> AsyncIterator[Judge]:
    """The sandboxed judge where there is something to judge: a machine without walls may still compare how models stop."""
    if all(item.check is None for item in data.items):
        yield _Nobody()
        return
    from server.finetune.judging import sandboxed_judge

    async with sandboxed_judge(settings) as judge:
        yield judge


class _Later:
    async def verdict(self, item: Item, text: str) -> Verdict:
        from finetune.report.ports import Verdict

        return Verdict(None, "not judged yet")


class _Nobody:
    async def verdict(self, item: Item, text: str) -> Verdict:
        raise AssertionError("no item has a check")


def read_run(folder: Path) -> Run:
    """Raises `finetune.errors.ConfigError` for what is no run, or one without an adapter yet."""
    from pydantic import ValidationError

    from finetune.config import TrainConfig
    from finetune.report.local import WEIGHTS

    path = folder / "run.json"
    try:
        described = json.loads(path.read_bytes())
        TrainConfig.model_validate(described["config"])
        whole = isinstance(described["base"], dict) and isinstance(described["dataset"], dict)
    except OSError as error:
        raise ConfigError(
            f"{folder} is no run: {path.name} cannot be read ({error.strerror}); make one with `hisolver finetune train`"
        ) from error
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise ConfigError(f"{path} is damaged: {error}") from error
    if not whole:
        raise ConfigError(f"{path} is damaged: it does not name its base and its data set")
    if not (folder / "adapter" / WEIGHTS).is_file():
        raise ConfigError(f"the run in {folder} has no adapter yet; go on with `hisolver finetune train ... --resume`")
    return Run(folder, folder / "adapter", described)


def _data(run: Run, given: Path | None) -> Path:
    known = run.described["dataset"].get("folder")
    if given is None and not known:
        raise ConfigError("the run does not say where its data set lies; name the folder with --data")
    return given if given is not None else Path(str(known))


def _endpoint(url: str | None, base: str | None, tuned: str | None, key: str | None) -> Endpoint | None:
    from server.settings import load_settings

    if url is None:
        if base or tuned or key:
            raise errors.InputError("--base-model, --tuned-model and --key belong to an --endpoint")
        return None
    if not base or not tuned:
        raise errors.InputError("an --endpoint needs --base-model and --tuned-model: the names under which it serves the two")
    return Endpoint(url, base, tuned, key if key is not None else load_settings().model_key.get_secret_value())


def _require_matplotlib() -> None:
    import importlib.util

    if importlib.util.find_spec("matplotlib") is None:
        raise errors.ConfigurationError(f"the report's plots need matplotlib: {INSTALL}")


def words(report: Mapping[str, Any], out: Path) -> str:
    """The measures and the gate's decision, for a terminal."""
    lines = [f"{'':24}{'base':>10}{'tuned':>10}{'difference':>12}   95 % interval          p"]
    for name, found in report["measures"].items():
        lines.append(
            f"{name.replace('_', ' '):24}{found['base']:10.3f}{found['tuned']:10.3f}{found['difference']:+12.3f}   "
            f"{found['low']:+8.3f} … {found['high']:+8.3f}   {found['p']:.2g}"
        )
    decided = report["gate"]
    lines.append("it may be published" if decided["passed"] else "it is not to be published:")
    lines += [f"  {reason}" for reason in decided["reasons"]]
    lines.append(f"{report['items']} items; {out / PAGE}")
    return "\n".join(lines) + "\n"
