from manim import *


class Reading(Scene):
    def construct(self):
        axes = Axes(x_range=[0, 6], y_range=[0, 4], x_length=9, y_length=5)
        graph = axes.plot(lambda x: 1 + 0.4 * x, color=TEAL)
        t = ValueTracker(1)
        dot = always_redraw(lambda: Dot(axes.i2gp(t.get_value(), graph), color=YELLOW))
        reading = always_redraw(
            lambda: DecimalNumber(1 + 0.4 * t.get_value(), num_decimal_places=2, font_size=36).next_to(dot, UP, buff=0.5)
        )
        self.add(axes, graph, dot, reading)
        self.play(t.animate.set_value(5), run_time=2)
        self.wait(0.4)
