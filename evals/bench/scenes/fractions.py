from manim import *


class FractionsScene(Scene):
    def construct(self):
        whole = VGroup(*[Square(side_length=1.1, color=WHITE) for _ in range(6)]).arrange(RIGHT, buff=0)
        self.play(Create(whole))
        self.play(LaggedStart(*[part.animate.set_fill(GREEN, 0.8) for part in whole[:5]], lag_ratio=0.2))
        self.play(Write(MathTex("\\frac{1}{2} + \\frac{1}{3} = \\frac{5}{6}").next_to(whole, UP)))
        self.wait()
