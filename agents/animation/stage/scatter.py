"""Points of data on axes, out of a table where there is one, and the line of fit with a value read off it."""

# ruff: noqa: F403, F405
# mypy: ignore-errors
from agents.animation.stage.common import *


def fitted(axes, data):
    """The line of fit as far as it lies on the plane; None where no part of it does."""
    slope, intercept = data["line"]
    (x0, x1, _), (y0, y1, _) = data["x"]["range"], data["y"]["range"]
    inside = [x for x in np.linspace(x0, x1, 400) if y0 <= slope * x + intercept <= y1]
    if len(inside) < 2:
        return None
    ends = [axes.c2p(x, slope * x + intercept) for x in (inside[0], inside[-1])]
    return Line(*ends, color=BLUE_, stroke_width=4)


def draw(scene, data):
    rows = data["rows"]
    middle = (TOP + FLOOR) / 2 - (0.15 if data["title"] else 0)
    axes, numbers, rails = plane(data["x"], data["y"], 7.4 if rows else 10.2, 4.7, [1.9 if rows else 0.2, middle, 0])
    line = fitted(axes, data) if data["line"] else None
    avoid = rails + (along(line, 120) if line is not None else [])
    up = over = None
    if line is not None and data["read"]:
        x, y = data["read"]
        (x0, x1, _), (y0, y1, _) = data["x"]["range"], data["y"]["range"]
        up = DashedLine(axes.c2p(x, min(max(0, y0), y1)), axes.c2p(x, y), color=ROSE, stroke_width=3)
        over = DashedLine(axes.c2p(x, y), axes.c2p(min(max(0, x0), x1), y), color=ROSE, stroke_width=3)
        avoid += along(up) + along(over)
    numbers = VGroup(*[number for number in numbers if line is None or not crossed(box(number), along(line, 160))])
    taken = [box(number) for number in numbers]
    names = VGroup()
    if data["x_name"]:
        names.add(short(data["x_name"], 26, SOFT).next_to(axes.x_axis.get_end(), UP, buff=0.14).align_to(axes.x_axis.get_end(), RIGHT))
    if data["y_name"]:
        names.add(short(data["y_name"], 26, SOFT).next_to(axes.y_axis.get_end(), RIGHT, buff=0.18))
    taken.extend(box(name) for name in names)
    if data["title"]:
        scene.heading(data["title"])
    cells = table_beside(scene, rows, middle) if rows else []
    scene.play(Create(axes), FadeIn(numbers), FadeIn(names), run_time=1.0)
    scene.say(data["say"], stay=False)
    dots = [Dot(axes.c2p(x, y), color=GOLD, radius=0.08).set_z_index(2) for x, y in data["points"]]
    taken.extend(box(dot) for dot in dots)
    if cells:
        for cell, dot in zip(cells, dots, strict=True):
            scene.play(FadeTransform(cell.copy(), dot), cell.animate.set_color(GOLD), run_time=0.6)
    else:
        scene.play(LaggedStart(*[FadeIn(dot, scale=2) for dot in dots], lag_ratio=0.1), run_time=1.6)
    if line is not None:
        label = short(data["line_label"], 30, BLUE_)
        rising = data["line"][0] >= 0
        place(label, Dot(line.point_from_proportion(0.75)), taken, avoid, first=DR if rising else UR, gap=0.25)
        scene.play(Create(line), run_time=1.2)
        scene.play(FadeIn(label), run_time=0.4)
        if up is not None:
            spot = Dot(up.get_end(), color=ROSE, radius=0.09).set_z_index(3)
            mark = short(data["read_label"], 28, ROSE)
            place(mark, spot, taken, avoid, first=UL if rising else UR)
            scene.play(Create(up), run_time=0.6)
            scene.play(FadeIn(spot, scale=2), Create(over), FadeIn(mark), run_time=0.8)
    scene.wait(max(0.8, reading_time(data["say"]) - 2))
    scene.keep(axes=axes, dots=dots)
    scene.finish()


def table_beside(scene, rows, middle):
    """Draws the table at the left; returns its rows."""
    size = min(0.56, 4.2 / (len(rows) + 1))
    top = middle + size * (len(rows) + 1) / 2
    table = VGroup(
        Line([-5.2, top - size, 0], [-5.2, top - size * (len(rows) + 1), 0], color=LINE, stroke_width=2.5),
        Line([-6.3, top - size, 0], [-4.1, top - size, 0], color=LINE, stroke_width=2.5),
    )
    heads = VGroup(short("x", 30, SOFT).move_to([-5.75, top - size / 2, 0]), short("y", 30, SOFT).move_to([-4.65, top - size / 2, 0]))
    cells = [
        VGroup(
            short(left, 30, INK).move_to([-5.75, top - size * (index + 0.5), 0]),
            short(right, 30, INK).move_to([-4.65, top - size * (index + 0.5), 0]),
        )
        for index, (left, right) in enumerate(rows, 1)
    ]
    scene.play(Create(table), FadeIn(heads), LaggedStart(*[FadeIn(cell) for cell in cells], lag_ratio=0.15), run_time=1.2)
    return cells
