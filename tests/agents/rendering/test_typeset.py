"""Formulas without LaTeX: what TeX becomes in Typst, and that Typst takes it; whose part each path is; real beats."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from agents.rendering import ManimRenderer
from agents.rendering.inside.tex import LatexError
from agents.rendering.inside.typeset import setter
from agents.rendering.inside.typeset.tokens import Untranslatable

pytest.importorskip("typst", reason="the package typst is not installed")

PAIRS = [
    (r"\frac{1}{2}", "frac(1, 2)"),
    (r"\frac12", "frac(1, 2)"),
    (r"\dfrac{1}{2} + \tfrac{1}{3}", r"display(frac(1, 2))\+inline(frac(1, 3))"),
    (r"{a \over b} + c", r"frac(a, b)\+c"),
    (r"\frac{\frac{1}{2}}{\frac{3}{4}}", "frac(frac(1, 2), frac(3, 4))"),
    (r"\binom{n}{k}", "binom(n, k)"),
    (r"n \choose k", "binom(n, k)"),
    (r"x^2 + 3x - 4 = 0", r"attach(x, t: 2)\+3 x−4\=0"),
    (r"\frac{-b \pm \sqrt{b^2-4ac}}{2a}", r"frac(−b\±sqrt(attach(b, t: 2)−4 a c), 2 a)"),
    (r"\sqrt[3]{27} = 3", r"root(3, 27)\=3"),
    (r"\sqrt 2", "sqrt(2)"),
    (r"\sqrt{x+\sqrt{y}}", r"sqrt(x\+sqrt(y))"),
    (r"x_1, x_2", r"attach(x, b: 1)\,attach(x, b: 2)"),
    (r"x^{a}_{b}", "attach(x, t: a, b: b)"),
    (r"a_{i,j}", r"attach(a, b: i\,j)"),
    (r"{x^2}^3", "attach(attach(x, t: 2), t: 3)"),
    (r"x^{\frac{1}{2}}", "attach(x, t: frac(1, 2))"),
    (r"x'' + y'^2", r"attach(x, t: ′′)\+attach(y, t: ′2)"),
    (r"f'(x)", r"attach(f, t: ′)\(x\)"),
    (r"2^{10} = 1024", r"attach(2, t: 10)\=1024"),
    (r"e^{i\pi} + 1", r"attach(e, t: i π)\+1"),
    (r"\alpha + \beta = 90^\circ", r"α\+β\=attach(90, t: \∘)"),
    (r"45°", r"45\°"),
    (r"\Delta y / \Delta x", r"upright(Δ)y\/upright(Δ)x"),
    (r"2 \leq x < 5", r"2\≤x\<5"),
    (r"a \ne b", r"a\≠b"),
    (r"x \not= y", r"x\≠y"),
    (r"x \not\in A", r"x\∉A"),
    (r"x \not\sim y", r"x\≁y"),
    (r"|x - 3| \ge 2", r"\|x−3\|\≥2"),
    (r"\left|\frac{x}{2}\right| = 4", r"lr(\|frac(x, 2)\|)\=4"),
    (r"\left( \frac{a}{b} \right)^2", r"attach(lr(\(frac(a, b)\)), t: 2)"),
    (r"\left\{ x : x > 0 \right\}", r"lr(\{x\:x\>0\})"),
    (r"\left. x \right|_{0}^{1}", r"attach(lr(x\|), t: 1, b: 0)"),
    (r"\left( x \middle| y \right)", r"lr(\(x mid(\|)y\))"),
    (r"\left\lfloor \frac{5}{2} \right\rfloor", r"lr(\⌊frac(5, 2)\⌋)"),
    (r"\lfloor x \rfloor", r"\⌊x\⌋"),
    (r"\big( x \big)", r"lr(size: #1.2em, \()x lr(size: #1.2em, \))"),
    (r"\{1, 2, 3\}", r"\{1\,2\,3\}"),
    (r"\begin{cases} x + y = 3 \\ x - y = 1 \end{cases}", r"cases(&x\+y\=3, &x−y\=1)"),
    (r"\begin{cases} x & \text{if } x > 0 \\ 0 & \text{else} \end{cases}", r'cases(&x&&#h(1em)"if "x\>0, &0&&#h(1em)"else")'),
    (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", r'mat(delim: #"(", column-gap: #1em, 1, 2; 3, 4)'),
    (r"\begin{bmatrix} a \\ b \end{bmatrix}", r'mat(delim: #"[", column-gap: #1em, a; b)'),
    (r"\begin{vmatrix} a & b \end{vmatrix}", r'mat(delim: #"|", column-gap: #1em, a, b)'),
    (r"\begin{array}{cc} 1 & 2 \end{array}", "mat(delim: #none, column-gap: #1em, 1, 2)"),
    (r"\begin{aligned} x &= 1 \\ y &= 2 \end{aligned}", r"mat(delim: #none, row-gap: #0.6em, x&\=1; y&\=2)"),
    (r"x &= 1 \\ y &= 2", "x&\\=1\\ y&\\=2"),
    (r"\text{area} = \pi r^2", r'"area"\=π attach(r, t: 2)'),
    (r"5 \text{ cm}^2", '5 attach(" cm", t: 2)'),
    (r"\text{if $x > 0$ then}", r'"if "x\>0" then"'),
    (r"\textbf{so}", 'bold("so")'),
    (r"\mathrm{km/h}", r"upright(k m\/h)"),
    (r"\mathbf{a}", "strong(a)"),
    (r"x \in \mathbb{R}", r"x\∈bb(R)"),
    (r"\mathcal{L}", "cal(L)"),
    (r"\operatorname{lcm}(a,b)", r'op("lcm")\(a\,b\)'),
    (r"\sin^2\theta", 'attach(op("sin"), t: 2)θ'),
    (r"\log_{10} 100", 'attach(op("log"), b: 10)100'),
    (r"\lim_{x \to 0} x", 'attach(op("lim", limits: #true), b: x\\→0)x'),
    (r"\sum_{k=1}^{n} k", r"attach(\∑, t: n, b: k\=1)k"),
    (r"\sum\limits_{k} k", r"attach(limits(\∑), b: k)k"),
    (r"\prod_{i} a_i", r"attach(\∏, b: i)attach(a, b: i)"),
    (r"\int_0^1 x \, dx", r"attach(\∫, t: 1, b: 0)x#h(0.1667em)d x"),
    (r"\overline{AB} \parallel \overline{CD}", r"overline(A B)\∥overline(C D)"),
    (r"\overrightarrow{AB}", "arrow(A B)"),
    (r"\vec{v} = \langle 1, 2 \rangle", r"arrow(v)\=\⟨1\,2\⟩"),
    (r"\hat{y} + \bar{x}", r"hat(y)\+macron(x)"),
    (r"\underline{x}", "underline(x)"),
    (r"\angle ABC", r"\∠A B C"),
    (r"\triangle ABC", r'class("normal", \△)A B C'),
    (r"20\% \cdot \$50", r"20\%\⋅\$50"),
    (r"1{,}000{,}000", r'1 class("normal", \,)000 class("normal", \,)000'),
    (r"3.14 \times 10^{-5}", r"3.14\×attach(10, t: −5)"),
    (r".5", r"\.5"),
    (r"12.", r"12\."),
    (r"\overbrace{a + b}^{c}", r"overbrace(a\+b, c)"),
    (r"\underbrace{x+x}_{2x}", r"underbrace(x\+x, 2 x)"),
    (r"a \overset{!}{=} b", r"a attach(limits(\=), t: \!)b"),
    (r"\stackrel{?}{=}", r"attach(limits(\=), t: \?)"),
    (r"\cancel{x}", "cancel(x)"),
    (r"\phantom{x}", "gone(x)"),
    (r"17 \bmod 5", '17#h(0.2222em)"mod"#h(0.2222em)5'),
    (r"2 \pmod{5}", r'2#h(1em)\("mod"#h(0.3333em)5\)'),
    (r"x \quad y", "x#h(1em)y"),
    (r"x \! y", "x#h(-0.1667em)y"),
    (r"x \hspace{1cm} y", "x#h(2.845em)y"),
    (r"A \cup B \subseteq C", r"A\∪B\⊆C"),
    (r"\therefore x = 2", r"\∴x\=2"),
    (r"x \implies y", r"x#h(0.2778em)\⟹#h(0.2778em)y"),
    (r"x \to \infty", r"x\→\∞"),
    (r"\ldots", r"\…"),
    (r"x*y", "x∗y"),
    (r"x; y: z", r"x\;y\:z"),
    (r"a<=b", r"a\<\=b"),
    (r"a -> b", r"a−\>b"),
    (r'"x"', r"\"x\""),
    (r"#x", r"\#x"),
    (r"\displaystyle x", "x"),
    (r"x % a remark", "x"),
    (r"\textcolor{red}{x} + y", r"c1(x)\+y"),
    (r"{\color{blue} x} + y", r"c1(x)\+y"),
]
"""TeX, and Typst's mathematics for it."""
SCENE = "from manim import *\nclass A(Scene):\n    def construct(self):\n"


