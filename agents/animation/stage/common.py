"""What every beat shares: colours, type, captions, formulas, and labels that keep out of the way."""

# ruff: noqa: F403, F405
# mypy: ignore-errors
import math
import textwrap

import numpy as np
from manim import *

BACKGROUND = "#10172a"
INK = "#e8edf5"
SOFT = "#8fa1bd"
LINE = "#4b5c7a"
BLUE_ = "#5eb1ff"
GOLD = "#ffd166"
GREEN_ = "#4fd6a0"
ROSE = "#ff7b8a"
ACCENTS = [BLUE_, GOLD, GREEN_, ROSE]

WIDTH = 12.6
TOP = 3.35
FLOOR = -2.35
CAPTION_Y = -3.15


FONT = next((name for name in ("Lato", "DejaVu Sans") if name in Text.font_list()), "")


def words(text, size=30, color=INK, chars=56, width=WIDTH, weight=NORMAL):
    """Plain text in centred lines, never wider than `width`. Set large and scaled down: Pango spaces letters badly at small sizes."""
    rows = max(1, math.ceil(len(text) / chars))
    # balanced lines: no last line with a single word on it
    lines = textwrap.wrap(text, max(12, math.ceil(len(text) / rows) + 5)) or [" "]
    block = VGroup(*[Text(line, font=FONT, font_size=2 * size, color=color, weight=weight).scale(0.5) for line in lines])
    block.arrange(DOWN, buff=0.16)
    if block.width > width:
        block.scale_to_fit_width(width)
    return block


def short(text, size=28, color=INK):
    """One short label as a single piece of text."""
    return Text(text, font=FONT, font_size=2 * size, color=color).scale(0.5)


def formula(parts, plain, size=48, color=INK, width=WIDTH):
    """A formula from its parts; where TeX refuses the parts, the whole; where it refuses that too, the same in plain text."""
    for pieces in [parts, [" ".join(parts)]] if len(parts) > 1 else [parts]:
        try:
            made = MathTex(*pieces, font_size=size, color=color)
        except (ValueError, OSError, IndexError, KeyError):
            continue
        if len(made.submobjects) == len(pieces) and made.width > 0:
            break
    else:
        made = VGroup(short(plain or " ".join(parts), size * 0.75, color))
    if made.width > width:
        made.scale_to_fit_width(width)
    return made


def reading_time(text):
    """Seconds to read a caption that a picture goes with: about four words a second, within bounds."""
    return min(4.0, max(1.2, 0.24 * len(text.split())))


def touches(a, b, gap=0.05):
    """Whether the boxes of two mobjects, as (left, bottom, right, top), overlap."""
    return a[0] - gap < b[2] and b[0] - gap < a[2] and a[1] - gap < b[3] and b[1] - gap < a[3]


def box(mobject):
    return (mobject.get_left()[0], mobject.get_bottom()[1], mobject.get_right()[0], mobject.get_top()[1])


def crossed(mine, avoid):
    """How many of the points lie on a box."""
    return sum(1 for x, y in avoid if mine[0] - 0.06 < x < mine[2] + 0.06 and mine[1] - 0.06 < y < mine[3] + 0.06)


def place(label, anchor, taken, avoid=(), first=UR, gap=0.16, bounds=(-6.7, FLOOR, 6.7, TOP)):
    """Puts `label` beside `anchor` where it covers the least: `taken` boxes, points of curves to `avoid`; `first` is the preferred side."""
    sides = [UR, UL, DR, DL, UP, DOWN, RIGHT, LEFT]
    sides.sort(key=lambda side: -float(np.dot(side / np.linalg.norm(side), first / np.linalg.norm(first))))
    best, least = None, math.inf
    for rank, side in enumerate(sides):
        for far in (1.0, 2.2, 4.0, 7.0):
            label.next_to(anchor, side, buff=gap * far)
            mine = box(label)
            cost = 0.5 * rank + 0.9 * (far - 1)
            cost += 60 * sum(touches(mine, other) for other in taken)
            cost += 3 * crossed(mine, avoid)
            if mine[0] < bounds[0] or mine[1] < bounds[1] or mine[2] > bounds[2] or mine[3] > bounds[3]:
                cost += 200
            if cost < least:
                best, least = label.get_center(), cost
    label.move_to(best)
    taken.append(box(label))
    return label


