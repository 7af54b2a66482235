"""A rectangle cut into pieces, one product each, and their sum."""

# ruff: noqa: F403, F405
# mypy: ignore-errors
from agents.animation.stage.common import *


def draw(scene, data):
    made = formula(data["formula"], data["formula_text"], 46, INK) if data["formula"] else None
    top, bottom = under_heading(made, 2.6 if data["title"] else 3.0), -1.35
    width, height = 6.6, top - 0.65 - bottom
    left, upper = -width / 2 + 0.35, top - 0.65
    columns, x = [], left
    for share, text in zip(data["widths"], data["columns"], strict=True):
        columns.append((x, x + share * width, text))
        x += share * width
    rows, y = [], upper
    for share, text in zip(data["heights"], data["rows"], strict=True):
        rows.append((y, y - share * height, text))
        y -= share * height
    frame = Rectangle(width=width, height=height, color=SOFT, stroke_width=3).move_to([left + width / 2, upper - height / 2, 0])
    sides = VGroup(
        *[MathTex(text, font_size=42, color=INK).move_to([(a + b) / 2, upper + 0.36, 0]) for a, b, text in columns],
        *[MathTex(text, font_size=42, color=INK).move_to([left - 0.55, (a + b) / 2, 0]) for a, b, text in rows],
    )
    cuts = VGroup(
        *[Line([b, upper, 0], [b, upper - height, 0], color=SOFT, stroke_width=2.5) for _, b, _ in columns[:-1]],
        *[Line([left, b, 0], [left + width, b, 0], color=SOFT, stroke_width=2.5) for _, b, _ in rows[:-1]],
    )
    if data["title"]:
        scene.heading(data["title"])
    scene.play(Create(frame), run_time=0.8)
    scene.say(data["say"], FadeIn(sides), stay=False)
    if len(cuts):
        scene.play(LaggedStart(*[Create(cut) for cut in cuts], lag_ratio=0.3), run_time=0.8)
    kinds = sorted({kind for line in data["like"] for kind in line}, reverse=True)
    for (y0, y1, _), texts, likes in zip(rows, data["products"], data["like"], strict=True):
        for (x0, x1, _), text, like in zip(columns, texts, likes, strict=True):
            color = ACCENTS[kinds.index(like) % len(ACCENTS)]
            piece = Rectangle(width=x1 - x0, height=y0 - y1, stroke_width=0, fill_color=color, fill_opacity=0.28)
            piece.move_to([(x0 + x1) / 2, (y0 + y1) / 2, 0])
            product = MathTex(text, font_size=46, color=INK).move_to(piece)
            if product.width > 0.85 * piece.width:
                product.scale_to_fit_width(0.85 * piece.width)
            scene.play(FadeIn(piece), FadeIn(product, scale=0.8), run_time=0.6)
    total = MathTex("=", data["total"], font_size=48, color=GOLD).move_to([left + width / 2, bottom - 0.55, 0])
    if total.width > WIDTH:
        total.scale_to_fit_width(WIDTH)
    scene.play(Write(total), run_time=1.0)
    if made is not None:
        scene.play(Write(made), run_time=0.9)
    scene.wait(max(0.8, reading_time(data["say"]) - 2.5))
    scene.keep(frame=frame, total=total)
    scene.finish()