def mathematics(tex: str) -> str:
    return setter.translated(tex, "align*")[0].removeprefix("$ ").removesuffix(" $")


@pytest.mark.parametrize(("tex", "typst"), PAIRS)
def test_a_formula_becomes_typst_that_typst_takes(tex: str, typst: str) -> None:
    body, parts = setter.translated(tex, "align*")
    assert body == f"$ {typst} $"
    drawn = setter.drawn(body, parts)
    assert drawn.count("<path") >= (0 if tex == r"\phantom{x}" else 1)


@pytest.mark.parametrize(
    ("tex", "words"),
    [
        ("Hello world", '#"Hello world";'),
        (r"The answer is $x^2$.", '#"The answer is ";$attach(x, t: 2)$#".";'),
        (r"\textbf{Bold} -- ``so''", '#strong[#"Bold";];#" – “so”";'),
        (r"A\\B", '#"A";#linebreak();#"B";'),
        (r"Cost: \$5, 50\%", '#"Cost: $5, 50%";'),
        (r'say "#no"', '#"say \\"#no\\"";'),
    ],
)
def test_a_text_keeps_its_words_and_its_mathematics(tex: str, words: str) -> None:
    body, parts = setter.translated(tex, "center")
    assert f"let body = [{words}]" in body
    assert "<path" in setter.drawn(body, parts)


