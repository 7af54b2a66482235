"""A circle with its radius, diameter, chord, tangent or sector; on axes where its centre matters."""

# ruff: noqa: F403, F405
# mypy: ignore-errors
from agents.animation.stage.common import *


def draw(scene, data):
    made = formula(data["formula"], data["formula_text"], 48, INK, width=5.4) if data["formula"] else None
    center_y = (TOP + FLOOR) / 2 - 0.1
    taken, avoid = [], []
    if data["title"]:
        scene.heading(data["title"])
    if data["axes"]:
        middle = [-3.1 if made else 0, center_y, 0]
        axes, numbers, rails = plane(data["axes"]["x"], data["axes"]["y"], 6.6 if made else 10.0, 5.0, middle, square=True)
        centre = axes.c2p(*data["center"])
        radius = axes.c2p(data["center"][0] + data["radius"], data["center"][1])[0] - centre[0]
        rim = [(centre[0] + radius * math.cos(t), centre[1] + radius * math.sin(t)) for t in np.linspace(0, 2 * PI, 160)]
        spot = (centre[0] - 0.12, centre[1] - 0.12, centre[0] + 0.12, centre[1] + 0.12)
        numbers = VGroup(*[n for n in numbers if not crossed(box(n), rim) and not touches(box(n), spot)])
        taken.extend(box(n) for n in numbers)
        avoid += rails
        scene.play(Create(axes), FadeIn(numbers), run_time=1.0)
    else:
        centre = np.array([-3.1 if made else 0, center_y, 0])
        radius = 2.2
    rim = [(centre[0] + radius * math.cos(t), centre[1] + radius * math.sin(t)) for t in np.linspace(0, 2 * PI, 160)]
    avoid += rim
    at = lambda degrees: centre + radius * np.array([math.cos(math.radians(degrees)), math.sin(math.radians(degrees)), 0])  # noqa: E731
    circle = Circle(radius, color=BLUE_, stroke_width=4, fill_color=BLUE_, fill_opacity=0.08).move_to(centre)
    middle = Dot(centre, color=INK, radius=0.07)
    taken.append(box(middle))
    scene.say(data["say"], FadeIn(middle, scale=2), stay=False, run_time=0.6)
    sweep = Line(centre, at(0), color=GOLD, stroke_width=3)
    scene.play(Create(sweep), run_time=0.5)
    scene.play(Create(circle), Rotate(sweep, 2 * PI, about_point=centre), run_time=1.8)
    scene.remove(sweep)
    moves, labels, spots = [], [], []

    def segment(a, b, color):
        line = Line(a, b, color=color, stroke_width=4)
        avoid.extend(tuple(line.point_from_proportion(t)[:2]) for t in np.linspace(0, 1, 40))
        return line

    sector = next((part for part in data["parts"] if part["kind"] == "sector"), None)
    for part in data["parts"]:
        if part["kind"] == "radius":
            line = segment(centre, at(part["from"]), GOLD)
            moves.append(Create(line))
            spots.append((part["label"], line.get_center(), GOLD, rotate_vector(line.get_unit_vector(), PI / 2)))
        elif part["kind"] == "diameter":
            line = segment(at(part["from"] + 180), at(part["from"]), GREEN_)
            moves.append(Create(line))
            spots.append((part["label"], line.point_from_proportion(0.27), GREEN_, rotate_vector(line.get_unit_vector(), PI / 2)))
        elif part["kind"] == "chord":
            line = segment(at(part["from"]), at(part["to"]), ROSE)
            moves.append(Create(line))
            spots.append((part["label"], line.get_center(), ROSE, line.get_center() - centre + 0.001 * UP))
        elif part["kind"] == "tangent":
            side = np.array([-math.sin(math.radians(part["from"])), math.cos(math.radians(part["from"])), 0])
            line = segment(at(part["from"]) - 1.5 * side, at(part["from"]) + 1.5 * side, GREEN_)
            moves.append(Create(line))
            spots.append((part["label"], line.point_from_proportion(0.85), GREEN_, at(part["from"]) - centre))
        elif part["kind"] == "point":
            dot = Dot(at(part["from"]), color=ROSE, radius=0.085)
            moves.append(FadeIn(dot, scale=2))
            spots.append((part["label"], dot.get_center(), ROSE, dot.get_center() - centre))
        elif part["kind"] == "sector":
            a, b = part["from"], part["to"]
            shape = Sector(
                radius=radius,
                start_angle=math.radians(a),
                angle=math.radians(b - a),
                arc_center=centre,
                color=GREEN_,
                fill_opacity=0.3,
                stroke_width=0,
            )
            one, two = segment(centre, at(a), GREEN_), segment(centre, at(b), GREEN_)
            arc = Arc(
                radius=min(0.55, 0.35 * radius),
                start_angle=math.radians(a),
                angle=math.radians(b - a),
                arc_center=centre,
                color=GREEN_,
                stroke_width=3,
            )
            moves.append(AnimationGroup(FadeIn(shape), Create(one), Create(two), Create(arc)))
            half = math.radians((a + b) / 2)
            spots.append((part["label"], centre + 0.55 * radius * np.array([math.cos(half), math.sin(half), 0]), GREEN_, None))
    for text, spot, color, side in sorted(spots, key=lambda item: item[3] is not None):
        if not text:
            continue
        label = short(text, 32, color)
        if side is None:
            label.move_to(spot)
            taken.append(box(label))
        else:
            place(label, Dot(spot, radius=0.03), taken, avoid, first=side, gap=0.16)
        labels.append(label)
    if data["center_label"]:
        label = short(data["center_label"], 28, INK)
        place(label, middle, taken, avoid, first=DL if sector is None else DOWN, gap=0.14)
        labels.append(label)
    if moves:
        scene.play(LaggedStart(*moves, lag_ratio=0.4), run_time=1.5)
    if labels:
        scene.play(*[FadeIn(label) for label in labels], run_time=0.6)
    if made is not None:
        made.move_to([3.7, center_y, 0])
        scene.play(Write(made), run_time=1.1)
    scene.wait(max(0.8, reading_time(data["say"]) - 2))
    scene.keep(circle=circle, middle=middle)
    scene.finish()
