"""Terms in boxes, with what leads from each to the next."""

# ruff: noqa: F403, F405
# mypy: ignore-errors
from agents.animation.stage.common import *


def draw(scene, data):
    count = len(data["terms"])
    slot = min(2.2, 12.0 / count)
    y = 0.1 if data["formula"] else 0.5
    boxes, terms, places, hops, rules = [], [], VGroup(), [], []
    for index, text in enumerate(data["terms"]):
        x = (index - (count - 1) / 2) * slot
        asked = index == data["asked"]
        frame = RoundedRectangle(
            corner_radius=0.12, width=0.72 * slot, height=0.95, color=GOLD if asked else BLUE_, stroke_width=4 if asked else 3
        )
        boxes.append(frame.move_to([x, y, 0]))
        term = short(text, 38, GOLD if asked else INK)
        if term.width > 0.6 * slot:
            term.scale_to_fit_width(0.6 * slot)
        terms.append(term.move_to([x, y, 0]))
        places.add(short(str(index + 1), 24, SOFT).move_to([x, y - 0.8, 0]))
        if index:
            arc = ArcBetweenPoints([x - slot + 0.12, y + 0.6, 0], [x - 0.12, y + 0.6, 0], angle=-PI / 2.2, color=GREEN_, stroke_width=3.5)
            hops.append(arc.add_tip(tip_length=0.16, tip_width=0.16))
            rules.append(short(data["rule"], 28, GREEN_).move_to([x - slot / 2, y + 1.35, 0]))
    if data["title"]:
        scene.heading(data["title"])
    scene.play(FadeIn(boxes[0]), FadeIn(terms[0]), FadeIn(places[0]), run_time=0.7)
    scene.say(data["say"], stay=False)
    for index in range(1, count):
        pace = 0.7 if index < 3 else 0.45
        scene.play(Create(hops[index - 1]), FadeIn(rules[index - 1]), run_time=pace)
        scene.play(FadeIn(boxes[index]), FadeIn(places[index]), TransformFromCopy(terms[index - 1], terms[index]), run_time=pace)
    if data["asked"] >= 0:
        scene.play(Indicate(terms[data["asked"]], color=GOLD, scale_factor=1.25), run_time=0.8)
    if data["formula"]:
        made = formula(data["formula"], data["formula_text"], 50, INK).move_to([0, y - 1.65, 0])
        scene.play(Write(made), run_time=1.0)
    scene.wait(max(0.8, reading_time(data["say"]) - 2.5))
    scene.keep(boxes=boxes, terms=terms)
    scene.finish()