def plane(x, y, width, height, center, square=False):
    """Axes with numbers for two `axis` dictionaries of the beat's data, at most `width` by `height`: the axes, their numbers, and points along them."""
    (x0, x1, dx), (y0, y1, dy) = x["range"], y["range"]
    if square:
        unit = min(width / (x1 - x0), height / (y1 - y0))
        width, height = unit * (x1 - x0), unit * (y1 - y0)
    axes = Axes(
        x_range=[x0, x1, dx],
        y_range=[y0, y1, dy],
        x_length=width,
        y_length=height,
        axis_config={"color": LINE, "stroke_width": 2.5, "tip_width": 0.16, "tip_height": 0.16, "tick_size": 0.06},
    )
    axes.move_to(center)
    cross_x, cross_y = min(max(0, x0), x1), min(max(0, y0), y1)
    numbers = VGroup()
    for value, text in x["ticks"]:
        if abs(value - cross_x) > 1e-9 or (x0 == cross_x and y0 == cross_y):
            number = short(text, 24, SOFT).next_to(axes.c2p(value, cross_y), DOWN, buff=0.14)
            if not len(numbers) or number.get_left()[0] > numbers[-1].get_right()[0] + 0.15:
                numbers.add(number)
    for value, text in y["ticks"]:
        if abs(value - cross_y) > 1e-9:
            numbers.add(short(text, 24, SOFT).next_to(axes.c2p(cross_x, value), LEFT, buff=0.14))
    rails = [tuple(axes.c2p(v, cross_y)[:2]) for v in np.linspace(x0, x1, 60)] + [
        tuple(axes.c2p(cross_x, v)[:2]) for v in np.linspace(y0, y1, 60)
    ]
    return axes, numbers, rails


def under_heading(made, top):
    """Puts a formula above the picture, where there is one; returns how far up the picture may reach."""
    if made is None:
        return top
    made.move_to([0, top - 0.3, 0])
    return top - 1.05


def along(line, count=40):
    """Points of a path, or of the dashes of a dashed one, for labels to keep away from."""
    if not line.has_points():
        return [tuple(point[:2]) for dash in line.family_members_with_points() for point in (dash.get_start(), dash.get_end())]
    return [tuple(line.point_from_proportion(t)[:2]) for t in np.linspace(0, 1, count)]


class Stage(Scene):
    """A scene with a dark ground, a caption line at the bottom and a heading at the top."""

    def setup(self):
        self.camera.background_color = BACKGROUND
        self.caption = None

    def say(self, text, *animations, run_time=None, stay=True):
        """Shows `text` as the caption while `animations` run, and stays long enough to be read."""
        fresh = None
        if text:
            fresh = words(text, 30, INK, chars=70)
            if len(fresh) > 2:
                fresh = words(text, 28, INK, chars=84)
            fresh.move_to([0, CAPTION_Y, 0])
            if fresh.get_bottom()[1] < -3.8:
                fresh.shift(UP * (-3.8 - fresh.get_bottom()[1]))
        if fresh is not None and self.caption is not None:
            self.play(FadeOut(self.caption, run_time=0.25))
        moves = list(animations)
        if fresh is not None:
            moves.append(FadeIn(fresh, shift=0.15 * UP))
            self.caption = fresh
        if moves:
            self.play(*moves, run_time=run_time or 1.0)
        if stay:
            self.wait(reading_time(text))

    def heading(self, text):
        """A small title at the top, drawn at once; returns it."""
        if not text:
            return None
        title = words(text, 32, SOFT, chars=60).move_to([0, 3.45, 0])
        if title.get_top()[1] > 3.8:
            title.shift(DOWN * (title.get_top()[1] - 3.8))
        self.play(FadeIn(title, shift=0.15 * DOWN), run_time=0.5)
        return title

    def keep(self, **things):
        """Has what is on screen at hand, by its name, for what is added to it."""
        for name, thing in things.items():
            setattr(self, name, thing)

    def extra(self):
        """What is added to the finished picture; a scene that has an addition says it here."""

    def finish(self):
        self.extra()
        self.wait(1.0)
