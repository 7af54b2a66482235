"""`hisolver doctor`: what is installed, what is missing, and the exact command that mends it."""

from __future__ import annotations

import ctypes.util
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from agents.errors import ConfigurationError, NoSandbox
from server.settings import Settings, load_settings
from server.setup import EMBEDDINGS, needed_weights
from server.terminal import print_json

DISK_BYTES = 2_000_000_000
"""Below this, weights, index and renders get tight."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check. `needed` tells a fault from a remark; `mend` is the command that mends it, empty where nothing is wrong."""

    name: str
    ok: bool
    detail: str
    mend: str = ""
    needed: bool = True


def doctor_report(*, as_json: bool) -> int:
    """Prints every check. Returns 0 when everything that is needed is there, else 3. Raises `ConfigurationError` for broken settings."""
    findings = list(examine(load_settings()))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            mark = "ok  " if finding.ok else "MISS" if finding.needed else "note"
            sys.stdout.write(f"{mark}  {finding.name:<{width}}  {finding.detail}\n")
            if finding.mend:
                sys.stdout.write(f"      {'':<{width}}  mend: {finding.mend}\n")
    return 0 if all(finding.ok or not finding.needed for finding in findings) else 3


def examine(settings: Settings) -> Iterator[Finding]:
    """Every check, one after the other; the sandbox is really tried."""
    yield _python()
    yield _library("cairo", "cairo", "libcairo2-dev")
    yield _library("pango", "pango-1.0", "libpango1.0-dev")
    yield from _formulas(settings)
    yield from _sandbox(settings)
    if settings.render_scheduler:
        yield _renders(settings)
    yield from _model(settings)
    yield _index(settings)
    yield _labels(settings)
    if settings.speech != "none":
        yield _speech(settings)
    yield _disk("cache", settings.cache_dir)
    yield _disk("data", settings.data_dir)
    yield _port(settings)
    yield _keys(settings)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    ok = sys.version_info >= (3, 11)
    return Finding("python", ok, version, "" if ok else _apt("python3.11 python3.11-venv"))


def _apt(packages: str) -> str:
    return f"sudo apt-get install -y {packages}"


def _library(name: str, library: str, package: str) -> Finding:
    found = ctypes.util.find_library(library)
    return Finding(name, found is not None, found or "the library is not installed", "" if found else _apt(package))


def _program(name: str, packages: str) -> Finding:
    path = shutil.which(name)
    if path is None:
        return Finding(name, False, "not found", _apt(packages))
    try:
        shown = subprocess.run([path, "--version"], capture_output=True, timeout=10, check=False, text=True, errors="replace")  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding(name, False, f"{path} does not run: {type(error).__name__}", _apt(f"--reinstall {packages}"))
    first = (shown.stdout or shown.stderr).strip().splitlines()
    ok = shown.returncode == 0
    return Finding(name, ok, first[0] if first else path, "" if ok else _apt(f"--reinstall {packages}"))


def _formulas(settings: Settings) -> Iterator[Finding]:
    """What sets formulas. LaTeX is needed only where nothing else does."""
    from agents.rendering.formulas import choose, has_typst

    setter = choose(settings.formulas)
    latex = _program("latex", "texlive-latex-extra texlive-fonts-recommended texlive-science"), _program("dvisvgm", "dvisvgm")
    yield from (replace(finding, needed=setter == "latex") for finding in latex)
    if setter == "latex":
        yield Finding("formulas", all(finding.ok for finding in latex), "set with LaTeX", "" if latex[0].ok else "see latex above")
        return
    why = "as HISOLVER_FORMULAS says" if settings.formulas == "typst" else "since LaTeX is not installed"
    found = has_typst()
    mend = "scripts/setup.sh"
    yield Finding("formulas", found, f"set with Typst, {why}" if found else "typst is not installed", "" if found else mend)


def _sandbox(settings: Settings) -> Iterator[Finding]:
    """The walls that untrusted code will run behind, and the best walls where they are not those."""
    from agents.sandbox import probe

    bwrap = _program("bwrap", "bubblewrap")
    try:
        sandbox = probe(settings.sandbox_tier)
    except NoSandbox as error:
        yield bwrap
        yield Finding("sandbox", False, "no tier works here, so no code is run", error.message)
        return
    yield replace(bwrap, needed=sandbox.tier == "bubblewrap")
    if sandbox.tier == "bubblewrap":
        yield Finding("sandbox", True, "bubblewrap, tried")
        return
    wanted = settings.sandbox_tier
    why = "as HISOLVER_SANDBOX_TIER says"
    if wanted == "auto":
        try:
            probe("bubblewrap")
        except NoSandbox as error:
            why = f"since the better one does not work here: {error.message}"
    yield Finding("sandbox", True, f"{sandbox.tier}, tried; {why}")


def _renders(settings: Settings) -> Finding:
    from server.renders import examine_scheduler

    return Finding("renders", *examine_scheduler(settings))


