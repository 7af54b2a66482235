"""Which adapter serves which role, and how the endpoint is asked for it: by its place in the embedded engine, by its name in vLLM."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from agents.context import Role
from agents.errors import ConfigurationError
from finetune.errors import RegistryError
from finetune.registry import GGUF, Manifest, Registry
from server.engine.weights import pinned
from server.settings import Settings

logger = logging.getLogger(__name__)

BASE = "hisolver-base"
"""The name of the model without an adapter, in the embedded engine and by default in the settings."""
ROLES: tuple[Role, ...] = ("solver", "coder", "tutor", "vision")


@dataclass(frozen=True, slots=True)
class ServedAdapter:
    """One version of an adapter, checked. `folder` is its place in the registry; `digest` the SHA-256 of what is loaded."""

    name: str
    version: str
    role: Role
    rank: int
    folder: Path
    digest: str

    @property
    def model_name(self) -> str:
        """How the endpoint is asked for it. With the version, since vLLM's prefix cache goes by the name (vLLM issue 42125)."""
        return f"{self.name}-{self.version}"

    @property
    def gguf(self) -> Path:
        return self.folder / GGUF


def checked(registry: Registry, name: str, version: str, settings: Settings) -> ServedAdapter:
    """The version as this server can serve it: whole, not above the allowed rank, for our base, exported where that is needed.

    Raises `RegistryError`.
    """
    manifest = registry.verify(name, version)
    if manifest.rank > settings.max_lora_rank:
        raise RegistryError(
            f"{name} {version} has rank {manifest.rank} and the server allows {settings.max_lora_rank}; set HISOLVER_MAX_LORA_RANK"
        )
    digest = manifest.files["adapter_model.safetensors"]
    if not settings.model_url:
        check_base(manifest, settings.weights)
        if GGUF not in manifest.files:
            raise RegistryError(f"{name} {version} is not exported for the embedded engine: `hisolver finetune export {name} gguf`")
        digest = manifest.files[GGUF]
    return ServedAdapter(name, version, cast("Role", manifest.role), manifest.rank, registry.path(name, version), digest)


def check_base(manifest: Manifest, weights: str) -> None:
    """Raises `RegistryError` unless the adapter was trained on the model that `weights` names, as its hash or its configuration says."""
    ours = {file.sha256 for file in pinned(weights).files}
    if manifest.base.sha256 not in ours and manifest.base.weights != weights:
        base = manifest.base
        raise RegistryError(
            f"{manifest.name} {manifest.version} is for another base: {base.weights or base.model} ({base.sha256[:12]}), and the embedded model is {weights}: "
            "HISOLVER_WEIGHTS names the embedded model, and base.weights of a run's configuration its base in GGUF"
        )


def deployed(settings: Settings) -> dict[Role, ServedAdapter]:
    """The adapters that serve: those that the settings name for a role, then those that were deployed.

    A deployed one that cannot be served any more (damaged, or for another base than the settings name now) leaves its role to the base, and
    the log says so. Raises `ConfigurationError` for one that the settings name: who asked for it by name gets no other.
    """
    registry = Registry(settings.adapters_dir)
    found: dict[Role, ServedAdapter] = {}
    try:
        roles = registry.roles()
    except (RegistryError, OSError) as error:
        logger.error("the base serves all roles: %s", error)
        roles = {}
    for role in ROLES:
        named = fixed(settings, role)
        name = roles.get(role) if named is None else None if settings.model_url else named
        if name is None:
            continue  # also where the endpoint knows the settings' name by itself
        try:
            found[role] = checked(registry, name, registry.current(name) or registry.latest(name), settings)
        except (RegistryError, OSError) as error:
            if named is not None:
                raise ConfigurationError(f"HISOLVER_{role.upper()}_MODEL names {name}: {error}") from error
            logger.error("the base serves the role %s: %s", role, error)
    return found


def fixed(settings: Settings, role: Role) -> str | None:
    """The model that the settings name for a role where that is not the base: it takes precedence over what is deployed."""
    name, base = settings.model_names[role], settings.solver_model if settings.model_url else BASE
    if role == "vision" and not settings.model_url:
        return None  # the embedded model reads no pictures; the name only switches the reader
    return None if name in ("", base) else name


def distinct(adapters: Mapping[Role, ServedAdapter]) -> list[ServedAdapter]:
    """Each adapter once, in the order in which the embedded engine knows them."""
    return sorted(set(adapters.values()), key=lambda adapter: adapter.model_name)


def lora_body(adapter: ServedAdapter | None, order: Sequence[ServedAdapter]) -> dict[str, Any]:
    """What a request to llama.cpp carries. It names the base too: a slot forgets another adapter's reading of a prompt only on being told."""
    if not order:
        return {}
    return {"lora": [{"id": place, "scale": 1.0 if each == adapter else 0.0} for place, each in enumerate(order)]}


def bodies(adapters: Mapping[Role, ServedAdapter]) -> dict[Role, dict[str, Any]]:
    """`lora_body` of every role; empty without adapters."""
    order = distinct(adapters)
    return {role: lora_body(adapters.get(role), order) for role in ROLES} if order else {}
