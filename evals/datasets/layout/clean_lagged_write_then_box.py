from manim import *


class WriteThenBox(Scene):
    def construct(self):
        line = MathTex("12 = 2^2 \\cdot 3", font_size=72)
        self.play(Succession(Write(line), Circumscribe(line), Indicate(line)), run_time=2.5)
        self.wait(0.3)
