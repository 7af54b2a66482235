"""A polygon to scale with the lengths of its sides and its height."""

# ruff: noqa: F403, F405
# mypy: ignore-errors
from agents.animation.stage.common import *


def draw(scene, data):
    made = formula(data["formula"], data["formula_text"], 50, INK, width=5.2) if data["formula"] else None
    spread = data["corners"] + (list(data["height"]) if data["height"] else [])
    xs, ys = [x for x, _ in spread], [y for _, y in spread]
    wide, high = max(xs) - min(xs), max(ys) - min(ys)
    factor = min((5.6 if made is not None else 9.0) / wide, 3.7 / high)
    center = np.array([-3.2 if made is not None else 0, (TOP + FLOOR) / 2 - (0.1 if data["title"] else 0), 0])
    middle = np.array([min(xs) + wide / 2, min(ys) + high / 2, 0])
    at = lambda spot: (np.array([spot[0], spot[1], 0]) - middle) * factor + center  # noqa: E731
    corners = [at(corner) for corner in data["corners"]]
    count = len(corners)
    inside = sum(corners) / count
    shape = Polygon(*corners, color=BLUE_, stroke_width=4, fill_color=BLUE_, fill_opacity=0.14)
    edges = [point for k in range(count) for point in along(Line(corners[k], corners[(k + 1) % count]))]
    taken, labels, marks = [], VGroup(), VGroup()
    for k, text in enumerate(data["sides"]):
        if text:
            spot = (corners[k] + corners[(k + 1) % count]) / 2
            label = short(text, 34, GOLD if text == "?" else INK)
            away = (spot - inside) / max(np.linalg.norm(spot - inside), 1e-6)
            label.move_to(spot + away * (0.28 + abs(away[0]) * label.width / 2 + abs(away[1]) * label.height / 2))
            labels.add(label)
            taken.append(box(label))
    if data["right"]:
        size = min(0.3, 0.12 * factor * min(wide, high) + 0.1)
        for k in range(count):
            u = (corners[(k + 1) % count] - corners[k]) / np.linalg.norm(corners[(k + 1) % count] - corners[k])
            v = (corners[k - 1] - corners[k]) / np.linalg.norm(corners[k - 1] - corners[k])
            marks.add(
                VMobject(color=GREEN_, stroke_width=3).set_points_as_corners(
                    [corners[k] + size * u, corners[k] + size * (u + v), corners[k] + size * v]
                )
            )
    if data["title"]:
        scene.heading(data["title"])
    scene.play(Create(shape), run_time=1.5)
    scene.say(data["say"], stay=False)
    if len(labels):
        scene.play(LaggedStart(*[FadeIn(label, scale=0.7) for label in labels], lag_ratio=0.35), run_time=1.0)
    if data["angle"]:
        u, v = corners[1] - corners[0], corners[3] - corners[0]
        start, turn = math.atan2(u[1], u[0]), math.atan2(u[0] * v[1] - u[1] * v[0], float(np.dot(u, v)))
        arc = Arc(radius=0.6, start_angle=start, angle=turn, arc_center=corners[0], color=GREEN_, stroke_width=3)
        half = start + turn / 2
        text = short(data["angle"], 28, GREEN_).move_to(corners[0] + 1.05 * np.array([math.cos(half), math.sin(half), 0]))
        taken.append(box(text))
        scene.play(Create(arc), FadeIn(text), run_time=0.7)
    if len(marks):
        scene.play(*[Create(mark) for mark in marks], run_time=0.6)
    if data["height"]:
        foot, head = (at(spot) for spot in data["height"])
        rod = DashedLine(foot, head, color=ROSE, stroke_width=3.5)
        label = short(data["height_label"], 32, GOLD if data["height_label"] == "?" else ROSE)
        place(label, Dot((foot + head) / 2, radius=0.02), taken, edges + along(rod), first=RIGHT)
        corner = VMobject(color=ROSE, stroke_width=3).set_points_as_corners(
            [foot + 0.22 * UP, foot + 0.22 * (UP + RIGHT), foot + 0.22 * RIGHT]
        )
        scene.play(Create(rod), FadeIn(label), Create(corner), run_time=0.9)
    if made is not None:
        scene.play(Write(made.move_to([3.7, center[1], 0])), run_time=1.1)
    scene.wait(max(0.8, reading_time(data["say"]) - 1.5))
    scene.keep(shape=shape, corners=corners, labels=labels)
    scene.finish()
