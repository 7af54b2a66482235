"""Bars cut into equal parts, some of them coloured."""

# ruff: noqa: F403, F405
# mypy: ignore-errors
from agents.animation.stage.common import *


def draw(scene, data):
    rows = data["rows"]
    made = formula(data["formula"], data["formula_text"], 50, INK) if data["formula"] else None
    top, bottom = under_heading(made, 2.6 if data["title"] else 3.0), -1.9
    slot = min(1.5, (top - bottom) / len(rows))
    height = min(0.85, 0.62 * slot)
    names = [words(row["label"], 28, INK, chars=13, width=2.1) if row["label"] else None for row in rows]
    beside = 2.3 if any(names) else 0.2
    left, width = -6.2 + beside, 12.4 - beside - 1.5
    middle = (top + bottom) / 2
    frames, fills, cuts, totals, inside = [], [], [], [], []
    for index, row in enumerate(rows):
        color = ACCENTS[index % len(ACCENTS)]
        y = middle + slot * ((len(rows) - 1) / 2 - index)
        length = width * row["length"]
        frame = Rectangle(width=length, height=height, color=color, stroke_width=3).move_to([left + length / 2, y, 0])
        part = length / row["parts"]
        frames.append(frame)
        cuts.append(
            VGroup(
                *[
                    Line([left + part * k, y - height / 2, 0], [left + part * k, y + height / 2, 0], color=color, stroke_width=2.5)
                    for k in range(1, row["parts"])
                ]
            )
        )
        fills.append(
            [
                Rectangle(width=part, height=height, stroke_width=0, fill_color=color, fill_opacity=0.55).move_to(
                    [left + part * (k + 0.5), y, 0]
                )
                for k in range(row["filled"])
            ]
        )
        if data["each"]:
            texts = [short(data["each"], 28, INK).move_to([left + part * (k + 0.5), y, 0]) for k in range(row["parts"])]
            if texts[0].width > 0.85 * part:
                texts = []
            inside.append(texts)
        totals.append(short(row["total"], 34, color).next_to(frame, RIGHT, buff=0.25))
        if names[index] is not None:
            names[index].move_to([-6.2 + 1.05, y, 0])
    if data["title"]:
        scene.heading(data["title"])
    scene.play(*[Create(frame) for frame in frames], *[FadeIn(name) for name in names if name is not None], run_time=0.9)
    scene.say(data["say"], stay=False)
    scene.play(*[LaggedStart(*[Create(line) for line in group], lag_ratio=0.15) for group in cuts if len(group)], run_time=1.0)
    for group, total in zip(fills, totals, strict=True):
        if group:
            scene.play(
                LaggedStart(*[GrowFromEdge(piece, LEFT) for piece in group], lag_ratio=0.3), run_time=min(1.6, 0.4 + 0.2 * len(group))
            )
        scene.play(FadeIn(total, shift=0.15 * RIGHT), run_time=0.4)
    texts = [text for group in inside for text in group]
    if texts:
        scene.play(LaggedStart(*[FadeIn(text, scale=0.8) for text in texts], lag_ratio=0.1), run_time=1.0)
    if made is not None:
        scene.play(Write(made), run_time=1.0)
    scene.wait(max(0.8, reading_time(data["say"]) - 2))
    scene.keep(frames=frames, fills=fills)
    scene.finish()
