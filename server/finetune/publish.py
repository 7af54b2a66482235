"""`hisolver finetune publish`, `list`, `remove` and `export`: the registry of adapters."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from agents import errors
from finetune.errors import BaseModelError, ConfigError, RegistryError
from server.finetune.told import quieten, told

if TYPE_CHECKING:
    from finetune.registry import Registry
    from server.settings import Settings

Name = Annotated[str, typer.Argument(metavar="NAME", help="The adapter's name, as it is published.")]
Version = Annotated[str | None, typer.Option("--version", help="12 hex digits, as `list` tells them; by default the one published last.")]
Form = Literal["vllm", "gguf", "merged", "merged-gguf"]


def register(app: typer.Typer) -> None:
    """Adds the commands to `hisolver finetune`."""
    app.command("publish")(finetune_publish)
    app.command("list")(finetune_list)
    app.command("export")(finetune_export)
    app.command("remove")(finetune_remove)


def finetune_publish(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The run's folder, as `hisolver finetune train` makes it.")],
    name: Annotated[str, typer.Option("--name", help="Under which name: lower-case letters, digits, - and _.")],
    report: Annotated[Path | None, typer.Option("--report", metavar="FOLDER", help="Its report; by default RUN/report.")] = None,
    role: Annotated[str, typer.Option("--role", help="What it is to serve: solver, coder, tutor or vision.")] = "coder",
    card: Annotated[
        Path | None,
        typer.Option("--card", metavar="CARD.md", help="The data set's card; by default that of the data set that was learnt from."),
    ] = None,
    although: Annotated[
        bool, typer.Option("--publish-although-not-better", help="Overrule the gate; the manifest and `list` say so ever after.")
    ] = False,
    receipt: Annotated[
        Path | None, typer.Option("--receipt", metavar="FILE", help="Write name and version to this file, for `deploy --receipt`.")
    ] = None,
) -> None:
    """Publish the adapter of a run, if its report shows that it is better."""
    with told(ConfigError, BaseModelError):
        from finetune.publish import publish, write_receipt

        settings, registry = opened()
        folder = report or (run / "report" if (run / "report").is_dir() else None)
        made = publish(
            registry,
            run=run,
            report=folder,
            name=name,
            role=role,
            max_rank=settings.max_lora_rank,
            card=card,
            although_not_better=although,
        )
        if receipt is not None:
            write_receipt(receipt, made)
    sys.stdout.write(f"{made.name} {made.version}{' (not better, published all the same)' if made.forced else ''}\n")


def finetune_list(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array and nothing else.")] = False) -> None:
    """List what is published, and what serves."""
    from server.terminal import plain, print_json

    with told(ConfigError, BaseModelError):
        _, registry = opened()
        found = registry.listing()
    if as_json:
        print_json(
            [
                {
                    "name": each.name,
                    "version": each.version,
                    "serves": each.serves,
                    "fault": each.fault,
                    **(
                        {
                            "role": each.manifest.role,
                            "rank": each.manifest.rank,
                            "base": each.manifest.base.model,
                            "forced": each.manifest.forced,
                            "published_at": each.manifest.published_at,
                        }
                        if each.manifest
                        else {}
                    ),
                }
                for each in found
            ]
        )
        return
    lines = [
        f"{each.name} {each.version}  "
        + (
            f"{each.manifest.role}, rank {each.manifest.rank}, {each.manifest.base.model}, {each.manifest.published_at}"
            if each.manifest
            else f"damaged: {each.fault}"
        )
        + (", not better (forced)" if each.manifest and each.manifest.forced else "")
        + (", SERVES" if each.serves else "")
        for each in found
    ]
    sys.stdout.write(plain("\n".join(lines or [f"nothing is published in {registry.folder}"]) + "\n"))


def finetune_remove(
    name: Name, version: Annotated[str, typer.Option("--version", help="Which version; one that serves is not removed.")]
) -> None:
    """Remove a version that does not serve."""
    with told(ConfigError, BaseModelError):
        _, registry = opened()
        registry.remove(name, version)
    sys.stdout.write(f"{name} {version} is removed\n")


def finetune_export(
    name: Name,
    form: Annotated[
        Form, typer.Argument(metavar="FORM", help="vllm, gguf (for the embedded engine), merged (safetensors) or merged-gguf.")
    ],
    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="PATH", help="Where it goes; gguf stays in the registry too.")] = None,
    version: Version = None,
    weights: Annotated[str | None, typer.Option("--weights", help="The base in weights.toml, for gguf; by default the run's.")] = None,
    base: Annotated[
        Path | None,
        typer.Option("--base", metavar="FOLDER", help="The base's folder, for merged; by default from the run's configuration."),
    ] = None,
    kind: Annotated[
        str, typer.Option("--type", help="Of changed matrices, for merged-gguf: Q8_0, Q5_1, Q5_0, Q4_1, Q4_0, F16, BF16 or F32.")
    ] = "Q8_0",
) -> None:
    """Write an adapter in the form in which vLLM, the embedded engine, or anything else takes it."""
    with told(ConfigError, BaseModelError):
        settings, registry = opened()
        version = version or registry.latest(name)
        registry.verify(name, version)
        lines = _export(settings, registry, name, version, form, out, weights, base, kind)
    sys.stdout.write(f"{lines}\n")


def _export(
    settings: Settings,
    registry: Registry,
    name: str,
    version: str,
    form: Form,
    out: Path | None,
    weights: str | None,
    base: Path | None,
    kind: str,
) -> str:
    import shutil

    from retrieval.whole import write_whole

    manifest, folder = registry.manifest(name, version), registry.path(name, version)
    if form != "gguf" and out is None:
        raise errors.InputError(f"say where the {form} export goes: --out PATH")
    if form == "vllm":
        from finetune.export.vllm import export_vllm

        assert out is not None  # noqa: S101 - asked above
        made = export_vllm(folder, out, name=name, base_model=manifest.base.model)
        return f"{made.folder}\n{made.command}"
    if form == "merged":
        from finetune.base import weights_sha256
        from finetune.export.merged import export_merged

        assert out is not None  # noqa: S101 - asked above
        quieten()
        into = base or _base_folder(settings, folder)
        if weights_sha256(into, settings.cache_dir) != manifest.base.sha256:
            raise RegistryError(
                f"{name} {version} is for another base: {into} has other weights than {manifest.base.model} had when it was trained; "
                "give the folder of the very base with --base"
            )
        export_merged(folder, into, out)
        return str(out)
    chosen = weights or manifest.base.weights or settings.weights
    if not weights:
        from server.engine.adapters import check_base

        check_base(manifest, chosen)
    with tempfile.TemporaryDirectory() as scratch:
        part = Path(scratch) / "adapter.gguf"
        if form == "gguf":
            export_to_registry(registry, name, version, chosen, settings)
            source = folder / "adapter.gguf"
            if out is None:
                return str(source)
        else:
            from finetune.export.gguf_merged import export_gguf_merged

            export_gguf_merged(folder, base_gguf(chosen, settings), part, kind.upper())
            source = part
        assert out is not None  # noqa: S101 - asked above
        out.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as file:
            write_whole(out, lambda target: shutil.copyfileobj(file, target))
    return str(out)


def export_to_registry(registry: Registry, name: str, version: str, weights: str, settings: Settings) -> None:
    """Makes the version's adapter.gguf for the embedded engine. Raises `RegistryError`, `ModelUnavailable` where the base cannot be fetched."""
    from finetune.export.gguf_lora import export_gguf_lora

    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "adapter.gguf"
        export_gguf_lora(registry.path(name, version), base_gguf(weights, settings), made)
        registry.add_export(name, version, made)


def base_gguf(weights: str, settings: Settings) -> Path:
    """The base's GGUF file, fetched where it is not here."""
    from server.engine.fetch import ensure
    from server.engine.progress import progress_for

    return ensure(weights, settings.cache_dir, progress_for(sys.stderr))


def _base_folder(settings: Settings, folder: Path) -> Path:
    from finetune.base import resolve_base
    from finetune.config import load_config

    config = load_config(folder / "config.yaml")
    return resolve_base(config.base, cache=settings.cache_dir, pinned=lambda weights: base_gguf(weights, settings)).folder


def opened() -> tuple[Settings, Registry]:
    """The settings, and the registry that they name."""
    from finetune.registry import Registry
    from server.settings import load_settings

    settings = load_settings()
    return settings, Registry(settings.adapters_dir)
