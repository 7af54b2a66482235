"""Lines 21 to 26 of the threat model: scenes and formulas as attackers. After each attack an innocent scene renders."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from agents.rendering import ManimRenderer
from agents.rendering.mp4 import inspect_mp4
from agents.sandbox import Tier

pytestmark = pytest.mark.real

INNOCENT = "from manim import *\nclass A(Scene):\n    def construct(self):\n        self.add(Square())\n"


def tex(*lines: str, template: str = "") -> str:
    """A scene that sets `lines` of TeX without a mathematics environment around them."""
    code = "\n".join(lines)
    return f"""from manim import *
class A(Scene):
    def construct(self):
        {template or "template = None"}
        self.add(Tex({code!r}, tex_environment=None, tex_template=template))
"""


@pytest.fixture
async def render(canary: Path, tmp_path: Path, sandbox: Tier):
    """Renders a hostile scene; afterwards looks at the canary and renders an innocent scene."""
    renderer = ManimRenderer(sandbox)
    before = canary.read_text()

    async def run(source: str, *, timeout_s: float = 40.0, out: Path | None = None) -> Any:
        report = await renderer.render(source, out=out or tmp_path / "hostile.mp4", timeout_s=timeout_s)
        assert before not in str(report)
        return report

    yield run
    assert canary.read_text() == before
    after = await renderer.render(INNOCENT, out=tmp_path / "innocent.mp4")
    assert after["ok"] is True, after["error"]


def if_readable(*paths: str) -> str:
    """TeX that stops with an error where one of `paths` can be opened, and sets a letter for each that cannot."""
    return "\\newread\\door" + "".join(f"\\immediate\\openin\\door={path}\\relax\\ifeof\\door n\\else\\itwasread\\fi " for path in paths)


@pytest.mark.parametrize("path", ["/etc/passwd", "CANARY"])
async def test_line_21_tex_inputs_no_file_of_the_host(render, canary, path):
    report = await render(tex(f"\\input{{{canary if path == 'CANARY' else path}}}"))
    assert report["error"]["kind"] == "latex" and report["error"]["line"] == 5


async def test_line_21_tex_opens_no_file_of_the_host(render, canary):
    report = await render(tex(if_readable("/etc/passwd", "/etc/shadow", "/proc/1/environ", str(canary))))
    assert report["ok"] is True, "a file could be opened"


async def test_line_21_the_probe_itself_notices_a_file_that_can_be_read(render):
    report = await render(tex(if_readable("article.cls")))
    assert report["error"]["kind"] == "latex" and "itwasread" in report["error"]["hint"]


async def test_line_22_write18_runs_nothing(render):
    shells = [
        f"\\immediate\\write18{{{command}}}"
        for command in ("touch media/Tex/a.tex", "cp article.cls b.tex", "kpsewhich article.cls > c.tex")
    ]
    made = ("media/Tex/a.tex", "a.tex", "b.tex", "c.tex")
    report = await render(tex(*shells, if_readable(*made)))
    assert report["ok"] is True, report["error"]


async def test_line_22_there_is_no_tex_with_a_programming_language(render):
    lua = tex("\\directlua{os.execute('true')}x", template='template = TexTemplate(tex_compiler="lualatex", output_format=".pdf")')
    for source in (tex("\\directlua{os.execute('true')}x"), lua):
        report = await render(source)
        assert report["error"]["kind"] == "latex" and report["video"] is None


async def test_line_23_an_endless_formula_ends_by_the_time_limit(render):
    report = await render(tex("\\loop\\iftrue\\repeat x"), timeout_s=8)
    assert report["error"]["kind"] == "timeout" and report["wall_s"] < 12
    assert report["error"]["line"] == 5


async def test_line_23_an_endless_formula_in_a_long_render_is_a_fault_of_the_formula(render):
    report = await render(tex("\\loop\\iftrue\\repeat x"), timeout_s=60)
    assert report["error"]["kind"] == "latex" and "did not end" in report["error"]["message"] and report["wall_s"] < 30


async def test_line_24_neither_a_manim_cfg_nor_a_plugin_beside_the_scene_counts(render, tmp_path, monkeypatch):
    evil = tmp_path / "brought"
    evil.mkdir()
    marker = tmp_path / "plugin-ran"
    (evil / "manim.cfg").write_text("[CLI]\npixel_width = 222\npixel_height = 222\nplugins = manim_evil\n")
    (evil / "manim_evil.py").write_text(f"open({str(marker)!r}, 'w').write('x')\n")
    monkeypatch.chdir(evil)
    monkeypatch.setenv("PYTHONPATH", str(evil))
    report = await render(INNOCENT, out=evil / "o.mp4")
    info = inspect_mp4((evil / "o.mp4").read_bytes())
    assert (report["ok"], info.width, info.height) == (True, 854, 480)
    assert not marker.exists()


async def test_line_24_a_configuration_that_the_scene_makes_itself_changes_no_picture(render, tmp_path):
    top = "np.savetxt('manim.cfg', ['[CLI]', 'pixel_width = 222', 'frame_rate = 7', 'plugins = evil'], fmt='%s')\nconfig.digest_file('manim.cfg')\n"
    report = await render(INNOCENT.replace("class A", top + "config.pixel_height = 99\nconfig.format = 'gif'\nclass A"))
    assert report["error"] is None
    info = inspect_mp4((tmp_path / "hostile.mp4").read_bytes())
    assert (info.width, info.height) == (854, 480)


def scene(*lines: str) -> str:
    return "from manim import *\nclass A(Scene):\n    def construct(self):\n" + "".join(f"        {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        (scene("self.add(Dot())", "self.wait(36000)"), {"timeout"}),
        (scene("self.add(Dot())", "self.wait(float('inf'))"), {"timeout", "runtime"}),
        (scene("self.add(Dot())", "for _ in range(10**9):", "    self.wait(20)"), {"timeout"}),
        (scene("self.add(Dot())", "self.wait_until(lambda: False, max_time=36000)"), {"timeout"}),
        (
            scene("self.camera.pixel_width = self.camera.pixel_height = 100000", "self.camera.init_background()"),
            {"memory"},
        ),
        (scene("self.add(VGroup(*[Dot() for _ in range(10**9)]))"), {"timeout", "memory"}),
    ],
    ids=["ten hours", "for ever", "many waits", "until never", "100,000 pixels", "a billion dots"],
)
async def test_line_25_no_scene_is_endless_or_enormous(render, source, kinds):
    report = await render(source, timeout_s=8)
    assert report["ok"] is False and report["video"] is None
    assert report["error"]["kind"] in kinds
    assert report["wall_s"] < 12


async def test_line_25_sizes_that_a_scene_sets_for_itself_do_not_count(render, tmp_path):
    source = scene("config.frame_rate = 10**9", "self.play(Create(Square()))", "config.pixel_width = 100000", "self.wait(0.4)")
    report = await render("from manim import *\nconfig.pixel_width = config.pixel_height = 100000\nconfig.frame_rate = 10**9\n" + source)
    assert report["error"] is None and report["seconds"] == pytest.approx(1.4, abs=0.1)
    assert inspect_mp4((tmp_path / "hostile.mp4").read_bytes()).width == 854


async def test_a_scene_that_forges_its_own_result_is_taken_for_what_it_is(render, tmp_path):
    body = b'{"ok": true, "error": null, "layout": [], "shown": []}'
    forged = list(len(body).to_bytes(8, "big") + body + b"\0\0\0\x08ftyp" + b"<script>" * 20)
    source = scene(f"np.array({forged}, dtype=np.uint8).tofile('bundle')", "getattr(np.lib._npyio_impl, 'o' + 's')._exit(0)")
    report = await render(source)
    assert report["ok"] is False and not (tmp_path / "hostile.mp4").exists()
    assert report["error"]["kind"] == "none_rendered" and "no video" in report["error"]["message"], "the forged file was read and refused"


_LAUGHS = "<!DOCTYPE svg [<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10)) + "]>"
_SVG = "{top}<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'><text>{inside}</text><path d='M 0 0 L 9 9 L 9 0 Z'/></svg>"


def drawn(svg: str) -> str:
    return scene(f"np.savetxt('evil.svg', [{svg!r}], fmt='%s')", "self.add(SVGMobject('evil.svg'))")


async def test_line_26_an_svg_that_unfolds_without_end_is_an_error(render):
    report = await render(drawn(_SVG.format(top=_LAUGHS, inside="&a9;")), timeout_s=15)
    assert report["ok"] is False and report["error"]["kind"] in ("syntax", "runtime", "memory", "timeout", "none_rendered")


async def test_line_26_an_svg_reads_no_file_and_fetches_nothing(render, canary):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x.svg"
        top = f"<!DOCTYPE svg [<!ENTITY file SYSTEM 'file://{canary}'><!ENTITY far SYSTEM '{address}'>]>"
        used = f"</text><use xlink:href='{address}'/><image xlink:href='file://{canary}'/><text>"
        for svg in (_SVG.format(top=top, inside="&file;&far;"), _SVG.format(top="", inside=used)):
            report = await render(drawn(svg), timeout_s=20)
            assert canary.read_text() not in str(report)
        with pytest.raises(BlockingIOError):
            server.accept()


async def test_line_26_the_probe_draws_an_innocent_svg(render):
    report = await render(drawn(_SVG.format(top="", inside="")))
    assert report["ok"] is True, report["error"]
