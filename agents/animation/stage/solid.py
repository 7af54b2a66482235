"""Solids drawn with their hidden edges dashed, and nets that unfold."""

# ruff: noqa: F403, F405
# mypy: ignore-errors
from agents.animation.stage.common import *

SLANT = np.array([0.42, 0.3, 0.0])
"""One unit of depth on the screen."""


def draw(scene, data):
    made = formula(data["formula"], data["formula_text"], 48, INK, width=5.4 if not data["net"] else WIDTH) if data["formula"] else None
    top, bottom = under_heading(made if data["net"] else None, 2.7 if data["title"] else 3.1), -1.95
    body = {"box": box_body, "pyramid": pyramid_body, "cylinder": cylinder_body, "cone": cone_body, "sphere": sphere_body}[data["body"]]
    seen, hidden, helpers, spots = body(data["lengths"])
    whole = VGroup(seen, hidden, helpers, *[Dot(spot, radius=0.001) for _, spot, _ in spots])
    beside = made is not None or data["net"]
    room = (5.2 if beside else 8.5, top - bottom - 0.9)
    factor = min(room[0] / whole.width, room[1] / whole.height)
    center = np.array([-3.4 if beside else 0, (top + bottom) / 2, 0])
    whole.scale(factor)
    whole.move_to(center)
    anchors = [dot.get_center() for dot in whole[3:]]
    edges = [point for line in (*seen, *hidden, *helpers) for point in along(line)]
    taken, labels = [], VGroup()
    for (name, _, side), anchor in zip(spots, anchors, strict=True):
        label = short(data["texts"].get(name, ""), 32, GOLD)
        if data["texts"].get(name):
            place(label, Dot(anchor, radius=0.02), taken, edges, first=side)
            labels.add(label)
    if data["title"]:
        scene.heading(data["title"])
    scene.play(*[Create(line) for line in seen], run_time=1.6)
    scene.say(data["say"], *[FadeIn(line) for line in hidden], stay=False)
    if len(helpers):
        scene.play(*[Create(line) for line in helpers], run_time=0.7)
    if len(labels):
        scene.play(LaggedStart(*[FadeIn(label, scale=0.7) for label in labels], lag_ratio=0.35), run_time=1.0)
    if data["net"]:
        unfold(scene, data, top, bottom)
    if made is not None:
        if not data["net"]:
            made.move_to([3.6, center[1], 0])
        scene.play(Write(made), run_time=1.1)
    scene.wait(max(0.8, reading_time(data["say"]) - 2))
    scene.keep(edges=seen, labels=labels)
    scene.finish()


def edge(a, b, dashed=False):
    return DashedLine(a, b, color=LINE, stroke_width=3) if dashed else Line(a, b, color=BLUE_, stroke_width=4)


def box_body(lengths):
    w, h = lengths["width"], lengths["height"]
    d = lengths["depth"] * SLANT
    p = [np.array(c) for c in ([0.0, 0, 0], [w, 0, 0], [w, h, 0], [0, h, 0])]
    q = [c + d for c in p]
    seen = VGroup(
        *[edge(p[k], p[(k + 1) % 4]) for k in range(4)],
        edge(p[1], q[1]),
        edge(p[2], q[2]),
        edge(p[3], q[3]),
        edge(q[1], q[2]),
        edge(q[2], q[3]),
    )
    hidden = VGroup(edge(p[0], q[0], True), edge(q[0], q[1], True), edge(q[0], q[3], True))
    spots = [("width", (p[0] + p[1]) / 2, DOWN), ("depth", (p[1] + q[1]) / 2, DR), ("height", (p[0] + p[3]) / 2, LEFT)]
    return seen, hidden, VGroup(), spots


