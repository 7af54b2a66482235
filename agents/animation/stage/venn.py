"""Two overlapping sets with the number of each part."""

# ruff: noqa: F403, F405
# mypy: ignore-errors
from agents.animation.stage.common import *


def draw(scene, data):
    middle = (TOP + FLOOR) / 2 - (0.25 if data["title"] else 0.1)
    radius = 1.75
    centers = [np.array([-1.15, middle - 0.1, 0]), np.array([1.15, middle - 0.1, 0])]
    circles = [
        Circle(radius, color=color, stroke_width=4, fill_color=color, fill_opacity=0.16).move_to(center)
        for color, center in zip((BLUE_, GREEN_), centers, strict=True)
    ]
    names = [words(name, 30, color, chars=14, width=2.6) for name, color in zip(data["names"], (BLUE_, GREEN_), strict=True)]
    names[0].next_to(circles[0], LEFT, buff=0.1).shift(1.0 * UP)
    names[1].next_to(circles[1], RIGHT, buff=0.1).shift(1.0 * UP)
    spots = {
        "left": [-2.0, middle - 0.1, 0],
        "both": [0, middle - 0.1, 0],
        "right": [2.0, middle - 0.1, 0],
        "outside": [4.3, middle - 1.75, 0],
    }
    if data["title"]:
        scene.heading(data["title"])
    if data["framed"]:
        frame = RoundedRectangle(corner_radius=0.2, width=11.4, height=4.5, color=LINE, stroke_width=3).move_to([0, middle - 0.1, 0])
        scene.play(Create(frame), run_time=0.7)
    scene.play(Create(circles[0]), FadeIn(names[0]), run_time=0.9)
    scene.play(Create(circles[1]), FadeIn(names[1]), run_time=0.9)
    scene.say(data["say"], stay=False)
    lens = Intersection(
        *[Circle(radius).move_to(center) for center in centers], color=GOLD, fill_color=GOLD, fill_opacity=0.28, stroke_width=0
    )
    for name in ("both", "left", "right", "outside"):
        text = data["parts"][name]
        if not text:
            continue
        label = short(text, 44, GOLD if data["find"] == name or name == "both" else INK).move_to(spots[name])
        if name == "both":
            scene.play(FadeIn(lens), FadeIn(label, scale=1.4), run_time=0.8)
        else:
            scene.play(FadeIn(label, scale=1.4), run_time=0.6)
    scene.wait(max(0.8, reading_time(data["say"]) - 2))
    scene.keep(circles=circles)
    scene.finish()
