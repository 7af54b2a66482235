from manim import *


class TurningSecant(Scene):
    def construct(self):
        axes = Axes(x_range=[0, 5], y_range=[0, 5], x_length=8, y_length=6)
        origin = axes.c2p(0, 0)
        angle = ValueTracker(10 * DEGREES)
        secant = always_redraw(
            lambda: Line(origin, origin + 7 * np.array([np.cos(angle.get_value()), np.sin(angle.get_value()), 0]), color=RED)
        )
        remark = Text("the secant turns", font_size=34).move_to(axes.c2p(2.6, 2.1))
        self.add(axes, secant, remark)
        self.wait(0.3)
        self.play(angle.animate.set_value(75 * DEGREES), run_time=2)
        self.wait(0.3)
