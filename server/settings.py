"""Every setting of HiSolver: the one place that reads the environment, and only when asked to."""

from __future__ import annotations

import ipaddress
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from agents.context import Limits, Role
from agents.errors import ConfigurationError

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


class Settings(BaseSettings):
    """Read from `HISOLVER_*` in the environment; nested limits as `HISOLVER_LIMITS__SOLVE_ATTEMPTS`. Build it with `load_settings`."""

    model_config = SettingsConfigDict(
        env_prefix="HISOLVER_",
        env_nested_delimiter="__",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        ignored_types=(cached_property,),
    )

    model_url: str = Field("", description="Base URL of an OpenAI-compatible endpoint, ending in /v1; empty starts the embedded model.")
    model_key: SecretStr = Field(SecretStr(""), description="The key that endpoint wants; unused with the embedded model.")
    solver_model: str = Field("hisolver-base", description="Model name for solving problems.")
    coder_model: str = Field("hisolver-base", description="Model name for writing Manim scenes, for instance that of a LoRA adapter.")
    tutor_model: str = Field("hisolver-base", description="Model name for hints and explanations.")
    vision_model: str = Field("", description="Model name for reading pictures; empty reads them by the embedded OCR.")
    adapters: Path | None = Field(
        None, description="Folder of the registry of adapters, see docs/finetune.md; empty takes `adapters` in the data folder."
    )
    adapters_remote: str = Field(
        "", description="That folder as the endpoint of HISOLVER_MODEL_URL sees it, where it is another machine or container."
    )
    max_lora_rank: int = Field(64, ge=1, le=512, description="Largest rank of an adapter that is published or served.")
    weights: str = Field("qwen2.5-coder-1.5b-instruct-q4_k_m", description="Name in server/engine/weights.toml of the embedded model.")
    sandbox_tier: Literal["auto", "bubblewrap", "landlock"] = Field(
        "auto", description="Walls around untrusted code; auto takes the best that stands on this machine, a name takes that one or none."
    )
    warm_sandboxes: int = Field(
        2, ge=0, le=16, description="Sandboxes kept started ahead for each kind of job (checks, renders); 0 starts each when it is needed."
    )
    render_cache_mib: int = Field(
        512, ge=0, le=1_048_576, description="MiB of rendered beats that are kept to be used again; 0 keeps none."
    )
    formula_cache_mib: int = Field(
        64, ge=0, le=1_048_576, description="MiB of formulas set by LaTeX that are kept to be used again; 0 keeps none."
    )
    formulas: Literal["auto", "latex", "typst"] = Field(
        "auto", description="What sets formulas: LaTeX, or Typst, which comes with HiSolver; auto takes LaTeX where it is installed."
    )
    render_scheduler: str = Field(
        "",
        description="Who renders: empty, this process; `local`, the same through Dask without a port; `tls://HOST:8786`, the workers of a Dask scheduler.",
    )
    render_slots: int = Field(0, ge=0, le=1024, description="Scenes rendered at a time with `local`; 0 takes the number of cores.")
    render_tls_ca: Path | None = Field(
        None, description="PEM file of the authority that signs for scheduler, workers and us, and for nobody else."
    )
    render_tls_cert: Path | None = Field(None, description="PEM file of our certificate for the scheduler.")
    render_tls_key: Path | None = Field(None, description="PEM file of that certificate's key.")
    engine_slots: int = Field(8, ge=1, le=64, description="Requests that the embedded model works on at the same time.")
    engine_threads: int = Field(0, ge=0, le=1024, description="Threads of the embedded model; 0 takes the number of cores.")
    engine_context: int = Field(16384, ge=2048, le=1_048_576, description="Context of the embedded model in tokens, shared by its slots.")
    model_timeout: float = Field(120.0, gt=0, description="Seconds that one model call may take.")

    reasoning_tokens: int = Field(
        4096,
        ge=0,
        le=1_048_576,
        description="Tokens that a model which reasons before it answers gets for that, beyond those of the answer.",
    )

    speech: Literal["none", "piper", "http"] = Field(
        "none",
        description="The voice that narrates animations: none, the piper program, or a server (http) with OpenAI's /v1/audio/speech.",
    )
    piper: str = Field("piper", min_length=1, description="The piper program, by name or path.")
    piper_voice: str = Field("", description="Piper's voice, a file that ends in .onnx, its .onnx.json beside it.")
    speech_url: str = Field("", description="Base URL of the speech server, ending in /v1, for instance that of kokoro-fastapi.")
    speech_key: SecretStr = Field(SecretStr(""), description="The key that server wants.")
    speech_model: str = Field("kokoro", description="The speech server's model name.")
    speech_voice: str = Field("af_heart", description="The speech server's voice.")
    speech_timeout: float = Field(30.0, gt=0, description="Seconds that speaking one sentence may take.")

    github_token: SecretStr = Field(
        SecretStr(""),
        description="Token for `hisolver corpus collect github`; reading public repositories is all it need allow. Empty asks without one: 60 times an hour.",
    )
    labels_url: str = Field(
        "", description="Base URL of a Label Studio for labelling scenes; empty means the one that `hisolver corpus label start` runs."
    )
    labels_key: SecretStr = Field(SecretStr(""), description="An access token of that Label Studio.")
    labels_python: Path | None = Field(
        None, description="The Python that has Label Studio's SDK; empty takes `.venv-labels`, which scripts/labels.sh makes."
    )

    cache_dir: Path = Field(
        Path("~/.cache/hisolver"), description="Weights and the scene index: what can be fetched or built again.", validate_default=True
    )
    data_dir: Path = Field(
        Path("~/.local/share/hisolver"), description="Checkpoints and artifacts: what learners made.", validate_default=True
    )
    checkpoint_dsn: SecretStr = Field(
        SecretStr(""), description="PostgreSQL connection string for checkpoints; empty keeps them in SQLite."
    )
    thread_days: float = Field(30.0, gt=0, description="Days after which a chat that was not used is deleted.")
    artifact_days: float = Field(30.0, gt=0, description="Days after which an artifact is deleted.")

    host: str = Field("127.0.0.1", min_length=1, description="Address the server listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port the server listens on.")
    public_url: str = Field(
        "", description="Base URL under which clients reach the server, used in artifact links; empty takes host and port."
    )
    api_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="Keys of our own API, comma separated; empty leaves it open, which is allowed on loopback only."
    )
    allow_open: bool = Field(
        False, description="Serve without keys on other addresses too (only behind a proxy that decides who comes in)."
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Origins of web pages that may call the API, comma separated."
    )
    max_body: int = Field(
        16_777_216, ge=1024, description="Largest request body in bytes; clients send the pictures of a chat again with every message."
    )
    picture_bytes: int = Field(5_242_880, ge=1024, description="Largest picture in bytes, unpacked from its data URL.")
    picture_pixels: int = Field(20_000_000, ge=4096, description="Most pixels that a picture may have.")
    body_timeout: float = Field(30.0, gt=0, description="Seconds in which a request's body must have arrived.")
    send_timeout: float = Field(30.0, gt=0, description="Seconds after which a client that does not read its stream is given up.")
    request_timeout: float = Field(600.0, gt=0, description="Seconds that one request may take altogether.")
    keepalive: float = Field(10.0, gt=0, description="Seconds of silence on a stream after which a comment is sent.")
    max_runs: int = Field(64, ge=1, description="Requests worked on at the same time; more are answered with 429.")
    log_level: Literal["", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        "", description="What is logged to standard error; empty means INFO for the server and nothing for jobs, whose errors are one line."
    )
    limits: Limits = Field(Limits(), description="Budgets of one run, each as HISOLVER_LIMITS__NAME; see agents.context.Limits.")

    @field_validator("api_keys", "cors_origins", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("render_tls_ca", "render_tls_cert", "render_tls_key", "labels_python", "adapters", mode="before")
    @classmethod
    def _unset(cls, value: Any) -> Any:
        return value or None  # compose hands an unset variable on as an empty one

    @field_validator("cache_dir", "data_dir", "render_tls_ca", "render_tls_cert", "render_tls_key", "labels_python", "adapters")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().absolute() if value is not None else None

    @field_validator("model_url", "public_url", "speech_url", "labels_url")
    @classmethod
    def _http(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/")

    @field_validator("limits")
    @classmethod
    def _bounded(cls, value: Limits) -> Limits:
        for name in value.__dataclass_fields__:
            number = getattr(value, name)
            if isinstance(number, (int, float)) and not 0 <= number <= 1_000_000:
                raise ValueError(f"{name} must lie between 0 and 1000000")
        return value

    @property
    def model_names(self) -> dict[Role, str]:
        return {"solver": self.solver_model, "coder": self.coder_model, "tutor": self.tutor_model, "vision": self.vision_model}

    @property
    def adapters_dir(self) -> Path:
        """Where the registry of adapters is."""
        return self.adapters or self.data_dir / "adapters"

    @property
    def base_url(self) -> str:
        """Where clients reach us, without a trailing slash."""
        if self.public_url:
            return self.public_url
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - compared, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def on_loopback(self) -> bool:
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def check_exposure(self) -> None:
        """Raises `ConfigurationError` when strangers could use the server without a key."""
        if not (self.api_keys or self.on_loopback or self.allow_open):
            raise ConfigurationError(
                f"refusing to serve without keys on {self.host}: set HISOLVER_API_KEYS, or HISOLVER_ALLOW_OPEN=true behind a proxy that checks"
            )


def load_settings(**overrides: Any) -> Settings:
    """The settings from the environment, `overrides` first. Raises `ConfigurationError` naming the variable, never its value."""
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        variable = "HISOLVER_" + "__".join(str(part).upper() for part in first["loc"])
        raise ConfigurationError(f"{variable}: {first['msg']}") from None


def settings_table() -> str:
    """The settings as a Markdown table, for the documentation."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.default
        if isinstance(default, SecretStr) or default in ("", (), None):
            shown = "empty"
        elif isinstance(default, Limits):
            shown = "see Limits"
        else:
            shown = f"`{default}`"
        rows.append(f"| `HISOLVER_{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(rows) + "\n"
