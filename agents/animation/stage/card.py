"""Title, recap and plain text: a heading, some text, a formula."""

# ruff: noqa: F403, F405
# mypy: ignore-errors
from agents.animation.stage.common import *


def draw(scene, data):
    blocks = VGroup()
    accent = GREEN_ if data["kind"] == "recap" else GOLD if data["kind"] == "title" else BLUE_
    title = words(data["title"], 46 if len(data["title"]) < 40 else 38, accent, chars=40, weight=BOLD) if data["title"] else None
    if title is not None:
        blocks.add(title)
    grid = table(data["table"]) if data["table"] else None
    if grid is not None:
        blocks.add(grid)
    body = None
    if data["text"]:
        long = len(data["text"]) > 170
        body = words(data["text"], 28 if long else 34, INK, chars=66 if long else 52)
        blocks.add(body)
    made = None
    if data["formula"]:
        made = formula(data["formula"], data["formula_text"], 60, INK, width=11)
        made.set_color(GREEN_ if data["kind"] == "recap" else INK)
        blocks.add(made)
    blocks.arrange(DOWN, buff=0.6 if grid is None else 0.5)
    if blocks.height > TOP - FLOOR:
        blocks.scale_to_fit_height(TOP - FLOOR)
    blocks.move_to([0, (TOP + FLOOR) / 2, 0])
    if title is not None:
        rule = Line(LEFT, RIGHT, color=accent, stroke_width=3).set_width(min(title.width + 0.6, 12)).next_to(title, DOWN, buff=0.22)
        scene.play(FadeIn(title, shift=0.2 * UP), Create(rule), run_time=0.9)
    if grid is not None:
        scene.play(LaggedStart(*[FadeIn(row) for row in grid], lag_ratio=0.25), run_time=1.2)
    if body is not None:
        scene.play(LaggedStart(*[FadeIn(line, shift=0.15 * UP) for line in body], lag_ratio=0.3), run_time=1.0)
        scene.wait(min(3.5, 0.15 * len(data["text"].split())))
    if made is not None:
        scene.play(Write(made), run_time=1.2)
        if data["kind"] == "recap":
            scene.play(Create(SurroundingRectangle(made, color=GREEN_, buff=0.25, corner_radius=0.12, stroke_width=3)), run_time=0.6)
    if data["say"]:
        scene.say(data["say"])
    scene.finish()


def table(rows):
    """Rows of cells in columns, the head in another colour over a line."""
    cells = [
        [words(cell, 26, GOLD if index == 0 else INK, chars=18) if cell else VGroup() for cell in row] for index, row in enumerate(rows)
    ]
    wide = [max(cell.width for cell in column) + 0.6 for column in zip(*cells, strict=True)]
    high = [max(cell.height for cell in row) + 0.24 for row in cells]
    left, top = -sum(wide) / 2, sum(high) / 2
    grid = VGroup()
    for index, row in enumerate(cells):
        line = VGroup()
        for place, cell in enumerate(row):
            if len(cell):
                line.add(cell.move_to([left + sum(wide[:place]) + wide[place] / 2, top - sum(high[:index]) - high[index] / 2, 0]))
        below = top - sum(high[: index + 1])
        if index + 1 < len(cells):
            line.add(Line([left, below, 0], [-left, below, 0], color=GOLD if index == 0 else LINE, stroke_width=2.5 if index == 0 else 1.2))
        grid.add(line)
    if grid.width > WIDTH:
        grid.scale_to_fit_width(WIDTH)
    return grid
