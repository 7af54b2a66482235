from manim import *


class SlopeSweep(Scene):
    def construct(self):
        axes = Axes(x_range=[-3, 3], y_range=[-1, 5], x_length=10, y_length=5)
        curve = axes.plot(lambda x: 4 - 0.5 * x**2, color=BLUE)
        remark = Text("local maximum", font_size=32, color=YELLOW).next_to(axes.c2p(0, 4), UP, buff=0.2)
        x = ValueTracker(-2.6)
        dot = always_redraw(lambda: Dot(axes.c2p(x.get_value(), 4 - 0.5 * x.get_value() ** 2)))
        slope = always_redraw(lambda: Text(f"slope {-x.get_value():.1f}", font_size=32).next_to(dot, UP, buff=0.2))
        self.add(axes, curve, remark, dot, slope)
        self.wait(0.3)
        self.play(x.animate.set_value(2.6), run_time=2.5)
        self.wait(0.3)
