"""Points in the coordinate plane, and what lies between the first two of them."""

# ruff: noqa: F403, F405
# mypy: ignore-errors
from agents.animation.stage.common import *


def draw(scene, data):
    made = formula(data["formula"], data["formula_text"], 46, INK, width=4.6) if data["formula"] else None
    middle = (TOP + FLOOR) / 2 - (0.15 if data["title"] else 0)
    axes, numbers, rails = plane(
        data["x"], data["y"], 7.6 if made is not None else 11.6, 5.0, [-2.4 if made is not None else 0, middle, 0], square=True
    )
    at = lambda x, y: np.array(axes.c2p(x, y))  # noqa: E731
    corners = [at(x, y) for x, y, _ in data["points"]]
    pairs = [(corners[k], corners[k + 1]) for k in range(len(corners) - 1)] if data["joined"] else []
    if data["closed"]:
        pairs.append((corners[-1], corners[0]))
    lines = [Line(a, b, color=BLUE_, stroke_width=4) for a, b in pairs]
    trace = [point for line in lines for point in along(line)]
    between, legs = data["between"], []
    if "corner" in between:
        corner = at(*between["corner"])
        legs = [
            DashedLine(corners[0], corner, color=GREEN_, stroke_width=3.5),
            DashedLine(corner, corners[1], color=ROSE, stroke_width=3.5),
        ]
        trace += [point for leg in legs for point in along(leg)]
    numbers = VGroup(*[number for number in numbers if not crossed(box(number), trace)])
    taken = [box(number) for number in numbers]
    taken += [(c[0] - 0.1, c[1] - 0.1, c[0] + 0.1, c[1] + 0.1) for c in corners]
    avoid = rails + trace
    inside = sum(corners) / len(corners)
    dots, labels = [], []
    for corner, (_, _, text) in zip(corners, data["points"], strict=True):
        dot = Dot(corner, color=GOLD, radius=0.09).set_z_index(2)
        away = corner - inside if len(corners) > 1 else UR
        label = short(text, 26, GOLD)
        place(label, dot, taken, avoid, first=away + 0.01 * UP)
        dots.append(dot)
        labels.append(label)
    if data["title"]:
        scene.heading(data["title"])
    scene.play(Create(axes), FadeIn(numbers), run_time=1.1)
    scene.say(data["say"], stay=False)
    scene.play(
        LaggedStart(*[AnimationGroup(FadeIn(dot, scale=2), FadeIn(label)) for dot, label in zip(dots, labels, strict=True)], lag_ratio=0.4),
        run_time=0.6 + 0.4 * len(dots),
    )
    if lines:
        scene.play(LaggedStart(*[Create(line) for line in lines], lag_ratio=0.8), run_time=0.6 + 0.3 * len(lines))
    if data["closed"]:
        fill = Polygon(*corners, stroke_width=0, fill_color=BLUE_, fill_opacity=0.15)
        scene.play(FadeIn(fill), run_time=0.5)
    if legs:
        for leg, text, color in ((legs[0], between["run"], GREEN_), (legs[1], between["rise"], ROSE)):
            label = short(text, 30, color)
            spot = (leg.get_start() + leg.get_end()) / 2
            place(label, Dot(spot, radius=0.02), taken, avoid, first=spot - (corners[0] + corners[1]) / 2)
            scene.play(Create(leg), FadeIn(label), run_time=0.8)
    if between.get("label"):
        spot = at(*between["at"]) if "at" in between else (corners[0] + corners[1]) / 2
        label = short(between["label"], 30, INK)
        side = -(at(*between["corner"]) - spot) if "corner" in between else DR
        mark = Dot(spot, color=ROSE, radius=0.09).set_z_index(3)
        place(label, mark, taken, avoid, first=side)
        scene.play(*([FadeIn(mark, scale=2)] if "at" in between else []), FadeIn(label), run_time=0.7)
    if made is not None:
        scene.play(Write(made.move_to([4.3, middle, 0])), run_time=1.0)
    scene.wait(max(0.8, reading_time(data["say"]) - 2))
    scene.keep(axes=axes, dots=dots, lines=lines)
    scene.finish()