@pytest.mark.parametrize(
    "tex",
    [
        r"\nonsense{2}",
        r"\frac{1}",
        r"{x",
        r"\left( x",
        r"\begin{cases} x",
        r"\begin{tikzpicture} \end{tikzpicture}",
        r"\right)",
        "x^",
        r"\input{/etc/passwd}",
    ],
)
def test_what_is_not_known_is_refused(tex: str) -> None:
    with pytest.raises(Untranslatable):
        setter.translated(tex, "align*")


def test_nesting_without_end_and_endless_rows_are_refused() -> None:
    for tex in ("{" * 500 + "x" + "}" * 500, r"\sqrt{" * 300 + "x" + "}" * 300, "x" * 30_000):
        with pytest.raises(Untranslatable):
            setter.translated(tex, "align*")


def test_nothing_in_a_formula_becomes_code_of_typsts() -> None:
    hostile = r'#read("/etc/passwd") #sys.version $#import "@preview/x:1.0.0"$ "; #panic(1) //'
    body, parts = setter.translated(hostile.replace("$", r"\$"), "align*")
    assert not re.search(r"(?<!\\)#(?!h\()", body)
    assert "<path" in setter.drawn(body, parts)
    text, parts = setter.translated('a" #panic() \\{ ] #read("x")', "center")
    assert "<path" in setter.drawn(text, parts), "in a text it is a string"


def marked(*parts: str) -> str:
    return "".join(
        rf"\special{{dvisvgm:raw <g id='unique{number:03d}'>}}{part} \special{{dvisvgm:raw </g>}}" for number, part in enumerate(parts)
    )


def groups(tex: str, environment: str | None = "align*") -> dict[str, int]:
    """How many paths are in each part that Manim looks for."""
    from xml.etree import ElementTree

    root = ElementTree.fromstring(setter.set_formula(tex, environment))
    named = {group.get("id", ""): group for group in root.iter() if group.tag.endswith("}g") and group.get("id")}
    return {name: sum(node.tag.endswith("}path") for node in group.iter()) for name, group in named.items()}


def test_each_path_is_in_the_group_of_its_part() -> None:
    assert groups(marked(r"\frac{1}{2}", "+", r"\sqrt{y}", "=", "x^2")) == {
        "unique000": 3, "unique001": 1, "unique002": 3, "unique003": 1, "unique004": 2,
    }  # fmt: skip


def test_a_part_may_begin_and_end_in_the_middle_of_what_it_belongs_to() -> None:
    assert groups(marked(r"\frac{", "a", "}{", "b", "}")) == {
        "unique000": 1,
        "unique001": 1,
        "unique002": 0,
        "unique003": 1,
        "unique004": 0,
    }


def test_a_part_in_a_part_is_found_by_both() -> None:
    inner = r"2\special{dvisvgm:raw <g id='unique000substring'>}x\special{dvisvgm:raw </g>} + 1"
    assert groups(marked(inner)) == {"unique000": 4, "unique000substring": 1}


def test_texts_and_what_cannot_be_translated_have_their_parts_too() -> None:
    assert groups(marked("ab", "c $x$"), "center") == {"unique000": 2, "unique001": 2}
    before = len(setter.told()["as_text"])
    assert groups(marked("a", r"\nonsense bc")) == {"unique000": 1, "unique001": 2}
    assert len(setter.told()["as_text"]) == before + 1 and r"\nonsense" in setter.told()["as_text"][-1]


def test_a_fractions_bar_comes_before_what_is_under_it_as_in_tex() -> None:
    paths = re.findall(r"<path d='([^']*)'", setter.set_formula(r"\frac{1}{2}", "align*"))
    assert len(paths) == 3 and paths[1].count("L") == 3 and "c" not in paths[1], "the bar is the second of three"


