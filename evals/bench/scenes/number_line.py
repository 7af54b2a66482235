from manim import *


class NumberLineScene(Scene):
    def construct(self):
        line = NumberLine(x_range=[-4, 4, 1], length=10, include_numbers=True)
        part = Line(line.n2p(-3), line.n2p(2), color=YELLOW, stroke_width=8)
        self.play(Create(line))
        self.play(Create(part), FadeIn(Dot(line.n2p(2), color=YELLOW)))
        self.play(Write(MathTex("-3 < x \\leq 2").to_edge(UP)))
        self.wait()
