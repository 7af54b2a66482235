"""`hisolver finetune deploy` and `rollback`: which adapter answers, in the running server or from its next start on."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agents import errors
from finetune.errors import BaseModelError, ConfigError
from server.command import FAILED, leave
from server.finetune.publish import Name, Version, export_to_registry, opened
from server.finetune.told import tell, told

if TYPE_CHECKING:
    from finetune.registry import Registry
    from server.settings import Settings

SHOWN = 100
START_S = 300.0
"""Seconds that a model may take to start, beside its answers."""
Prompt = Annotated[
    list[str] | None, typer.Option("--prompt", help="A prompt of the deploy check, instead of the role's own; again for more.")
]


def register(app: typer.Typer) -> None:
    """Adds the commands to `hisolver finetune`."""
    app.command("deploy")(finetune_deploy)
    app.command("rollback")(finetune_rollback)


def finetune_deploy(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="The adapter's name; none with --base.")] = None,
    version: Version = None,
    prompts: Prompt = None,
    base: Annotated[str | None, typer.Option("--base", metavar="ROLE", help="Give this role back to the base model.")] = None,
    receipt: Annotated[
        Path | None,
        typer.Option("--receipt", metavar="FILE", help="The version that `publish --receipt` wrote to this file, instead of a NAME."),
    ] = None,
) -> None:
    """Let an adapter serve its role, once it passed the deploy check. The running server goes on answering; without one the next start serves it."""
    if sum(given is not None for given in (name, base, receipt)) != 1 or (receipt is not None and version is not None):
        raise errors.InputError("name an adapter, or a role with --base, or a --receipt")
    with told(ConfigError, BaseModelError):
        settings, registry = opened()
        if receipt is not None:
            from finetune.publish import read_receipt

            name, version = read_receipt(receipt)
        if base is not None:
            _undeploy(settings, registry, base)
        else:
            assert name is not None  # noqa: S101 - one of them is given
            _deploy(settings, registry, name, version or registry.latest(name), prompts or [], back=False)


def finetune_rollback(name: Name, prompts: Prompt = None) -> None:
    """Let the version serve that served before this one."""
    with told(ConfigError, BaseModelError):
        settings, registry = opened()
        _deploy(settings, registry, name, registry.before(name), prompts or [], back=True)


def _deploy(settings: Settings, registry: Registry, name: str, version: str, prompts: list[str], *, back: bool) -> None:
    from server.control import ask
    from server.engine.adapters import check_base
    from server.hosting import AdapterRefused

    manifest = registry.verify(name, version)
    if not settings.model_url:
        check_base(manifest, settings.weights)
        if "adapter.gguf" not in manifest.files:
            export_to_registry(registry, name, version, settings.weights, settings)
    command = {"do": "deploy", "name": name, "version": version, "prompts": prompts, "back": back}
    try:
        answer = ask(settings.data_dir, command, START_S + settings.model_timeout * 2 * max(3, len(prompts)))
        running = answer is not None
        if answer is None:
            answer = asyncio.run(_without_server(settings, name, version, prompts, back))
    except AdapterRefused as error:
        tell(f"hisolver: {' '.join(error.message.split())}")
        leave(FAILED)
    for prompt, text, ended, differs, seconds in answer["canaries"]:
        seen = f"{'ends by itself' if ended else 'is cut'}, {'differs from the base' if differs else 'is the base’s'}, {seconds:.1f} s"
        sys.stdout.write(f"  {prompt[:SHOWN]}\n    {' '.join(text.split())[:SHOWN]}\n    {seen}\n")
    sys.stdout.write(f"{name} {version} serves the role {manifest.role}{'' if running else ' from the next start of the server on'}\n")


async def _without_server(settings: Settings, name: str, version: str, prompts: list[str], back: bool) -> dict[str, Any]:
    from server.hosting import ModelHost
    from server.middleware import configure_logging

    configure_logging(settings.log_level or "CRITICAL")  # as `server.command.run_job` has it: what goes wrong is told in one line
    host = ModelHost(settings)
    try:
        report = await host.deploy(name, version, prompts=prompts, back=back)
    finally:
        await host.aclose()
    return {"canaries": [[each.prompt, each.text, each.ended, each.differs, each.seconds] for each in report.canaries]}


def _undeploy(settings: Settings, registry: Registry, role: str) -> None:
    from server.control import ask
    from server.hosting import AdapterRefused

    if role not in registry.roles():
        raise errors.InputError(f"no adapter serves the role {role}; there serve: {', '.join(registry.roles()) or 'none'}")
    try:
        running = ask(settings.data_dir, {"do": "undeploy", "role": role}, START_S) is not None
    except AdapterRefused as error:
        tell(f"hisolver: {' '.join(error.message.split())}")
        leave(FAILED)
    if not running:
        registry.set_base(role)
    sys.stdout.write(f"the base serves the role {role}{'' if running else ' from the next start of the server on'}\n")