def test_characters_without_a_glyph_are_an_error_as_in_latex() -> None:
    with pytest.raises(LatexError, match="characters that the font does not have: 数"):
        setter.set_formula("x = 数", "align*")


def test_an_empty_formula_is_an_error() -> None:
    with pytest.raises(LatexError, match="empty"):
        setter.set_formula(marked(" "), "align*")


@pytest.fixture
def typst_renderer(real_sandbox: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ManimRenderer:
    """A renderer on a machine where no TeX is to be found."""
    from agents.rendering.formulas import choose, has_latex

    empty = tmp_path / "bin"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    assert not has_latex() and choose() == "typst"
    return ManimRenderer(real_sandbox)


KINDS = ("recap", "equation_steps", "function_graph", "area_model", "unit_circle", "triangle")


@pytest.mark.real
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", KINDS)
async def test_our_beats_render_without_latex_and_their_layout_is_inspected(
    name: str, typst_renderer: ManimRenderer, tmp_path: Path
) -> None:
    from agents.animation.compose import SCENE as BEAT
    from agents.animation.kinds import load
    from tests.agents.animation.examples import GOOD

    report = await typst_renderer.render(load(GOOD[name]).source(), scene=BEAT, out=tmp_path / "beat.mp4", timeout_s=900)
    assert report["ok"], report["error"]
    assert report["formulas"]["setter"] == "typst" and report["formulas"]["count"] >= 1 and report["formulas"]["as_text"] == []
    assert "MathTex" in {shown["kind"] for shown in report["shown"]}
    assert [finding for finding in report["layout"] if finding["severity"] == "error"] == []


@pytest.mark.real
@pytest.mark.timeout(1200)
async def test_a_scene_as_coders_write_them_works_without_latex(typst_renderer: ManimRenderer, tmp_path: Path) -> None:
    lines = (
        'formula = MathTex("a^2", "+", "b^2", "=", "c^2", tex_to_color_map={"c": RED}).to_edge(UP)',
        'formula.set_color_by_tex("a^2", BLUE)',
        'assert formula[0][0].get_color().to_hex() == BLUE.to_hex() and formula.get_part_by_tex("b^2") is not None',
        'other = MathTex("c^2", "=", "a^2", "+", "b^2").to_edge(UP)',
        "matrix = Matrix([[1, 2], [3, 4]]).scale(0.7).to_edge(LEFT)",
        'axes = Axes(x_range=[0, 4], y_range=[0, 4], x_length=4, y_length=3, axis_config={"include_numbers": True})',
        'title = Title("About $x^2$", include_underline=True).scale(0.6).to_edge(DOWN)',
        "number = DecimalNumber(3.14159, num_decimal_places=2).to_edge(RIGHT)",
        'odd = MathTex(r"\\nonsense{2}").next_to(number, DOWN)',
        "self.play(Write(formula), FadeIn(matrix, axes, title, number, odd))",
        "self.play(TransformMatchingTex(formula, other), number.animate.set_value(2.5))",
        'second = Text("on top").move_to(title)',
        "self.play(FadeIn(second))",
    )
    source = SCENE + "".join(f"        {line}\n" for line in lines)
    report = await typst_renderer.render(source, out=tmp_path / "scene.mp4", timeout_s=900)
    assert report["ok"], report["error"]
    assert report["formulas"]["as_text"] == [r"\nonsense{2}"]
    assert any(finding["kind"] == "overlap" for finding in report["layout"]), "a fault of the layout is found on Typst's formulas too"


@pytest.mark.parametrize(
    "parts",
    [
        ("x", "=", "-2"),
        (r"\frac{2}{3}", "x", "-", "4", "=", "6"),
        (r"\sin", "x", "+", r"\sum_{k}", "k"),
        ("f", "(", "x", ")", r"\leq", r"\left( x \right)", "^2"),
        ("a", ",", "b", r"\text{ if }", "c"),
        ("2", r"\pi", "r", r"\cdot", "3"),
    ],
)
def test_parts_stand_where_they_would_without_being_parts(parts: tuple[str, ...]) -> None:
    def size(tex: str) -> list[str]:
        return re.findall(r"viewBox='0 0 ([\d.]+) ([\d.]+)'", setter.set_formula(tex, "align*"))

    assert size(marked(*parts)) == size(" ".join(parts) + " ")


def test_what_cannot_even_be_shown_as_text_is_an_error_with_the_reason() -> None:
    with pytest.raises(LatexError, match="Typst cannot set it: the formula is too long"):
        setter.set_formula("x" * 30_000, "align*")
