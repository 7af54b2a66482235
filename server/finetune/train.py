"""`hisolver finetune preflight` and `hisolver finetune train`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from finetune.errors import BaseModelError, ConfigError, DataError
from server.command import FAILED, INTERRUPTED, TERMINATED, leave
from server.finetune.told import quieten, tell, told

if TYPE_CHECKING:
    from finetune.config import TrainConfig

Config = Annotated[str, typer.Argument(metavar="CONFIG", help="A configuration's name, such as smollm2-135m, or a YAML file.")]
Data = Annotated[Path, typer.Option("--data", metavar="FOLDER", help="The data set, as `hisolver finetune data` makes it.")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Changes a value of the configuration, such as training.steps=20; again for more."),
]
Price = Annotated[float | None, typer.Option("--price", min=0, help="What an hour of the device costs, to estimate the run's cost.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object and nothing else.")]


def register(app: typer.Typer) -> None:
    """Adds the commands to `hisolver finetune`."""
    app.command("preflight")(finetune_preflight)
    app.command("train")(finetune_train)


def finetune_preflight(config: Config, data: Data, changes: Changes = None, price: Price = None, as_json: AsJson = False) -> None:
    """Look at a run before it starts: memory, disk, tokens, time, and whether it would learn to stop. Exits with 1 where it would refuse."""
    from server.terminal import plain, print_json

    with told(ConfigError, DataError, BaseModelError):
        from finetune.preflight.check import preflight
        from finetune.train.prepare import prepare

        wanted = configured(config, changes or [])
        quieten()
        cache, pinned = _weights()
        found = preflight(prepare(wanted, data, cache=cache, pinned=pinned), Path.cwd(), price=price)
    if as_json:
        print_json(found.as_dict())
    else:
        sys.stdout.write(plain(_words(found)))
    leave(FAILED if found.faults else 0)


def finetune_train(
    config: Config,
    data: Data,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="RUN", help="The run's folder: checkpoints, metrics, plots and the adapter.")],
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint; begin where there is none.")] = False,
    anew: Annotated[
        bool,
        typer.Option(
            "--anew-if-changed",
            help="Like --resume, but a run that was begun with another configuration or data set is put aside, and another begun.",
        ),
    ] = False,
    changes: Changes = None,
    price: Price = None,
    as_json: AsJson = False,
) -> None:
    """Train a LoRA adapter. Ctrl-C ends after the step at hand; --resume goes on, after a kill as well, as if nothing had happened."""
    from server.terminal import plain, print_json

    with told(ConfigError, DataError, BaseModelError):
        from finetune.train.run import train

        wanted = configured(config, changes or [])
        quieten()
        cache, pinned = _weights()
        outcome = train(wanted, data, out, cache=cache, pinned=pinned, resume=resume, anew_if_changed=anew, tell=tell, price=price)
    if not outcome.finished:
        tell(f"stopped after step {outcome.step}; go on with the same command and --resume")
        leave(TERMINATED if outcome.stopped_by == signal.SIGTERM else INTERRUPTED)
    summary = outcome.summary
    if as_json:
        print_json(summary)
        return
    loss = summary["loss"]
    lines = [
        f"{summary['steps']} steps, loss {loss['first']:.3f} to {loss['last']:.3f}, {summary['tokens']} tokens at {summary['tokens_per_second']:.0f} a second",
        f"peak memory {summary['peak_memory_bytes'] / 1e9:.1f} GB; the adapter is {out / 'adapter'}, plots in {out / 'plots'}",
    ]
    if wanted.tracking.to == "trackio":
        lines.append(f"to watch it: trackio show --project {wanted.tracking.project}")
    sys.stdout.write(plain("\n".join(lines) + "\n"))


def configured(source: str, changes: list[str]) -> TrainConfig:
    """The configuration with `--set`'s changes, checked whole. Raises `finetune.errors.ConfigError`."""
    import yaml
    from pydantic import ValidationError

    from finetune.config import TrainConfig, load_config

    values = load_config(source).model_dump(mode="json")
    for change in changes:
        key, equals, text = change.partition("=")
        section, _, name = key.partition(".")
        if not equals or not isinstance(values.get(section), dict) or name not in values[section]:
            raise ConfigError(f"--set {change}: there is no such setting; write it as training.steps=20, with a key of the configuration.")
        try:
            values[section][name] = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ConfigError(f"--set {change}: {text!r} cannot be read as a value.") from error
        other = {"steps": "epochs", "epochs": "steps"}.get(name) if section == "training" else None
        if other and values[section][name] is not None:
            values[section][other] = None  # a run ends by the one or the other
    try:
        return TrainConfig.model_validate(values)
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise ConfigError(f"--set: {told}") from error


def _weights() -> tuple[Path, Any]:
    """The cache folder, and what fetches pinned weights into it."""
    from server.engine.fetch import ensure
    from server.engine.progress import progress_for
    from server.settings import load_settings

    cache = load_settings().cache_dir
    return cache, lambda name: ensure(name, cache, progress_for(sys.stderr))


def _words(found: Any) -> str:
    from finetune.preflight.memory import readable

    device = found.device
    lines = [
        f"device: {device.kind} ({device.name}), {found.precision}, {readable(device.free_bytes)} of {readable(device.total_bytes)} free"
    ]
    if found.memory is not None:
        parts = [f"{name} {readable(value)}" for name, value in found.memory.as_dict().items() if name != "total" and value]
        lines.append(f"memory at the worst moment: {readable(found.memory.total)} ({', '.join(parts)})")
        lines.append(f"disk: {readable(found.disk_bytes)} for checkpoints, {readable(found.free_disk_bytes)} free")
    if found.effort is not None:
        work = found.effort
        cost = "" if work.cost is None else f", costing about {work.cost}"
        lines.append(f"work: {work.steps} steps over {found.rows} rows, {work.tokens} tokens, about {_duration(work.seconds)}{cost}")
    if found.ends is not None:
        lines.append(f"end token learnt in {found.ends.learnt} of {found.ends.sampled} sampled examples")
        lines.append(f"answers cut: {found.truncated.get('train', 0)}, prompts without room: {found.dropped.get('train', 0)}")
    lines += [f"refused: {fault}" for fault in found.faults] or ["nothing speaks against it"]
    return "\n".join(lines) + "\n"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
