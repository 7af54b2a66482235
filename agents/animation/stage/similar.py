"""A triangle and its image under a change of scale."""

# ruff: noqa: F403, F405
# mypy: ignore-errors
from agents.animation.stage.common import *


def draw(scene, data):
    made = formula(data["formula"], data["formula_text"], 44, INK) if data["formula"] else None
    top, bottom = under_heading(made, 2.7 if data["title"] else 3.1), -1.9
    base = [np.array([x, y, 0.0]) for x, y in data["corners"]]
    wide = max(c[0] for c in base) - min(c[0] for c in base)
    high = max(c[1] for c in base)
    scales = (1.0, data["scale"])
    unit = min((top - bottom - 1.0) / (high * max(scales)), 9.6 / (wide * sum(scales)))
    gap = 12.6 - unit * wide * sum(scales)
    left = -6.3 + gap / 3
    shapes, everything = [], []
    for index, scale in enumerate(scales):
        shift = np.array([left - min(c[0] for c in base) * unit * scale, bottom + 0.5, 0])
        corners = [c * unit * scale + shift for c in base]
        left += wide * unit * scale + gap / 3
        color = (BLUE_, GREEN_)[index]
        shape = Polygon(*corners, color=color, stroke_width=4, fill_color=color, fill_opacity=0.14)
        inside = sum(corners) / 3
        parts = VGroup()
        for corner, name in zip(corners, data["names"][index], strict=True):
            away = (corner - inside) / np.linalg.norm(corner - inside)
            parts.add(short(name, 28, SOFT).move_to(corner + 0.3 * away))
        for (a, b), text in zip(((1, 2), (2, 0), (0, 1)), data["sides"][index], strict=True):
            if text:
                spot = (corners[a] + corners[b]) / 2
                normal = rotate_vector(corners[b] - corners[a], -PI / 2)
                normal = normal / np.linalg.norm(normal) * (1 if np.dot(normal, spot - inside) > 0 else -1)
                label = short(text, 32, GOLD if text == "?" else INK)
                label.move_to(spot + normal * (0.2 + abs(normal[0]) * label.width / 2 + abs(normal[1]) * label.height / 2))
                parts.add(label)
        arcs = VGroup()
        for k in range(3):
            u, v = corners[(k + 1) % 3] - corners[k], corners[(k + 2) % 3] - corners[k]
            reach = min(0.5, 0.25 * min(np.linalg.norm(u), np.linalg.norm(v)))
            start, turn = math.atan2(u[1], u[0]), math.atan2(u[0] * v[1] - u[1] * v[0], float(np.dot(u, v)))
            arcs.add(
                *[
                    Arc(
                        radius=reach + 0.09 * extra,
                        start_angle=start,
                        angle=turn,
                        arc_center=corners[k],
                        color=ACCENTS[1 if k == 0 else 3],
                        stroke_width=2.5,
                    )
                    for extra in range(k + 1)
                ]
            )
        shapes.append(shape)
        everything.append((parts, arcs))
    if data["title"]:
        scene.heading(data["title"])
    scene.play(Create(shapes[0]), FadeIn(everything[0][0]), run_time=1.3)
    scene.say(data["say"], stay=False)
    copy = shapes[0].copy()
    factor = short(data["factor"], 34, GOLD)
    factor.move_to([(shapes[0].get_right()[0] + shapes[1].get_left()[0]) / 2, bottom + 0.5 + unit * high * min(scales) / 2, 0])
    scene.play(ReplacementTransform(copy, shapes[1]), FadeIn(factor), run_time=1.6)
    scene.play(FadeIn(everything[1][0]), run_time=0.6)
    scene.play(*[Create(arc) for _, arcs in everything for arc in arcs], run_time=0.9)
    if made is not None:
        scene.play(Write(made), run_time=1.0)
    scene.wait(max(0.8, reading_time(data["say"]) - 2))
    scene.keep(shapes=shapes)
    scene.finish()
