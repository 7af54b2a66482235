"""A real `dask scheduler` behind TLS: ours are let in, nobody else is; and it may go and come back."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from agents.errors import ConfigurationError, RenderError
from agents.rendering.across.addresses import Tls, check_address

ROOT = Path(__file__).parents[4]
SHORT = "self.add(Square())\nself.wait(0.5)"
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl, which makes the certificates, is not on this machine")


def certificates(folder: Path) -> Path:
    subprocess.run(["sh", str(ROOT / "scripts" / "render_certificates.sh"), str(folder)], check=True, capture_output=True)
    return folder


def tls(folder: Path, name: str) -> Tls:
    return Tls(*(folder / name / file for file in ("ca.pem", "cert.pem", "key.pem")))


def variables(files: Tls) -> dict[str, str]:
    return {"HISOLVER_RENDER_TLS_CA": str(files.ca), "HISOLVER_RENDER_TLS_CERT": str(files.cert), "HISOLVER_RENDER_TLS_KEY": str(files.key)}


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    return certificates(tmp_path / "ours")


@pytest.fixture
def run_scheduler(start, ours: Path, free_port: int):
    """Starts the scheduler as the documentation says; always at the same port."""

    def run() -> Any:
        process = start(
            *("dask", "scheduler", "--protocol", "tls", "--host", "127.0.0.1", "--port", str(free_port)),
            *("--no-dashboard", "--dashboard-address", "127.0.0.1:0"),
            *("--tls-ca-file", str(ours / "scheduler" / "ca.pem")),
            *("--tls-cert", str(ours / "scheduler" / "cert.pem"), "--tls-key", str(ours / "scheduler" / "key.pem")),
        )
        process.until_said("Scheduler at:")
        return process

    return run


@pytest.mark.real
@needs_openssl
async def test_with_certificates_of_ours_a_scene_is_rendered_and_without_nobody_comes_in(
    across, real_sandbox, run_scheduler, worker, scene, ours: Path, free_port: int, tmp_path: Path
) -> None:
    run_scheduler()
    address = f"tls://127.0.0.1:{free_port}"
    member = worker(address, **variables(tls(ours, "worker")))
    member.until_said("rendering 1 at a time")
    renderer = across(address, tls=tls(ours, "server"))
    assert await renderer.workers() == (1, 1, 0)
    report = await renderer.render(scene(SHORT), out=tmp_path / "out.mp4")
    assert report["ok"] and (tmp_path / "out.mp4").stat().st_size > 1000

    strangers = certificates(tmp_path / "theirs")
    mixed = Tls(ours / "server" / "ca.pem", strangers / "server" / "cert.pem", strangers / "server" / "key.pem")
    stranger = worker(address, **variables(tls(strangers, "worker")))
    stranger.until_said("cannot be reached, trying again")
    assert await renderer.workers() == (1, 1, 0)
    for files in (tls(strangers, "server"), mixed):
        with pytest.raises(RenderError, match="cannot be reached"):
            await across(address, tls=files).workers()
    with pytest.raises(RenderError, match="cannot be reached"):
        await across(f"tcp://127.0.0.1:{free_port}").workers()
    member_port = next(line for line in member.said if line.startswith("rendering")).rpartition(":")[2]
    handshake = ["openssl", "s_client", "-connect", f"127.0.0.1:{member_port}", "-tls1_2"]
    known = ["-cert", str(ours / "server" / "cert.pem"), "-key", str(ours / "server" / "key.pem")]
    codes = [
        (await asyncio.to_thread(subprocess.run, command, input=b"", capture_output=True, timeout=30, check=False)).returncode
        for command in (handshake, handshake + known)
    ]
    assert codes == [1, 0], "the worker, too, wants a certificate"


@pytest.mark.real
@needs_openssl
async def test_the_scheduler_is_killed_in_mid_render_and_comes_back_and_the_scene_is_delivered(
    across, real_sandbox, run_scheduler, worker, scene, ours: Path, free_port: int, tmp_path: Path, wait_until
) -> None:
    first = run_scheduler()
    address = f"tls://127.0.0.1:{free_port}"
    member = worker(address, **variables(tls(ours, "worker")))
    member.until_said("rendering 1 at a time")
    renderer = across(address, tls=tls(ours, "server"), patience_s=90.0)
    source = scene("n = 0\nwhile n < 3 * 10 ** 7:\n    n += 1\n" + SHORT)
    task = asyncio.create_task(renderer.render(source, out=tmp_path / "out.mp4"))
    await wait_until(member.sandboxes, 60)
    first.kill()
    await asyncio.to_thread(run_scheduler)
    assert (await asyncio.wait_for(task, 200))["ok"]
    assert (tmp_path / "out.mp4").stat().st_size > 1000


@pytest.mark.parametrize(
    "address",
    [
        *("tcp://10.0.0.7:8786", "tcp://renders:8786", "tcp://0.0.0.0:8786", "tcp://[::]:8786", "tcp://127.0.0.1.example.org:8786"),
        *("tls://renders:8786", "ucx://127.0.0.1:8786", "renders:8786", "tls://renders", "tls://renders:x", "", "inproc://a/1/2"),
        "tcp://user@127.0.0.1:8786",
    ],
)
def test_an_address_that_is_open_or_lacks_certificates_is_refused(address: str) -> None:
    with pytest.raises(ConfigurationError):
        check_address(address, None)


@pytest.mark.parametrize("address", ["local", "tcp://127.0.0.1:8786", "tcp://[::1]:8786", "tcp://localhost:8786"])
def test_what_does_not_leave_the_machine_needs_no_certificates(address: str) -> None:
    check_address(address, None)


def test_a_certificate_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"ca\.pem"):
        check_address("tls://renders:8786", tls(tmp_path, "server"))
