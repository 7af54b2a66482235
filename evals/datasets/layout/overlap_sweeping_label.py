from manim import *


class SlidingPrice(Scene):
    def construct(self):
        line = NumberLine(x_range=[-6, 6, 2], length=12, include_numbers=True)
        remark = Text("break even", font_size=32, color=YELLOW).next_to(line.n2p(0), UP, buff=0.5)
        x = ValueTracker(-5)
        dot = always_redraw(lambda: Dot(line.n2p(x.get_value()), color=RED))
        reading = always_redraw(lambda: Text(f"x = {x.get_value():.1f}", font_size=32).next_to(dot, UP, buff=0.4))
        self.add(line, remark, dot, reading)
        self.wait(0.3)
        self.play(x.animate.set_value(5), run_time=2.5)
        self.wait(0.3)