def pyramid_body(lengths):
    w, d = lengths["width"], lengths["depth"] * SLANT
    p = [np.array([0.0, 0, 0]), np.array([w, 0, 0.0]), np.array([w, 0, 0]) + d, d]
    foot = sum(p) / 4
    tip = foot + lengths["height"] * UP
    seen = VGroup(edge(p[0], p[1]), edge(p[1], p[2]), edge(p[0], tip), edge(p[1], tip), edge(p[2], tip))
    hidden = VGroup(edge(p[2], p[3], True), edge(p[3], p[0], True), edge(p[3], tip, True))
    rod = DashedLine(foot, tip, color=ROSE, stroke_width=3)
    return (
        seen,
        hidden,
        VGroup(rod),
        [("width", (p[0] + p[1]) / 2, DOWN), ("depth", (p[1] + p[2]) / 2, DR), ("height", (foot + tip) / 2, RIGHT)],
    )


def ring(radius, y, start, turn, dashed=False):
    """A part of a circle seen from the side."""
    arc = Arc(radius=radius, start_angle=start, angle=turn, color=LINE if dashed else BLUE_, stroke_width=3 if dashed else 4)
    arc.stretch(0.3, 1, about_point=ORIGIN).shift(y * UP)
    return DashedVMobject(arc, num_dashes=24) if dashed else arc


def cylinder_body(lengths):
    r, h = lengths["radius"], lengths["height"]
    seen = VGroup(ring(r, h, 0, TAU), ring(r, 0, PI, PI), edge([-r, 0, 0], [-r, h, 0]), edge([r, 0, 0], [r, h, 0]))
    spoke = Line([0, h, 0], [r, h, 0], color=GOLD, stroke_width=3)
    return (
        seen,
        VGroup(ring(r, 0, 0, PI, True)),
        VGroup(spoke),
        [("radius", np.array([r / 2, h, 0.0]), UP), ("height", np.array([r, h / 2, 0.0]), RIGHT)],
    )


def cone_body(lengths):
    r, h = lengths["radius"], lengths["height"]
    seen = VGroup(ring(r, 0, PI, PI), edge([-r, 0, 0], [0, h, 0]), edge([r, 0, 0], [0, h, 0]))
    helpers = VGroup(Line([0, 0, 0], [r, 0, 0], color=GOLD, stroke_width=3), DashedLine([0, 0, 0], [0, h, 0], color=ROSE, stroke_width=3))
    return (
        seen,
        VGroup(ring(r, 0, 0, PI, True)),
        helpers,
        [("radius", np.array([r / 2, 0, 0.0]), DOWN), ("height", np.array([0, 0.45 * h, 0.0]), LEFT)],
    )


def sphere_body(lengths):
    r = lengths["radius"]
    seen = VGroup(Circle(r, color=BLUE_, stroke_width=4), ring(r, 0, PI, PI))
    spoke = Line([0, 0, 0], [r, 0, 0], color=GOLD, stroke_width=3)
    return seen, VGroup(ring(r, 0, 0, PI, True)), VGroup(spoke), [("radius", np.array([r / 2, 0, 0.0]), UP)]


def unfold(scene, data, top, bottom):
    """The net at the right: its faces appear one after the other."""
    lengths = data["lengths"]
    if data["body"] == "box":
        w, d, h = lengths["width"], lengths["depth"], lengths["height"]
        # a cross: the four walls in a row, bottom and top at the second of them
        places = [(0, 0, d, h), (d, 0, w, h), (d + w, 0, d, h), (2 * d + w, 0, w, h), (d, -d, w, d), (d, h, w, d)]
        faces = VGroup(*[Rectangle(width=a, height=b).move_to([x + a / 2, y + b / 2, 0]) for x, y, a, b in places])
    else:
        r, h = lengths["radius"], lengths["height"]
        wall = Rectangle(width=2 * PI * r, height=h)
        faces = VGroup(wall, Circle(r).next_to(wall, UP, buff=0), Circle(r).next_to(wall, DOWN, buff=0))
    alike = (0, 1, 0, 1, 2, 2) if data["body"] == "box" else (0, 1, 1)  # faces of one size share a colour
    for index, face in enumerate(faces):
        face.set_stroke(GREEN_, 3).set_fill(ACCENTS[alike[index]], 0.22)
    faces.scale(min(5.6 / faces.width, (top - bottom - 0.5) / faces.height)).move_to([3.2, (top + bottom) / 2, 0])
    scene.play(LaggedStart(*[GrowFromCenter(face) for face in faces], lag_ratio=0.4), run_time=2.0)
