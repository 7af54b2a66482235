"""A training configuration: one small YAML file, checked whole before anything is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from finetune.errors import ConfigError

CONFIGS = Path(__file__).parent / "configs"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BaseConfig(_Strict):
    """`model` is a hub's repository or a folder; `weights` names an entry of `server/engine/weights.toml` that serves where no hub is reached."""

    model: str = Field(min_length=1)
    revision: str | None = None
    weights: str | None = None


class LoraConfig(_Strict):
    """`targets` is `all-linear` or names of modules. `quantised` holds the base in 4 bits (QLoRA; bitsandbytes and a GPU)."""

    r: int = Field(default=16, ge=1, le=512)
    alpha: int = Field(default=32, ge=1)
    dropout: float = Field(default=0.05, ge=0, lt=1)
    targets: Literal["all-linear"] | list[str] = "all-linear"
    quantised: bool = False


class TrainingConfig(_Strict):
    """Lengths in tokens; `batch` is per device; `steps` or `epochs`, the other is None; `save_every` and `evaluate_every` in steps."""

    max_length: int = Field(default=1024, ge=16)
    batch: int = Field(default=4, ge=1)
    accumulation: int = Field(default=4, ge=1)
    steps: int | None = Field(default=None, ge=1)
    epochs: float | None = Field(default=None, gt=0)
    learning_rate: float = Field(default=2e-4, gt=0, lt=1)
    schedule: Literal["constant", "linear", "cosine"] = "cosine"
    warmup: float = Field(default=0.03, ge=0, lt=1)
    packing: bool = True
    gradient_checkpointing: bool = True
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    seed: int = 0
    save_every: int = Field(default=50, ge=1)
    evaluate_every: int = Field(default=50, ge=1)

    @model_validator(mode="after")
    def _one_end(self) -> TrainingConfig:
        if (self.steps is None) == (self.epochs is None):
            raise ValueError("set either steps or epochs")
        return self


class TrackingConfig(_Strict):
    to: Literal["trackio", "wandb", "none"] = "trackio"
    project: str = "hisolver"


class TrainConfig(_Strict):
    base: BaseConfig
    lora: LoraConfig = Field(default_factory=LoraConfig)
    training: TrainingConfig
    tracking: TrackingConfig = Field(default_factory=TrackingConfig)


def load_config(source: str | Path) -> TrainConfig:
    """The configuration in a file, or the one of that name in `finetune/configs`. Raises `ConfigError` with the keys that are wrong."""
    path, ours = Path(source), CONFIGS / f"{source}.yaml"
    # a name such as qwen2.5-coder-7b has a dot in it, and a run's folder may have the configuration's name
    if not path.is_file() and ours.parent == CONFIGS and ours.is_file():
        path = ours
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = ", ".join(sorted(file.stem for file in CONFIGS.glob("*.yaml")))
        raise ConfigError(f"There is no configuration {source}. Name a file, or one of: {known}.") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path} cannot be read as YAML: {error}") from error
    try:
        return TrainConfig.model_validate(found)
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'the file'}: {fault['msg']}" for fault in error.errors())
        raise ConfigError(f"{path}: {told}") from error
