"""Graphs of functions on axes: curves drawn along, marked points, a tangent, a shaded area."""

# ruff: noqa: F403, F405
# mypy: ignore-errors
from agents.animation.stage.common import *


def make_axes(data):
    (x0, x1, dx), (y0, y1, dy) = data["x_range"], data["y_range"]
    axes = Axes(
        x_range=[x0, x1, dx],
        y_range=[y0, y1, dy],
        x_length=10.4 if not data["square"] else min(10.4, max(7.6, 5.1 * (x1 - x0) / (y1 - y0))),
        y_length=5.1,
        tips=True,
        axis_config={"color": LINE, "stroke_width": 2.5, "tip_width": 0.16, "tip_height": 0.16, "tick_size": 0.06},
    )
    axes.move_to([0, (TOP + FLOOR) / 2 - (0.15 if data["title"] else 0), 0])
    return axes


def tick_labels(axes, data, taken, trace):
    """Numbers along both axes; those at the crossing and those under a curve are left out."""
    labels = VGroup()
    (x0, x1, _dx), (y0, y1, _dy) = data["x_range"], data["y_range"]
    cross_x, cross_y = min(max(0, x0), x1), min(max(0, y0), y1)
    guides = [guide["x"] for guide in data["dashed"] if "x" in guide]
    for value, text in data["x_ticks"]:
        if abs(value - cross_x) > 1e-9 and not any(abs(value - x) < 0.3 * _dx for x in guides):
            labels.add(short(text, 24, SOFT).next_to(axes.c2p(value, cross_y), DOWN, buff=0.14))
    for value, text in data["y_ticks"]:
        if abs(value - cross_y) > 1e-9:
            labels.add(short(text, 24, SOFT).next_to(axes.c2p(cross_x, value), LEFT, buff=0.14))
    labels = VGroup(*[label for label in labels if not crossed(box(label), trace)])
    taken.extend(box(label) for label in labels)
    return labels


def draw(scene, data):
    axes = make_axes(data)
    taken = []
    curves, trace = [], []
    for index, curve in enumerate(data["curves"]):
        color = ACCENTS[index % len(ACCENTS)]
        branches = VGroup(
            *[axes.plot(FUNCTIONS[index], x_range=[a, b, (b - a) / 80], color=color, stroke_width=4) for a, b in curve["branches"]]
        )
        curves.append(branches)
        for left, right in curve["branches"]:
            trace.extend(tuple(axes.c2p(x, FUNCTIONS[index](x))[:2]) for x in np.linspace(left, right, 160))
    ticks = tick_labels(axes, data, taken, trace)
    names = VGroup(
        MathTex(data["x_name"], font_size=38, color=SOFT).next_to(axes.x_axis.get_end(), UR, buff=0.08),
        MathTex(data["y_name"], font_size=38, color=SOFT).next_to(axes.y_axis.get_end(), RIGHT, buff=0.15),
    )
    taken.extend(box(name) for name in names)
    if data["title"]:
        scene.heading(data["title"])
    scene.play(Create(axes), FadeIn(ticks), FadeIn(names), run_time=1.2)
    axis_points = [
        tuple(axes.c2p(x, min(max(0, data["y_range"][0]), data["y_range"][1]))[:2]) for x in np.linspace(*data["x_range"][:2], 60)
    ]
    axis_points += [
        tuple(axes.c2p(min(max(0, data["x_range"][0]), data["x_range"][1]), y)[:2]) for y in np.linspace(*data["y_range"][:2], 40)
    ]
    avoid = trace + axis_points
    guides = []
    for guide in data["dashed"]:
        upright = "x" in guide
        low, high = data["y_range"][:2] if upright else data["x_range"][:2]
        ends = [axes.c2p(guide["x"], end) if upright else axes.c2p(end, guide["y"]) for end in (low, high)]
        line = DashedLine(*ends, color=SOFT, stroke_width=3, dash_length=0.12)
        avoid += [tuple(ends[0][:2] + t * (ends[1][:2] - ends[0][:2])) for t in np.linspace(0, 1, 60)]
        guides.append((line, guide["label"], Dot(ends[1] + (0.25 * DOWN if upright else 0.6 * LEFT)), RIGHT if upright else UP))
    for x, y, _ in data["points"]:
        px, py, _z = axes.c2p(x, y)
        taken.append((px - 0.1, py - 0.1, px + 0.1, py + 0.1))
    scene.say(data["say"], stay=False)
    for index, (curve, branches) in enumerate(zip(data["curves"], curves, strict=False)):
        color = ACCENTS[index % len(ACCENTS)]
        name = formula(curve["label"], curve["label_text"], 40, color, width=5)
        end = (
            branches[-1].get_end()
            if branches[-1].get_end()[1] < TOP - 0.4
            else branches[-1].get_anchors()[int(0.8 * len(branches[-1].get_anchors()))]
        )
        place(name, Dot(end), taken, avoid, first=LEFT + 0.3 * UP, gap=0.25)
        dot = Dot(branches[0].get_start(), color=color, radius=0.08)
        if len(branches) == 1:
            scene.add(dot)
            scene.play(Create(branches[0]), MoveAlongPath(dot, branches[0].copy()), run_time=1.8, rate_func=smooth)
            scene.play(FadeIn(name), FadeOut(dot), run_time=0.5)
        else:
            scene.play(*[Create(branch) for branch in branches], run_time=1.6)
            scene.play(FadeIn(name), run_time=0.4)
    for line, text, spot, side in guides:
        label = short(text, 26, SOFT)
        place(label, spot, taken, avoid, first=side, gap=0.14)
        scene.play(Create(line), FadeIn(label), run_time=0.9)
    if data["area"]:
        left, right = data["area"]
        shade = axes.get_area(
            axes.plot(FUNCTIONS[0], x_range=[left, right, (right - left) / 120]), x_range=[left, right], color=BLUE_, opacity=0.35
        )
        scene.play(FadeIn(shade), run_time=1.0)
    if data["tangent"]:
        (xa, ya), (xb, yb) = data["tangent"]["ends"]
        line = Line(axes.c2p(xa, ya), axes.c2p(xb, yb), color=GOLD, stroke_width=3.5)
        touch = Dot(axes.c2p(*data["tangent"]["at"]), color=GOLD, radius=0.08)
        label = short(data["tangent"]["label"], 26, GOLD)
        line_points = [tuple(line.point_from_proportion(t)[:2]) for t in np.linspace(0, 1, 40)]
        place(label, touch, taken, avoid + line_points, first=DR, gap=0.25)
        scene.play(FadeIn(touch, scale=2), GrowFromCenter(line), FadeIn(label), run_time=1.0)
    line_points = []
    dots, labels = [], []
    for x, y, text in data["points"]:
        dot = Dot(axes.c2p(x, y), color=GOLD, radius=0.085)
        label = VGroup()
        if text:
            label = place(short(text, 26, GOLD), dot, taken, avoid + line_points)
        dots.append(dot)
        labels.append(label)
    if dots:
        scene.play(
            LaggedStart(
                *[
                    AnimationGroup(FadeIn(dot, scale=2.5), *([FadeIn(label)] if len(label) else []))
                    for dot, label in zip(dots, labels, strict=False)
                ],
                lag_ratio=0.4,
            ),
            run_time=1.4,
        )
    scene.wait(max(0.5, reading_time(data["say"]) - 1.5))
    scene.keep(axes=axes, curves=curves, dots=dots)
    scene.finish()
