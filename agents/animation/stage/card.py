"""Title, recap and plain text: a heading, some text, a formula."""

# ruff: noqa: F403, F405
# mypy: ignore-errors
from agents.animation.stage.common import *


def draw(scene, data):
    blocks = VGroup()
    accent = GREEN_ if data["kind"] == "recap" else GOLD if data["kind"] == "title" else BLUE_
    title = words(data["title"], 46 if len(data["title"]) < 40 else 38, accent, chars=40, weight=BOLD) if data["title"] else None
    if title is not None:
        blocks.add(title)
    body = None
    if data["text"]:
        long = len(data["text"]) > 170
        body = words(data["text"], 28 if long else 34, INK, chars=66 if long else 52)
        blocks.add(body)
    made = None
    if data["formula"]:
        made = formula(data["formula"], data["formula_text"], 60, INK, width=11)
        made.set_color(GREEN_ if data["kind"] == "recap" else INK)
        blocks.add(made)
    blocks.arrange(DOWN, buff=0.6)
    if blocks.height > TOP - FLOOR:
        blocks.scale_to_fit_height(TOP - FLOOR)
    blocks.move_to([0, (TOP + FLOOR) / 2, 0])
    if title is not None:
        rule = Line(LEFT, RIGHT, color=accent, stroke_width=3).set_width(min(title.width + 0.6, 12)).next_to(title, DOWN, buff=0.22)
        scene.play(FadeIn(title, shift=0.2 * UP), Create(rule), run_time=0.9)
    if body is not None:
        scene.play(LaggedStart(*[FadeIn(line, shift=0.15 * UP) for line in body], lag_ratio=0.3), run_time=1.0)
        scene.wait(min(3.5, 0.15 * len(data["text"].split())))
    if made is not None:
        scene.play(Write(made), run_time=1.2)
        if data["kind"] == "recap":
            scene.play(Create(SurroundingRectangle(made, color=GREEN_, buff=0.25, corner_radius=0.12, stroke_width=3)), run_time=0.6)
    if data["say"]:
        scene.say(data["say"])
    scene.finish()
