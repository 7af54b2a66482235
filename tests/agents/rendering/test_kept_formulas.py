"""Formulas that are kept: found by their source only, made alone, checked, bounded; nothing of a scene's gets in."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from agents.errors import NoSandbox, SandboxError
from agents.rendering import ManimRenderer
from agents.rendering.inside import formula, sealed
from agents.rendering.kept_formulas import KeptFormulas, compiled_alone, is_drawing
from agents.sandbox import Job, Outcome, WarmSandbox, probe
from agents.sandbox.probe import TIERS

SVG = b"<?xml version='1.0' encoding='UTF-8'?>\n<svg xmlns='http://www.w3.org/2000/svg'><g><path d='M0 0H1V1Z'/></g></svg>"
TEX = "\\documentclass[preview]{standalone}\n\\usepackage{amsmath}\n\\begin{document}\n\\begin{align*}\nBODY\n\\end{align*}\n\\end{document}\n"


def scene(*lines: str) -> str:
    return "from manim import *\nclass A(Scene):\n    def construct(self):\n" + "".join(f"        {line}\n" for line in lines)


@dataclass
class Compiling:
    """A sandbox that gives `svg` for every formula."""

    svg: bytes = SVG
    tier: str = "fake"
    jobs: list[Job] = field(default_factory=list)

    async def run(self, job: Job) -> Outcome:
        self.jobs.append(job)
        await asyncio.sleep(0)
        return Outcome("ok", 0, "", "", self.svg, 0.1)


def entries(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_an_entry_opens_for_its_own_source_only_and_shows_nothing_of_it() -> None:
    entry = sealed.seal("x^2", SVG)
    assert sealed.unseal("x^2", entry) == SVG
    assert sealed.unseal("x^3", entry) is None
    assert b"svg" not in entry and b"x^2" not in entry and "x" not in sealed.name_of("x^2")
    assert sealed.name_of("x^2") != sealed.name_of("x^3")


@pytest.mark.parametrize("damage", [lambda e: b"", lambda e: e[:-1], lambda e: e + b"x", lambda e: e[:60] + b"\0" + e[61:], lambda e: SVG])
def test_a_damaged_entry_is_none(damage: Any) -> None:
    assert sealed.unseal("x", damage(sealed.seal("x", SVG))) is None


@pytest.mark.parametrize(
    "svg",
    [
        b"",
        b"no svg",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>x</script></svg>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><path onload='x()' d='M0 0'/></svg>",
        b"<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'><use xlink:href='http://a.b/c#d'/></svg>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><image href='#a'/></svg>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><path fill='url(http://a.b/c)' d='M0 0'/></svg>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><style>@import 'http://a.b'</style></svg>",
        b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<svg xmlns='http://www.w3.org/2000/svg'>" + b"<g/>" * 6000 + b"</svg>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><path d='" + b"M0 0" * 200_000 + b"'/></svg>",
        b"<html/>",
    ],
)
def test_what_is_no_plain_drawing_is_not_kept(svg: bytes) -> None:
    assert not is_drawing(svg)


def test_a_plain_drawing_is_one() -> None:
    assert is_drawing(SVG)


def test_the_command_lines_are_manims() -> None:
    from manim.utils.tex_file_writing import make_tex_compilation_command

    folder = Path("/anywhere/media/Tex")
    theirs = make_tex_compilation_command(sealed.COMPILER, sealed.FORMAT, folder / f"{formula.NAME}.tex", folder)
    assert formula.latex_command(str(folder)) == theirs


async def test_a_formula_is_compiled_when_it_was_seen_twice_and_at_once_for_a_scene_of_ours(tmp_path: Path) -> None:
    sandbox = Compiling()
    kept = KeptFormulas(tmp_path, 1, lambda source: source.startswith("ours"))
    kept.mounts()
    kept.note(sandbox, "a", ["one"], [])
    await kept.settled()
    assert sandbox.jobs == []
    kept.note(sandbox, "b", ["one"], [])
    kept.note(sandbox, "ours", ["two", "two"], [])
    await kept.settled()
    assert [job.stdin for job in sandbox.jobs] == [b"one", b"two"], "each in a sandbox of its own"
    assert {path.name for path in entries(tmp_path)} == {sealed.name_of("one"), sealed.name_of("two")}
    kept.note(sandbox, "ours", ["one"], [])
    await kept.settled()
    assert len(sandbox.jobs) == 2, "what is kept is not compiled again"


async def test_a_refused_formula_and_one_that_is_no_drawing_leave_nothing(tmp_path: Path) -> None:
    sandbox = Compiling(b"<svg><script/></svg>")
    kept = KeptFormulas(tmp_path, 1, lambda _: True)
    kept.mounts()
    kept.note(sandbox, "", ["one"], [])
    await kept.settled()
    assert len(sandbox.jobs) == 1 and entries(tmp_path) == []


async def test_what_was_used_least_recently_goes_first_and_a_render_that_finds_it_is_a_use(tmp_path: Path) -> None:
    sandbox = Compiling()
    kept = KeptFormulas(tmp_path, 1, lambda _: True)
    (folder,) = kept.mounts().values()
    kept._most = int(2.5 * len(sealed.seal("x", SVG)))
    for number, source in enumerate(("one", "two")):
        kept.note(sandbox, "", [source], [])
        await kept.settled()
        os.utime(folder / sealed.name_of(source), (number + 1, number + 1))
    kept.note(sandbox, "", [], ["one", "never seen"])
    (folder / ".part-old").write_bytes(b"x")
    os.utime(folder / ".part-old", (1, 1))
    kept.note(sandbox, "", ["three"], [])
    await kept.settled()
    assert {path.name for path in entries(tmp_path)} == {sealed.name_of("one"), sealed.name_of("three")}


async def test_what_other_versions_left_goes_after_a_month(tmp_path: Path) -> None:
    kept = KeptFormulas(tmp_path, 1, lambda _: True)
    kept.mounts()
    for name, age in (("old", 40), ("young", 1)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "entry").write_bytes(b"x")
        when = time.time() - age * 86_400
        os.utime(tmp_path / name, (when, when))
    kept.note(Compiling(), "", ["one"], [])
    await kept.settled()
    assert {path.name for path in entries(tmp_path)} == {"entry", sealed.name_of("one")} and not (tmp_path / "old").exists()


async def test_a_full_disk_costs_the_formula_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise OSError(28, "No space left on device")

    kept = KeptFormulas(tmp_path, 1, lambda _: True)
    kept.mounts()
    monkeypatch.setattr("agents.rendering.kept_formulas.tempfile.NamedTemporaryFile", full)
    kept.note(Compiling(), "", ["one"], [])
    await kept.settled()
    assert entries(tmp_path) == []


async def test_two_processes_that_share_a_folder_keep_one_whole_entry(tmp_path: Path) -> None:
    both = [KeptFormulas(tmp_path, 1, lambda _: True) for _ in range(2)]
    for kept in both:
        kept.mounts()
        kept.note(Compiling(), "", ["one", "two"], [])
    await asyncio.gather(*(kept.settled() for kept in both))
    assert sorted(path.name for path in entries(tmp_path)) == sorted(map(sealed.name_of, ("one", "two")))
    assert all(sealed.unseal(source, next(tmp_path.rglob(sealed.name_of(source))).read_bytes()) == SVG for source in ("one", "two"))


async def test_closing_ends_what_is_being_compiled(tmp_path: Path) -> None:
    kept = KeptFormulas(tmp_path, 1, lambda _: True)
    kept.mounts()
    kept.note(Compiling(), "", [f"formula {number}" for number in range(50)], [])
    await kept.aclose()
    assert len(entries(tmp_path)) < 50


async def test_where_a_job_cannot_reach_the_folder_renders_go_on_without(tmp_path: Path, bundled: Any, outcome: Any) -> None:
    class Closed(Compiling):
        async def run(self, job: Job) -> Outcome:
            self.jobs.append(job)
            if any(sealed.FOLDER in inside for inside in job.mounts):
                raise SandboxError("is closed to others")
            made: Outcome = outcome(collected=bundled({"error": None, "layout": [], "shown": []}, b""))
            return made

    sandbox = Closed()
    renderer = ManimRenderer(sandbox, "latex", KeptFormulas(tmp_path, 1))
    for _ in range(2):
        await renderer.render(scene("self.wait()"), out=tmp_path / "a.mp4")
    assert [any(sealed.FOLDER in inside for inside in job.mounts) for job in sandbox.jobs] == [True, False, False]


# with real walls and a real LaTeX


@pytest.fixture(params=list(TIERS))
def tier(request: pytest.FixtureRequest) -> Any:
    try:
        return probe(request.param)
    except NoSandbox as error:
        pytest.skip(f"no {request.param} on this machine: {error.message}")


def frames(path: Path) -> list[Any]:
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]


@pytest.mark.real
@pytest.mark.timeout(1200)
async def test_the_second_render_finds_the_formula_and_its_frames_are_the_same(tier: Any, tmp_path: Path) -> None:
    kept = KeptFormulas(tmp_path / "formulas", 8, lambda _: True)
    renderer = ManimRenderer(tier, "latex", kept)
    source = scene(
        'f = MathTex("x^2", "+", r"\\frac{1}{y}", "=", "4")', "f[0].set_color(RED)", "self.add(f)", "self.play(f.animate.shift(UP))"
    )
    notes: list[tuple[int, int]] = []
    noted = kept.note
    kept.note = lambda sandbox, scene, compiled, found: (  # type: ignore[method-assign]
        notes.append((len(list(compiled)), len(list(found)))),
        noted(sandbox, scene, compiled, found),
    )[1]
    for number in range(2):
        report = await renderer.render(source, out=tmp_path / f"{number}.mp4", timeout_s=400)
        assert report["ok"], report["error"]
        assert report["formulas"]["count"] == 1
        await kept.settled()
    assert notes == [(1, 0), (0, 1)]
    one, two = frames(tmp_path / "0.mp4"), frames(tmp_path / "1.mp4")
    assert len(one) == len(two) and all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


@pytest.mark.real
@pytest.mark.timeout(1200)
async def test_a_scene_reads_no_formula_it_does_not_know_and_writes_none(tier: Any, tmp_path: Path) -> None:
    kept = KeptFormulas(tmp_path / "formulas", 8, lambda _: True)
    (folder,) = kept.mounts().values()
    secret = TEX.replace("BODY", "31415926")
    name = sealed.name_of(secret)
    (folder / name).write_bytes(sealed.seal(secret, SVG))
    before = (folder / name).read_bytes()
    mounted = f"../opt/hisolver/{sealed.FOLDER}"
    attack = scene(
        "failed = 0",
        f"for place in ('{mounted}/{name}', '{mounted}/fresh'):",
        "    try:",
        "        np.savetxt(place, ['<svg/>'], fmt='%s')",
        "    except OSError:",
        "        failed += 1",
        f"raise ValueError(str(failed) + np.fromfile('{mounted}/{name}', dtype=np.uint8).tobytes().hex())",
    )
    renderer = ManimRenderer(tier, "latex", kept)
    report = await renderer.render(attack, out=tmp_path / "a.mp4", timeout_s=400)
    seen = report["error"]["message"]
    assert seen.startswith("ValueError: 2" + b"hisolver-formula-1".hex()), "it sees the entry and may not write"
    assert b"path".hex() not in seen
    assert (folder / name).read_bytes() == before and len(entries(tmp_path / "formulas")) == 1


@pytest.mark.real
@pytest.mark.timeout(1200)
async def test_an_svg_that_a_scene_plants_for_a_formula_reaches_nobody(tier: Any, tmp_path: Path) -> None:
    kept = KeptFormulas(tmp_path / "formulas", 8, lambda _: True)
    renderer = ManimRenderer(tier, "latex", kept)
    formula_source = scene('self.add(MathTex("7"))')
    plant = scene(
        "from manim.utils.tex_file_writing import generate_tex_file",
        "file = generate_tex_file(MathTex('7').tex_string, 'align*')",
        "import manim.utils.tex_file_writing as m",
        "for made in file.parent.glob('*.svg'):",
        f"    np.savetxt(made, [{SVG.decode()!r}], fmt='%s')",
        "self.add(MathTex('7'), Square())",
    )
    await renderer.render(plant, out=tmp_path / "evil.mp4", timeout_s=400)
    await kept.settled()
    clean = await ManimRenderer(tier, "latex").render(formula_source, out=tmp_path / "clean.mp4", timeout_s=400)
    after = await renderer.render(formula_source, out=tmp_path / "after.mp4", timeout_s=400)
    assert clean["ok"] and after["ok"]
    assert all(np.array_equal(a, b) for a, b in zip(frames(tmp_path / "clean.mp4"), frames(tmp_path / "after.mp4"), strict=True))


@pytest.mark.real
@pytest.mark.timeout(600)
async def test_a_hostile_formula_is_compiled_behind_the_same_walls(tier: Any) -> None:
    good = await compiled_alone(tier, TEX.replace("BODY", "x^2"))
    assert good is not None and is_drawing(good)
    assert await compiled_alone(tier, TEX.replace("BODY", r"\input{/etc/passwd}")) is None
    assert await compiled_alone(tier, TEX.replace("BODY", r"\nonsense")) is None
    assert await compiled_alone(tier, TEX.replace("BODY", r"\loop\iftrue\repeat")) is None
    assert await compiled_alone(tier, TEX.replace("BODY", r"\special{dvisvgm:raw <script>x</script>}x")) is None


@pytest.mark.real
@pytest.mark.timeout(900)
async def test_a_sandbox_started_ahead_sees_what_was_kept_after_its_start(tmp_path: Path) -> None:
    warm = WarmSandbox(probe(), spares=1)
    kept = KeptFormulas(tmp_path / "formulas", 8, lambda _: True)
    renderer = ManimRenderer(warm, "latex", kept)
    try:
        await renderer.render(scene("self.add(Square())"), out=tmp_path / "a.mp4", timeout_s=400)
        await warm.filled()
        source = scene('self.add(MathTex("x^2"))')
        await renderer.render(source, out=tmp_path / "b.mp4", timeout_s=400)
        await kept.settled()
        await warm.filled()
        _, found = await _sources(renderer, kept, source, tmp_path)
        assert len(found) == 1
    finally:
        await kept.aclose()
        await warm.aclose()


async def _sources(renderer: ManimRenderer, kept: KeptFormulas, source: str, folder: Path) -> tuple[list[str], list[str]]:
    told: list[tuple[list[str], list[str]]] = []
    kept.note = lambda sandbox, scene, compiled, found: told.append((list(compiled), list(found)))  # type: ignore[method-assign]
    await renderer.render(source, out=folder / "c.mp4", timeout_s=400)
    return told[0]
