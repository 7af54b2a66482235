"""A tree of outcomes that grows draw by draw."""

# ruff: noqa: F403, F405
# mypy: ignore-errors
from agents.animation.stage.common import *


def draw(scene, data):
    ends = len(data["ends"])
    top, bottom = (2.5 if data["title"] else 2.9), (-1.6 if data["total"] else -2.0)
    slot = (top - bottom) / max(ends, 3)
    y_of = lambda end: (top + bottom) / 2 + slot * ((ends - 1) / 2 - end)  # noqa: E731
    depth = deepest(data["branches"])
    step = min(3.3, 9.4 / depth)
    left = -(step * depth + 1.2) / 2
    levels = {}
    place_nodes(data["branches"], 1, levels, y_of)
    root = np.array([left, middle_of(data["branches"]), 0])
    if data["title"]:
        scene.heading(data["title"])
    dot = Dot(root, color=INK, radius=0.08)
    scene.say(data["say"], FadeIn(dot), stay=False)
    size = 30 if ends <= 6 else 24
    for level in range(1, depth + 1):
        grow, tell = [], []
        for node in levels[level]:
            start = root if node["parent"] is None else node["parent"]["at"]
            node["at"] = np.array([left + step * level, node["y"], 0])
            color = GOLD if marked_below(node, data["ends"]) else BLUE_
            name = short(node["label"], size, color)
            begin = start + RIGHT * (0.12 if node["parent"] is None else node["parent"]["room"] + 0.2)
            finish = node["at"] + LEFT * 0.1
            line = Line(begin, finish, color=color, stroke_width=3.5)
            name.next_to(node["at"], RIGHT, buff=0.02)
            node["room"] = name.width
            share = short(node["p"], size - 4, SOFT)
            upwards = finish[1] >= begin[1] - 1e-6
            share.next_to(line.point_from_proportion(0.52), UP if upwards else DOWN, buff=0.08 + 0.1 * abs(line.get_unit_vector()[1]))
            grow.append(Create(line))
            tell += [FadeIn(name), FadeIn(share)]
        scene.play(*grow, run_time=0.9)
        scene.play(*tell, run_time=0.5)
    products = VGroup()
    for level in levels.values():
        for node in level:
            if node["end"] is not None:
                end = data["ends"][node["end"]]
                text = short(end["p"], size, GOLD if end["marked"] else INK)
                products.add(text.next_to(node["at"] + RIGHT * (node["room"] + 0.02), RIGHT, buff=0.45))
    if depth > 1:
        scene.play(LaggedStart(*[FadeIn(product, shift=0.2 * RIGHT) for product in products], lag_ratio=0.15), run_time=1.1)
    if data["total"]:
        scene.play(Write(short(data["total"], 36, GOLD).move_to([0, bottom - 0.45, 0])), run_time=0.9)
    scene.wait(max(0.8, reading_time(data["say"]) - 2))
    scene.keep(products=products)
    scene.finish()


def deepest(branches):
    return 1 + max((deepest(branch["then"]) for branch in branches if branch["then"]), default=0)


def place_nodes(branches, level, levels, y_of, parent=None):
    """Gives every node its height: the middle of the ends behind it."""
    for branch in branches:
        branch["parent"] = parent
        levels.setdefault(level, []).append(branch)
        if branch["then"]:
            place_nodes(branch["then"], level + 1, levels, y_of, branch)
            branch["y"] = middle_of(branch["then"])
        else:
            branch["y"] = y_of(branch["end"])


def middle_of(branches):
    return (branches[0]["y"] + branches[-1]["y"]) / 2


def marked_below(node, ends):
    return ends[node["end"]]["marked"] if node["end"] is not None else any(marked_below(child, ends) for child in node["then"])
