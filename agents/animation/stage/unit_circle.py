"""A point that moves along the unit circle, with the sides of its triangle."""

# ruff: noqa: F403, F405
# mypy: ignore-errors
from agents.animation.stage.common import *


def draw(scene, data):
    center = np.array([-2.6, (TOP + FLOOR) / 2 - (0.15 if data["title"] else 0), 0])
    radius = 2.2
    axes = VGroup(
        Arrow(center + 2.75 * LEFT, center + 2.75 * RIGHT, color=LINE, stroke_width=2.5, buff=0, tip_length=0.16),
        Arrow(center + 2.7 * DOWN, center + 2.7 * UP, color=LINE, stroke_width=2.5, buff=0, tip_length=0.16),
    )
    circle = Circle(radius, color=BLUE_, stroke_width=4).move_to(center)
    one = short("1", 26, SOFT).move_to(center + np.array([radius + 0.2, -0.25, 0]))
    turn = math.radians(data["angle"])
    along_arc = ValueTracker(1e-3)
    at = lambda: center + radius * np.array([math.cos(along_arc.get_value()), math.sin(along_arc.get_value()), 0])  # noqa: E731
    arm = always_redraw(lambda: Line(center, at(), color=GOLD, stroke_width=4))
    dot = always_redraw(lambda: Dot(at(), color=GOLD, radius=0.1).set_z_index(3))
    across = always_redraw(lambda: Line(center, [at()[0], center[1], 0], color=GREEN_, stroke_width=6))
    up = always_redraw(lambda: Line([at()[0], center[1], 0], at(), color=ROSE, stroke_width=6))
    sweep = always_redraw(
        lambda: Arc(radius=0.55, start_angle=0, angle=along_arc.get_value(), arc_center=center, color=INK, stroke_width=3)
    )
    if data["title"]:
        scene.heading(data["title"])
    scene.play(Create(axes), Create(circle), FadeIn(one), run_time=1.4)
    scene.say(data["say"], FadeIn(arm), FadeIn(dot), stay=False)
    scene.add(across, up, sweep)
    scene.play(along_arc.animate.set_value(turn), run_time=min(3.5, 1.2 + abs(turn) / 2), rate_func=smooth)
    told = VGroup(
        short(data["name"], 34, INK),
        MathTex(r"\cos", "=", data["cos_latex"], font_size=50, color=GREEN_),
        MathTex(r"\sin", "=", data["sin_latex"], font_size=50, color=ROSE),
    ).arrange(DOWN, buff=0.45, aligned_edge=LEFT)
    told.move_to([3.6, center[1] + (0.5 if data["formula"] else 0), 0])
    for line in told:
        scene.play(FadeIn(line, shift=0.2 * RIGHT), run_time=0.6)
    if data["formula"]:
        made = formula(data["formula"], data["formula_text"], 44, INK, width=5.0).next_to(told, DOWN, buff=0.55).set_x(3.6)
        scene.play(Write(made), run_time=1.0)
    scene.wait(max(0.8, reading_time(data["say"]) - 2.5))
    scene.keep(circle=circle, dot=dot, arm=arm)
    scene.finish()
