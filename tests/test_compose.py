from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]


def _file() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8")))


def _services() -> dict[str, Any]:
    return dict(_file()["services"])


def test_it_holds_the_server_vllm_with_adapters_by_name_and_postgres() -> None:
    services = _services()
    assert {name for name, service in services.items() if "profiles" not in service} == {"server", "vllm", "postgres"}
    command = " ".join(services["vllm"]["command"])
    assert "--enable-lora" in command and "--lora-modules=" in command
    # what `deploy` needs: both read one registry, and vLLM loads what the server lets pass
    server = services["server"]
    assert services["vllm"]["environment"]["VLLM_ALLOW_RUNTIME_LORA_UPDATING"] == "1"
    folder = server["environment"]["HISOLVER_ADAPTERS"]
    source = next(volume.removesuffix(f":{folder}") for volume in server["volumes"] if volume.endswith(f":{folder}"))
    assert f"{source}:{server['environment']['HISOLVER_ADAPTERS_REMOTE']}:ro" in services["vllm"]["volumes"]
    assert f"--max-lora-rank={server['environment']['HISOLVER_MAX_LORA_RANK']}" in command
    assert services["vllm"]["deploy"]["resources"]["reservations"]["devices"][0]["capabilities"] == ["gpu"]


def test_the_image_holds_every_package() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]["include"]
    copied = re.findall(r"^COPY (\w+) ", (ROOT / "Dockerfile").read_text(), re.M)
    assert {package.removesuffix("*") for package in packages} <= set(copied)


@pytest.mark.parametrize("name", ["server", "vllm", "postgres", "scheduler", "render-worker"])
def test_every_service_is_checked_for_health_and_runs_as_nobody_special(name: str) -> None:
    service = _services()[name]
    assert service["healthcheck"]["test"]
    assert not service["user"].startswith("0")
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


def test_no_secret_stands_in_the_file_and_none_has_a_default() -> None:
    for service in _services().values():
        for variable, value in service["environment"].items():
            if any(word in variable for word in ("PASSWORD", "KEY", "DSN")) and not variable.endswith("_TLS_KEY"):
                assert ":?" in value, f"{variable} must come from outside"


def test_the_servers_settings_are_ones_that_exist() -> None:
    from server.settings import Settings

    known = {f"HISOLVER_{field.upper()}" for field in Settings.model_fields}
    known |= {f"HISOLVER_LIMITS__{name.upper()}" for name in Settings.model_fields["limits"].default.__dataclass_fields__}
    for service in ("server", "render-worker"):
        assert {name for name in _services()[service]["environment"] if name.startswith("HISOLVER_")} <= known


def test_the_profile_scale_adds_a_scheduler_and_workers_that_speak_tls_only_and_reach_nothing_else() -> None:
    services, everything = _services(), _file()
    scale = {name: service for name, service in services.items() if service.get("profiles") == ["scale"]}
    assert set(scale) == {"scheduler", "render-worker"}
    assert everything["networks"]["renders"] == {"internal": True}
    for service in scale.values():
        assert service["networks"] == ["renders"] and "ports" not in service
        assert set(service["secrets"]) <= set(everything["secrets"])
        assert f"/run/secrets/{service['secrets'][-1]}" in " ".join([*service["command"], *service["environment"].values()])
    assert "--protocol=tls" in scale["scheduler"]["command"] and "tls://scheduler:8786" in scale["render-worker"]["command"]
    assert "renders" in services["server"]["networks"]
    files = " ".join(secret["file"] for secret in everything["secrets"].values())
    assert "authority" not in files, "what signs for others belongs on none of them"


@pytest.mark.skipif(
    shutil.which("docker") is None or subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode != 0,
    reason="docker compose is not on this machine",
)
def test_docker_compose_accepts_it() -> None:
    secrets = {"VLLM_API_KEY": "a", "HISOLVER_API_KEYS": "b", "POSTGRES_PASSWORD": "c"}
    found = subprocess.run(
        ["docker", "compose", "--profile", "scale", "config", "-q"],
        cwd=ROOT,
        env={**os.environ, **secrets},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
