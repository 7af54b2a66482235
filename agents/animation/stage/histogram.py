"""A histogram: bars without gaps over the intervals of a scale."""

# ruff: noqa: F403, F405
# mypy: ignore-errors
from agents.animation.stage.common import *


def draw(scene, data):
    count = len(data["counts"])
    floor, ceiling = -1.55, 2.35 if data["title"] else 2.6
    left = -5.0
    slot = min(1.5, 10.4 / count)
    low, high, _ = data["y"]["range"]
    height = lambda value: floor + (ceiling - floor) * (value - low) / (high - low)  # noqa: E731
    ground = Line([left - 0.15, floor, 0], [left + slot * count + 0.35, floor, 0], color=SOFT, stroke_width=3)
    upright = Line([left - 0.15, floor, 0], [left - 0.15, ceiling + 0.25, 0], color=SOFT, stroke_width=3)
    numbers, rules = VGroup(), VGroup()
    for value, text in data["y"]["ticks"]:
        if value > 0:
            rules.add(Line([left - 0.15, height(value), 0], [left + slot * count, height(value), 0], color=LINE, stroke_width=1))
        numbers.add(short(text, 24, SOFT).next_to([left - 0.2, height(value), 0], LEFT, buff=0.12))
    edges = VGroup(*[short(text, 24, SOFT).move_to([left + slot * index, floor - 0.3, 0]) for index, (_, text) in enumerate(data["edges"])])
    widest = max(edge.width for edge in edges)
    if widest > 0.85 * slot:
        for edge in edges:
            edge.scale(0.85 * slot / widest)
    everything = VGroup(ground, upright, numbers, rules, edges)
    names = VGroup()
    if data["x_name"]:
        names.add(
            short(data["x_name"], 26, SOFT).next_to(ground.get_end(), UP, buff=0.15).align_to(ground.get_end(), RIGHT).shift(1.1 * RIGHT)
        )
    if data["y_name"]:
        names.add(short(data["y_name"], 26, SOFT).next_to(upright.get_end(), RIGHT, buff=0.2))
    bars, tops = [], []
    for index, value in enumerate(data["counts"]):
        color = GOLD if index in data["marked"] else BLUE_
        bar = Rectangle(
            width=slot, height=max(height(value) - floor, 0.01), stroke_color=BACKGROUND, stroke_width=2, fill_color=color, fill_opacity=0.9
        )
        bar.move_to([left + slot * (index + 0.5), (floor + height(value)) / 2, 0])
        bars.append(bar)
        tops.append(short(str(value), 28, color).next_to(bar, UP, buff=0.1))
    shift = RIGHT * -VGroup(everything, *bars).get_center()[0]
    VGroup(everything, names, *bars, *tops).shift(shift)
    if data["title"]:
        scene.heading(data["title"])
    scene.play(Create(ground), Create(upright), FadeIn(numbers), FadeIn(edges), FadeIn(names), run_time=0.9)
    scene.say(data["say"], FadeIn(rules), stay=False)
    scene.play(LaggedStart(*[GrowFromEdge(bar, DOWN) for bar in bars], lag_ratio=0.2), run_time=1.8)
    scene.play(LaggedStart(*[FadeIn(top, shift=0.1 * UP) for top in tops], lag_ratio=0.1), run_time=0.7)
    scene.wait(max(0.8, reading_time(data["say"]) - 2))
    scene.keep(bars=bars, tops=tops)
    scene.finish()
