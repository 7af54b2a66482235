"""A number line with points and intervals."""

# ruff: noqa: F403, F405
# mypy: ignore-errors
from agents.animation.stage.common import *


def draw(scene, data):
    low, high, step = data["range"]
    x_of = lambda value: -5.6 + 11.2 * (value - low) / (high - low)  # noqa: E731
    y = -0.35 if data["formula"] else 0.2
    axis = NumberLine(
        x_range=[low, high, step], length=11.2, color=SOFT, stroke_width=3, include_ticks=False, include_numbers=False
    ).move_to([0, y, 0])
    tips = VGroup()
    for side, turn in ((1, -PI / 2), (-1, PI / 2)):
        tips.add(Line([5.6 * side, y, 0], [6.2 * side, y, 0], color=SOFT, stroke_width=3))
        tips.add(Triangle(color=SOFT, fill_color=SOFT, fill_opacity=1).scale(0.1).rotate(turn).move_to([6.25 * side, y, 0]))
    ticks, numbers = VGroup(), VGroup()
    for value, text in data["ticks"]:
        ticks.add(Line([x_of(value), y - 0.12, 0], [x_of(value), y + 0.12, 0], color=SOFT, stroke_width=2.5))
        numbers.add(short(text, 28, SOFT).move_to([x_of(value), y - 0.5, 0]))
    if data["title"]:
        scene.heading(data["title"])
    scene.play(Create(axis), FadeIn(tips), LaggedStart(*[Create(tick) for tick in ticks], lag_ratio=0.05), FadeIn(numbers), run_time=1.2)
    if data["formula"]:
        made = formula(data["formula"], data["formula_text"], 60, INK).move_to([0, 1.9, 0])
        scene.play(Write(made), run_time=0.9)
    scene.say(data["say"], stay=False)
    rows = []
    for index, (left, right, left_end, right_end) in enumerate(data["intervals"]):
        color = ACCENTS[index % len(ACCENTS)]
        a, b = max(-6.05, x_of(left) if left is not None else -6.05), min(6.05, x_of(right) if right is not None else 6.05)
        bar = Line([a, y, 0], [b, y, 0], color=color, stroke_width=10)
        glow = Rectangle(width=b - a, height=0.5, stroke_width=0, fill_color=color, fill_opacity=0.2).move_to([(a + b) / 2, y, 0])
        moves = [GrowFromEdge(glow, LEFT if left is not None else RIGHT), Create(bar if left is not None else bar.copy().rotate(PI))]
        scene.play(*moves, run_time=1.3)
        ends = [Circle(0.14, color=color, stroke_width=4, fill_color=color if end == "closed" else BACKGROUND, fill_opacity=1).move_to([x, y, 0])
                for x, end in ((a, left_end), (b, right_end)) if end in ("open", "closed")]  # fmt: skip
        if ends:
            scene.play(*[GrowFromCenter(end) for end in ends], run_time=0.5)
        rows.append(bar)
    marks = []
    for value, text, kind in data["points"]:
        spot = [x_of(value), y, 0]
        dot = Circle(0.14, color=GOLD, stroke_width=4, fill_color=GOLD if kind == "closed" else BACKGROUND, fill_opacity=1).move_to(spot)
        label = short(text, 32, GOLD).move_to([spot[0], y + 0.62, 0])
        while marks and touches(box(label), box(marks[-1][1]), 0.12) and label.get_center()[1] < y + 2:
            label.shift(0.5 * UP)
        if label.get_right()[0] > 6.7:
            label.shift(LEFT * (label.get_right()[0] - 6.7))
        if label.get_left()[0] < -6.7:
            label.shift(RIGHT * (-6.7 - label.get_left()[0]))
        marks.append((dot, label))
    for dot, label in marks:
        walker = Dot([x_of(max(low, min(high, 0))), y, 0], color=GOLD)
        scene.play(walker.animate.move_to(dot), run_time=0.6)
        scene.remove(walker)
        scene.play(FadeIn(dot, scale=1.5), FadeIn(label, shift=0.15 * UP), run_time=0.4)
    scene.wait(max(0.8, reading_time(data["say"]) - 1.5))
    scene.keep(axis=axis, bars=rows, dots=[dot for dot, _ in marks])
    scene.finish()
