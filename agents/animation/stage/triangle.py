"""A triangle drawn to scale, with its sides and angles named."""

# ruff: noqa: F403, F405
# mypy: ignore-errors
from agents.animation.stage.common import *


def draw(scene, data):
    corners = [np.array([x, y, 0.0]) for x, y in data["corners"]]
    made = formula(data["formula"], data["formula_text"], 52, INK, width=5.6) if data["formula"] else None
    room_x, room_y = (5.6 if made else 9.0), 4.0
    wide = max(c[0] for c in corners) - min(c[0] for c in corners)
    high = max(c[1] for c in corners) - min(c[1] for c in corners)
    factor = min(room_x / wide, room_y / high)
    middle = np.array([min(c[0] for c in corners) + wide / 2, min(c[1] for c in corners) + high / 2, 0])
    center = np.array([-3.3 if made else 0, (TOP + FLOOR) / 2 - 0.1, 0])
    corners = [(c - middle) * factor + center for c in corners]
    shape = Polygon(*corners, color=BLUE_, stroke_width=4, fill_color=BLUE_, fill_opacity=0.14)
    inside = sum(corners) / 3
    edges = []
    for a, b in ((0, 1), (1, 2), (2, 0)):
        edges.extend(tuple((corners[a] + (corners[b] - corners[a]) * t)[:2]) for t in np.linspace(0, 1, 40))
    taken, names, lengths, arcs, sizes = [], VGroup(), VGroup(), VGroup(), VGroup()
    for corner, name in zip(corners, data["names"], strict=False):
        away = (corner - inside) / np.linalg.norm(corner - inside)
        names.add(short(name, 32, INK).move_to(corner + 0.38 * away))
        taken.append(box(names[-1]))
    for (a, b), text, asked in zip(((1, 2), (2, 0), (0, 1)), data["sides"], data["asked_sides"], strict=False):
        if text:
            spot = (corners[a] + corners[b]) / 2
            away = (
                spot
                - inside
                - np.dot(spot - inside, corners[b] - corners[a])
                / np.dot(corners[b] - corners[a], corners[b] - corners[a])
                * (corners[b] - corners[a])
            )
            away = away / max(np.linalg.norm(away), 1e-6)
            label = short(text, 34, GOLD if asked else INK)
            label.move_to(spot + away * (0.28 + abs(away[0]) * label.width / 2 + abs(away[1]) * label.height / 2))
            lengths.add(label)
            taken.append(box(label))
    for index, (text, right, asked) in enumerate(zip(data["angles"], data["right"], data["asked_angles"], strict=False)):
        corner, one, two = corners[index], corners[(index + 1) % 3], corners[(index + 2) % 3]
        u, v = (one - corner) / np.linalg.norm(one - corner), (two - corner) / np.linalg.norm(two - corner)
        reach = min(0.7, 0.35 * min(np.linalg.norm(one - corner), np.linalg.norm(two - corner)))
        color = GOLD if asked else GREEN_
        if right:
            side = min(0.32, reach)
            arcs.add(
                VMobject(color=color, stroke_width=3).set_points_as_corners([corner + side * u, corner + side * (u + v), corner + side * v])
            )
        elif text:
            start, turn = math.atan2(u[1], u[0]), math.atan2(u[0] * v[1] - u[1] * v[0], float(np.dot(u, v)))
            arcs.add(Arc(radius=reach, start_angle=start, angle=turn, arc_center=corner, color=color, stroke_width=3))
        if text and not right:
            bisector = (u + v) / max(np.linalg.norm(u + v), 1e-6)
            label = short(text, 28, color)
            # in a narrow corner the label moves inwards until it clears both sides
            for far in np.linspace(reach + 0.3, reach + 2.2, 20):
                label.move_to(corner + far * bisector)
                if not crossed(box(label), edges):
                    break
            else:
                place(label, Dot(corner), taken, edges, first=corner - inside)
            sizes.add(label)
            taken.append(box(label))
    if data["title"]:
        scene.heading(data["title"])
    scene.play(Create(shape), run_time=1.5)
    scene.play(FadeIn(names), run_time=0.4)
    scene.say(data["say"], stay=False)
    if len(lengths):
        scene.play(LaggedStart(*[FadeIn(label, scale=0.7) for label in lengths], lag_ratio=0.35), run_time=1.1)
    if len(arcs):
        scene.play(*[Create(arc) for arc in arcs], *[FadeIn(size) for size in sizes], run_time=0.9)
    if made is not None:
        made.move_to([3.6, center[1], 0])
        scene.play(Write(made), run_time=1.2)
    scene.wait(max(0.8, reading_time(data["say"]) - 1.5))
    scene.keep(shape=shape, corners=corners, names=names, lengths=lengths)
    scene.finish()
