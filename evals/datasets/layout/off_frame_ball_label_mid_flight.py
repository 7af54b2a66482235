from manim import *


class ThrownBall(Scene):
    def construct(self):
        axes = Axes(x_range=[0, 4], y_range=[0, 5], x_length=9, y_length=6.4, tips=False).to_edge(DOWN, buff=0.5)
        t = ValueTracker(0.8)
        height = lambda x: 5 * x - 1.25 * x**2
        ball = always_redraw(lambda: Dot(axes.c2p(t.get_value(), height(t.get_value())), color=YELLOW, radius=0.12))
        label = always_redraw(lambda: Text("height h(t)", font_size=36).next_to(ball, UP, buff=1.2))
        self.add(axes, ball, label)
        self.wait(0.4)
        self.play(t.animate.set_value(3.9), run_time=2, rate_func=linear)
        self.wait(0.4)
