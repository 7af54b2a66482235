"""A derivation: each line grows out of the one above it, the parts they share moving down."""

# ruff: noqa: F403, F405
# mypy: ignore-errors
from agents.animation.stage.common import *


def align(lines, relations, ceiling):
    """Stacks the lines, their relation signs in one column where every line has one."""
    room_y, room_x = ceiling - FLOOR - 0.3, WIDTH
    spare = (room_y - sum(line.height for line in lines)) / max(1, len(lines) - 1)
    column = VGroup(*lines).arrange(DOWN, buff=min(0.85, max(0.35, spare)))
    if all(at is not None and len(line) > at for line, at in zip(lines, relations, strict=False)):
        for line, at in zip(lines, relations, strict=False):
            line.shift(RIGHT * (-line[at].get_center()[0]))
    factor = min(1.0, room_y / column.height, room_x / column.width)
    column.scale(factor).move_to([0, (ceiling + FLOOR) / 2, 0])
    return column


def move(above, below, shared):
    """Animations that turn a copy of the line above into the line below: the `shared` parts travel, new ones fade in."""
    moves, arrived = [], set()
    for source, target in shared:
        moves.append(ReplacementTransform(above[source].copy(), below[target]))
        arrived.add(target)
    fresh = [part for index, part in enumerate(below) if index not in arrived]
    if fresh:
        moves.append(LaggedStart(*[FadeIn(part, shift=0.2 * DOWN, scale=0.8) for part in fresh], lag_ratio=0.15))
    return moves


def draw(scene, data):
    rows = data["lines"]
    size = 54 if len(rows) <= 3 else 48 if len(rows) <= 5 else 42
    lines = [formula(row["parts"], row["text"], size) for row in rows]
    relations = [row["relation"] if len(line) == len(row["parts"]) else None for row, line in zip(rows, lines, strict=False)]
    align(lines, relations, TOP - 0.6 if data["title"] else TOP)
    if data["title"]:
        scene.heading(data["title"])
    scene.say(rows[0]["say"] or data["say"], Write(lines[0]), run_time=1.3)
    for row, above, below in zip(rows[1:], lines, lines[1:], strict=False):
        # a formula that fell back to plain text has no parts to move
        moves = move(above, below, [pair for pair in row["shared"] if pair[0] < len(above) and pair[1] < len(below)])
        scene.say(row["say"], *moves, run_time=1.3, stay=False)
        scene.play(above.animate.set_color(SOFT), run_time=0.3)
        scene.wait(reading_time(row["say"]) if row["say"] else 0.8)
    frame = SurroundingRectangle(lines[-1], color=GREEN_, buff=0.18, corner_radius=0.1, stroke_width=3)
    if data["mark_last"]:
        scene.play(lines[-1].animate.set_color(GREEN_), Create(frame), run_time=0.7)
    scene.keep(lines=lines)
    scene.finish()
