"""A small corpus by hand: real scenes, in the files that preprocess and validate write."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image, ImageDraw

from retrieval.records import scene_id

HEAD = "from manim import *\n\n\n"
SCENES = {
    "SquareToCircle": (
        "a square turns into a circle",
        "square = Square(color=BLUE, fill_opacity=0.5)\n        circle = Circle(color=YELLOW)\n        self.play(Create(square))\n        self.play(Transform(square, circle))",
    ),
    "ParabolaPlot": (
        "the graph of x squared",
        'axes = Axes(x_range=[-3, 3], y_range=[0, 9])\n        graph = axes.plot(lambda x: x**2, color=GREEN)\n        label = MathTex("y=x^2").next_to(graph, UP)\n        self.play(Create(axes), Create(graph), Write(label))',
    ),
    "PythagorasTriangle": (
        "right triangle with its sides named",
        'triangle = Polygon(ORIGIN, 4 * RIGHT, 4 * RIGHT + 3 * UP)\n        names = VGroup(Text("a"), Text("b"), Text("c")).arrange(RIGHT).to_edge(DOWN)\n        self.play(Create(triangle), Write(names))',
    ),
    "NumberLineJump": (
        "",
        "line = NumberLine(x_range=[0, 10], include_numbers=True)\n        dot = Dot(line.n2p(2))\n        self.play(Create(line), FadeIn(dot))\n        self.play(dot.animate.move_to(line.n2p(7)))",
    ),
    "PieShares": (
        "pie chart of three shares",
        "parts = VGroup(*[Sector(radius=2, angle=TAU / 3, start_angle=i * TAU / 3, color=c) for i, c in enumerate([RED, GREEN, BLUE])])\n        self.play(FadeIn(parts))",
    ),
    "VectorSum": (
        'two arrows added <b>tip</b> to tail & "quoted"',
        'a, b = Arrow(ORIGIN, 2 * RIGHT, buff=0), Arrow(2 * RIGHT, 2 * RIGHT + UP, buff=0)\n        title = Text("a + b <sum> & more")\n        self.play(GrowArrow(a), GrowArrow(b), Write(title.to_edge(UP)))',
    ),
    "Broken": ("fails", "self.play(NoSuchThing())"),
}


def code_of(name: str) -> str:
    return f"{HEAD}class {name}(Scene):\n    def construct(self):\n        {SCENES[name][1]}\n"


def id_of(name: str) -> str:
    return scene_id(code_of(name))


def write_corpus(folder: Path) -> Path:
    """`scenes.jsonl`, `validated.jsonl` and thumbnails; `Broken` does not render, and one scene more is a near-duplicate of the first."""
    (folder / "thumbnails").mkdir(parents=True)
    (folder / "videos").mkdir()
    scenes, verdicts = [], []
    names = list(SCENES)
    for name in names:
        scenes.append(_scene(name, code_of(name), SCENES[name][0], id_of(name)))
        ok = name != "Broken"
        thumbnail = f"thumbnails/{id_of(name)}.png" if ok else None
        verdicts.append(_verdict(id_of(name), ok, thumbnail))
        if thumbnail:
            picture = Image.new("RGB", (480, 270), "black")
            ImageDraw.Draw(picture).text((40, 120), name, fill="white")
            picture.save(folder / thumbnail)
    again = code_of("SquareToCircle").replace("BLUE", "RED")
    scenes.append(_scene("SquareToCircle", again, "the same in red", id_of("SquareToCircle")))
    verdicts.append(_verdict(scene_id(again), True, None))
    for name, rows in (("scenes", scenes), ("validated", verdicts)):
        rows.sort(key=lambda row: row["id"])
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder


def _scene(name: str, code: str, description: str, cluster: str) -> dict:
    return {
        "id": scene_id(code),
        "scene": name,
        "code": code,
        "description": description,
        "licence": "MIT" if name != "PieShares" else "",
        "source": f"someone/scenes@1a2b3c4: scenes/{name.lower()}.py",
        "origin": {
            "source": "github",
            "repository": "someone/scenes",
            "revision": "1a2b3c4",
            "path": f"scenes/{name.lower()}.py",
            "line": 4,
            "url": "",
        },
        "flavour": "community",
        "migrated": [],
        "cluster": cluster,
        "uses": [],
        "needs_latex": "MathTex" in code,
        "three_d": False,
    }


def _verdict(scene: str, ok: bool, thumbnail: str | None) -> dict:
    error = None if ok else {"kind": "api", "message": "name 'NoSuchThing' is not defined", "line": 6}
    return {
        "id": scene,
        "ok": ok,
        "manim": "0.22.0",
        "seconds": 2.0,
        "wall_s": 3.1,
        "error": error,
        "thumbnail": thumbnail,
        "shown": [],
        "formulas": [],
        "layout": [],
    }