def _model(settings: Settings) -> Iterator[Finding]:
    if settings.model_url:
        yield _endpoint(settings)
    else:
        found = importlib.util.find_spec("xllamacpp") is not None
        yield Finding("engine", found, "xllamacpp" if found else "xllamacpp is not installed", "" if found else "make setup")
    from server.engine.fetch import is_ready

    for name in needed_weights(settings):
        try:
            ready = is_ready(name, settings.cache_dir)
        except ConfigurationError as error:
            yield Finding(f"weights {name}", False, error.message, "set HISOLVER_WEIGHTS to a name in weights.toml")
            continue
        mend = "" if ready else f"hisolver weights fetch {name}"
        yield Finding(f"weights {name}", ready, "here and checked" if ready else "not in the cache", mend, needed=name != EMBEDDINGS)


def _endpoint(settings: Settings) -> Finding:
    import openai

    client = openai.OpenAI(base_url=settings.model_url, api_key=settings.model_key.get_secret_value() or "none", timeout=5, max_retries=0)
    wanted = sorted(set(settings.model_names.values()))
    try:
        names = [model.id for model in client.models.list().data]
    except openai.OpenAIError as error:
        return Finding(
            "model endpoint",
            False,
            f"{settings.model_url}: {type(error).__name__}",
            "start it, or correct HISOLVER_MODEL_URL and HISOLVER_MODEL_KEY",
        )
    missing = [name for name in wanted if name not in names]
    detail = f"{settings.model_url} serves {', '.join(names[:5])}"
    mend = f"it does not name {', '.join(missing)}: set HISOLVER_SOLVER_MODEL and the others" if missing else ""
    return Finding("model endpoint", not missing, detail, mend, needed=not missing)


def _index(settings: Settings) -> Finding:
    from retrieval.index import index_ready

    ready = index_ready(settings.cache_dir)
    return Finding("scene index", ready, "built" if ready else "not built yet", "" if ready else "hisolver corpus index", needed=False)


def _labels(settings: Settings) -> Finding:
    """Label Studio and its SDK, which only those who label scenes need."""
    from server.corpus.label_studio import labels_python

    found = labels_python(settings).exists()
    return Finding(
        "labelling",
        found,
        str(labels_python(settings)) if found else "Label Studio is not set up",
        "" if found else "make labels",
        needed=False,
    )


def _speech(settings: Settings) -> Finding:
    """The voice for narration. Without it animations are silent, so it is no fault."""
    if settings.speech == "piper":
        from server.speech import piper_lack

        lack = piper_lack(settings.piper, settings.piper_voice)
        mend = (
            "pip install piper-tts in an environment of its own and set HISOLVER_PIPER to its piper, fetch a voice with "
            "`python -m piper.download_voices en_US-lessac-medium` and set HISOLVER_PIPER_VOICE to the .onnx file, or HISOLVER_SPEECH=none"
        )
        return Finding("speech", lack is None, lack or f"piper with {settings.piper_voice}", mend if lack else "", needed=False)
    mend = "start it, or correct HISOLVER_SPEECH_URL, or set HISOLVER_SPEECH=none"
    if not settings.speech_url:
        return Finding("speech", False, "no server is named", mend, needed=False)
    import openai

    client = openai.OpenAI(
        base_url=settings.speech_url, api_key=settings.speech_key.get_secret_value() or "none", timeout=10, max_retries=0
    )
    try:
        sound = client.audio.speech.create(
            model=settings.speech_model, voice=settings.speech_voice, input="ready", response_format="wav"
        ).read()
    except openai.OpenAIError as error:
        return Finding("speech", False, f"{settings.speech_url}: {type(error).__name__}", mend, needed=False)
    from agents.rendering.wav import NotASound, read_wav

    try:
        spoken = read_wav(sound, most_seconds=30)
    except NotASound as error:
        return Finding("speech", False, f"{settings.speech_url} gave no usable sound: {error}", mend, needed=False)
    return Finding("speech", True, f"{settings.speech_url}, tried: {spoken.seconds:.1f} s at {spoken.rate} Hz")


def _disk(name: str, folder: Path) -> Finding:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    ok = free >= DISK_BYTES
    return Finding(
        f"disk for {name}",
        ok,
        f"{free / 1e9:.1f} GB free at {existing}",
        "" if ok else f"make room there, or set HISOLVER_{name.upper()}_DIR",
    )


def _port(settings: Settings) -> Finding:
    from server.listen import AddressError, bind

    try:
        bind(settings.host, settings.port).close()
    except AddressError as error:
        return Finding("port", False, error.message, f"hisolver serve --port {settings.port + 1}", needed=False)
    return Finding("port", True, f"{settings.host}:{settings.port} is free")


def _keys(settings: Settings) -> Finding:
    try:
        settings.check_exposure()
    except ConfigurationError as error:
        return Finding("keys", False, error.message, "export HISOLVER_API_KEYS=$(openssl rand -hex 24)")
    return Finding("keys", True, f"{len(settings.api_keys)} configured" if settings.api_keys else "none, open on loopback only")
