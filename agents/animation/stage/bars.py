"""Labelled bars that grow."""

# ruff: noqa: F403, F405
# mypy: ignore-errors
from agents.animation.stage.common import *


def draw(scene, data):
    count = len(data["bars"])
    values = [value for _, value, _ in data["bars"]]
    low, high = min(0, *values), max(0, *values)
    floor, ceiling = (-1.65, 2.5 if data["title"] else 2.7)
    if data["formula"]:
        ceiling -= 1.0
    unit = (ceiling - floor) / (high - low)
    ground = floor - low * unit
    slot = min(2.2, 11.6 / count)
    bars, names, sizes = [], VGroup(), VGroup()
    for index, (name, value, text) in enumerate(data["bars"]):
        x = (index - (count - 1) / 2) * slot
        color = GOLD if index in data["marked"] else BLUE_
        bar = Rectangle(width=0.62 * slot, height=max(abs(value) * unit, 0.02), stroke_width=0, fill_color=color, fill_opacity=0.9)
        bar.move_to([x, ground + value * unit / 2, 0])
        bars.append(bar)
        label = words(name, 28, INK, chars=max(7, int(slot * 6)), width=0.94 * slot)
        label.next_to([x, min(ground, ground + value * unit), 0], DOWN, buff=0.18)
        names.add(label)
        size = short(text, 30, color)
        if size.width > 0.94 * slot:
            size.scale_to_fit_width(0.94 * slot)
        sizes.add(size.next_to(bar, UP, buff=0.12))
    line = Line([-(count * slot) / 2 - 0.2, ground, 0], [(count * slot) / 2 + 0.2, ground, 0], color=SOFT, stroke_width=3)
    if data["title"]:
        scene.heading(data["title"])
    scene.play(Create(line), FadeIn(names), run_time=0.8)
    scene.say(data["say"], stay=False)
    scene.play(
        LaggedStart(*[GrowFromEdge(bar, DOWN if value >= 0 else UP) for bar, value in zip(bars, values, strict=False)], lag_ratio=0.25),
        run_time=1.8,
    )
    scene.play(LaggedStart(*[FadeIn(size, shift=0.1 * UP) for size in sizes], lag_ratio=0.2), run_time=0.9)
    if data["formula"]:
        made = formula(data["formula"], data["formula_text"], 50, INK).move_to([0, ceiling + 1.05, 0])
        scene.play(Write(made), run_time=1.0)
    scene.wait(max(0.8, reading_time(data["say"]) - 2))
    scene.keep(bars=bars, sizes=sizes, names=names)
    scene.finish()
