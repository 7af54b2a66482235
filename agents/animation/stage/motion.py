"""Points that move along a road while a clock runs."""

# ruff: noqa: F403, F405
# mypy: ignore-errors
from agents.animation.stage.common import *


def draw(scene, data):
    low, high = data["range"]
    x_of = lambda value: -5.4 + 10.8 * (value - low) / (high - low)  # noqa: E731
    count = len(data["travellers"])
    middle = 0.2 if data["formula"] else 0.6
    made = formula(data["formula"], data["formula_text"], 50, INK).move_to([0, 2.55, 0]) if data["formula"] else None
    clock = ValueTracker(0)
    movers, roads, names, paths = [], VGroup(), VGroup(), []
    for index, who in enumerate(data["travellers"]):
        y = middle + 0.75 * (count - 1) - 1.5 * index
        color = ACCENTS[index]
        roads.add(Line([-5.9, y, 0], [5.9, y, 0], color=LINE, stroke_width=3))
        names.add(short(who["label"], 28, color).move_to([0, y + 0.5, 0]).align_to([-5.9, 0, 0], LEFT))
        place_now = lambda who=who: x_of(who["start"] + who["speed"] * max(0.0, clock.get_value() - who["delay"]))  # noqa: E731
        track = always_redraw(
            lambda who=who, y=y, color=color, now=place_now: Line(
                [x_of(who["start"]), y, 0], [now() + 1e-3, y, 0], color=color, stroke_width=8
            )
        )
        dot = always_redraw(lambda y=y, color=color, now=place_now: Dot([now(), y, 0], color=color, radius=0.16))
        movers.append((track, dot))
        finish = x_of(who["start"] + who["speed"] * (data["end"] - who["delay"]))
        path = short(who["path"], 28, INK)
        path.move_to([(x_of(who["start"]) + finish) / 2, y - 0.42, 0])
        paths.append(path)
    posts = VGroup(*[Line([x_of(who["start"]), road.get_center()[1] - 0.18, 0], [x_of(who["start"]), road.get_center()[1] + 0.18, 0], color=SOFT, stroke_width=4)
                     for who, road in zip(data["travellers"], roads, strict=True)])  # fmt: skip
    if data["title"]:
        scene.heading(data["title"])
    scene.play(Create(roads), FadeIn(posts), FadeIn(names), run_time=1.0)
    scene.say(data["say"], *[FadeIn(dot) for _, dot in movers], stay=False)
    for track, dot in movers:
        scene.add(track, dot)
    scene.play(clock.animate.set_value(data["end"]), run_time=3.2, rate_func=linear)
    time = short(data["time"], 34, GOLD).move_to([0, middle - 0.75 * (count - 1) - 1.25, 0])
    scene.play(*[FadeIn(path) for path in paths], FadeIn(time, scale=1.2), run_time=0.8)
    if data["meets"]:
        spot = movers[0][1].get_center()[0]
        rod = DashedLine([spot, middle + 0.75 + 0.2, 0], [spot, middle - 0.75 - 0.2, 0], color=GOLD, stroke_width=3)
        scene.play(Create(rod), run_time=0.6)
    if made is not None:
        scene.play(Write(made), run_time=1.0)
    scene.wait(max(0.8, reading_time(data["say"]) - 3.5))
    scene.keep(dots=[dot for _, dot in movers])
    scene.finish()
